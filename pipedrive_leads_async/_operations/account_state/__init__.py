"""The state that all clients of an account share."""
