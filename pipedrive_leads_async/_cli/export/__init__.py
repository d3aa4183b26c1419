"""The command `export`: write all leads to a file."""
