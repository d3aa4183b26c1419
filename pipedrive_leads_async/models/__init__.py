"""The models of Pipedrive's answers, and what operations return."""

from ._lead import (
    AddLeadResult,
    Conversion,
    EnsuredLead,
    Lead,
    LeadField,
    LeadFieldOption,
    LeadLabel,
    LeadPage,
    LeadSearchResult,
    LeadSource,
    LeadValue,
    LinkedItem,
)

__all__ = [
    "AddLeadResult",
    "Conversion",
    "EnsuredLead",
    "Lead",
    "LeadField",
    "LeadFieldOption",
    "LeadLabel",
    "LeadPage",
    "LeadSearchResult",
    "LeadSource",
    "LeadValue",
    "LinkedItem",
]
