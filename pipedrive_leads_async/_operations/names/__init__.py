"""The names of the owners, persons, organizations, labels and channels of leads."""
