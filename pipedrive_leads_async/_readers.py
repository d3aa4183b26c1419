"""Turn an answer into what an operation gives: one model, a list of them, or plain data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from ._codec import decode, decode_list
from ._wire import Response, read_envelope
from .errors import DecodeError

T = TypeVar("T")


def read_data(response: Response) -> Any:
    """Give the data as it came."""
    return read_envelope(response).get("data")


def read_one(cls: type[T]) -> Callable[[Response], T]:
    """Give a reader of an answer whose data is one model."""

    def read(response: Response) -> T:
        return decode(cls, read_data(response), lambda: read_data(response), path="$.data")

    return read


def read_list(cls: type[T]) -> Callable[[Response], list[T]]:
    """Give a reader of an answer whose data is a list of models, null for none."""

    def read(response: Response) -> list[T]:
        models, errors = decode_list(
            cls, read_rows(response), lambda: read_rows(response), path="$.data"
        )
        for error in errors.values():
            raise error
        return models

    return read


def read_rows(response: Response) -> list[Any]:
    """Give the rows of a list, none where the data is null."""
    data = read_data(response)
    if data is None:
        return []
    if not isinstance(data, list):
        what = f"$.data: expected list, got {type(data).__name__}"
        raise DecodeError(f"the answer is not a list: {what}", paths=(what,), raw=data)
    return cast("list[Any]", data)
