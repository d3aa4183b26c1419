"""Decode Pipedrive's JSON into models, and encode models as JSON."""
