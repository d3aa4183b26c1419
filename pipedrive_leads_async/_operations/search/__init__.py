"""Searches, page by page."""
