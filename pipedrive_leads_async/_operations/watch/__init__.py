"""Watch the leads for changes, and find those that are gone."""
