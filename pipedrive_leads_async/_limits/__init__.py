"""Keep within Pipedrive's burst limit and daily budget."""
