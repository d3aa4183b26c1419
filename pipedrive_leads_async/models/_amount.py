"""The amount of a value, which users have as a number of several types."""

# No annotation is a str here, for the reason in `request_models/_ids.py`.

from decimal import Decimal
from typing import SupportsIndex, cast

from .._shared import checks
from ..errors import InvalidRequestError


def as_amount(value: float | Decimal | SupportsIndex) -> float:
    """Convert a number to an int or a float. A request refuses what cannot be converted."""
    try:
        return checks.number("amount", value)
    except (TypeError, InvalidRequestError):
        return cast("float", value)
