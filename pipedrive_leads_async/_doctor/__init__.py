"""Check whether this machine can use its Pipedrive account."""
