"""The operations on persons and organizations."""
