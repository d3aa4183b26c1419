"""The operations on webhooks."""
