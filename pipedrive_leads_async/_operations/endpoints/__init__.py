"""The requests to endpoints that have no method of their own."""
