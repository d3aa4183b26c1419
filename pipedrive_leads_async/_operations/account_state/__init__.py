"""What the clients of an account remember together."""
