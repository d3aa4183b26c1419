"""Lists of leads: their filters, their walks and their operations."""
