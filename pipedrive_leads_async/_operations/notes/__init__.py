"""The operations on notes."""
