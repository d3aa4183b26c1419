"""Watch the leads for changes, and find leads that were removed."""
