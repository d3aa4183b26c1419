"""Read and write custom fields by their names and options."""

from ._fields import CustomField, CustomFields
from ._old_pickles import register_moved_modules
from ._types import Address, DateRange, TimeRange

__all__ = [
    "Address",
    "CustomField",
    "CustomFields",
    "DateRange",
    "TimeRange",
]

register_moved_modules()
