"""Read a list of leads page by page, without missing or repeating a lead."""
