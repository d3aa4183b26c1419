"""The operations on persons and organizations, the contacts that leads are linked to."""
