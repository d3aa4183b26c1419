"""The bodies of requests: JSON, and forms with files."""
