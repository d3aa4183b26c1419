"""A check of the library and the sandbox with an account at Pipedrive."""
