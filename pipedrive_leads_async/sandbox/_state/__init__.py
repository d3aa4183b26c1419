"""The data of one Pipedrive account."""
