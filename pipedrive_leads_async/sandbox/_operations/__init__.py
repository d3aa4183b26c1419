"""The operations of the API that the sandbox implements."""
