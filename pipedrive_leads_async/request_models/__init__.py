"""The bodies of requests, checked when they are made."""

from ._lead import AddLeadLabelRequest, AddLeadRequest, UpdateLeadLabelRequest, UpdateLeadRequest

__all__ = [
    "AddLeadLabelRequest",
    "AddLeadRequest",
    "UpdateLeadLabelRequest",
    "UpdateLeadRequest",
]
