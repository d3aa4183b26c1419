"""The operations of Pipedrive's reference, one group a file."""
