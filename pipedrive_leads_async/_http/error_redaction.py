"""Remove from an error the texts and frames in which a server repeats the credential."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from .._codec.codec import from_dict, to_dict
from .._shared.json_copy import excerpt
from .._shared.redactor import Redactor
from ..errors import PipedriveError

E = TypeVar("E", bound=PipedriveError)
T = TypeVar("T")


def redact_error(error: E, redactor: Redactor) -> E:
    """Remove the secrets from an error about a response, and return it.

    This includes its message, its attributes and its traceback, whose frames have parts of the
    response in local variables. An id that contains a secret becomes None.
    """
    error.args = tuple(_redact(argument, redactor) for argument in error.args)
    for name, value in vars(error).items():
        cleaned = _redact(excerpt(value) if name == "raw" else value, redactor)
        setattr(error, name, None if name.endswith("_id") and cleaned != value else cleaned)
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def redact_model(model: T, redactor: Redactor) -> T:
    """Return a model without the secrets; the model itself if it contains none."""
    data = to_dict(model)
    cleaned = redactor.json(data)
    return model if cleaned == data else from_dict(model.__class__, cleaned)


def _redact(value: Any, redactor: Redactor) -> Any:
    if isinstance(value, tuple):
        return tuple(_redact(each, redactor) for each in cast("Any", value))
    return redactor.json(value)
