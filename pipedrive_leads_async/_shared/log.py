"""The one logger of this library."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    _Adapter = logging.LoggerAdapter[logging.Logger]
else:
    _Adapter = logging.LoggerAdapter

_LONG_PAUSE: Final = 10.0
"""Seconds from which a pause is logged as a warning."""

_ATTRIBUTES: Final = ("operation", "request_id", "host", "client")


class _Log(_Adapter):
    """A logger whose records all have the same attributes, None where they are unknown."""

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        extra = dict.fromkeys(_ATTRIBUTES) | dict(kwargs.get("extra") or {})
        return msg, {**kwargs, "extra": extra}


log: Final = _Log(logging.getLogger("pipedrive_leads_async"))


def shown(seconds: float) -> str:
    """Return seconds as a text: those of a short pause with three digits, else whole ones."""
    return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s"


def log_pause(reason: str, what: str, seconds: float, **extra: object) -> None:
    """Log that a call pauses: at INFO, or at WARNING if the pause is long.

    Args:
        reason: Why it pauses.
        what: What it does after the pause.
        seconds: The length of the pause.
        extra: The attributes of the record, such as the operation.
    """
    level = logging.WARNING if seconds >= _LONG_PAUSE else logging.INFO
    log.log(level, "%s: %s in %s", reason, what, shown(seconds), extra={**extra, "pause": seconds})
