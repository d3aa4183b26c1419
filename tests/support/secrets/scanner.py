"""Collect every text that can reveal an object or an error, to search it for secrets."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import pickle
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from traceback import walk_tb
from types import FunctionType, MethodType
from typing import Any, Final, TypeAlias, cast

import attrs
import cattrs

from pipedrive_leads_async._shared.secrets import Secret
from tests.support.cancellation_points import Cancellation, Moment

_CONVERSIONS: Final[list[Callable[[Any], object]]] = [
    str,
    ascii,
    "{}".format,
    "{!r:>99}".format,
    "%s".__mod__,
    lambda thing: f"{[thing]} {({'auth': thing},)}",
    lambda thing: json.dumps(thing, default=repr),
    cattrs.unstructure,
    attrs.asdict,
    attrs.astuple,
    copy.copy,
    *(lambda thing, n=n: pickle.dumps(thing, n) for n in range(pickle.HIGHEST_PROTOCOL + 1)),
]


def text_of_object(thing: object) -> str:
    """Return every text of an object that a log, a debugger or another process can show."""
    shown = [repr(part) for part in reachable_from(thing)]
    for convert in _CONVERSIONS:
        # An object that refuses a conversion, such as pickling, reveals nothing by it.
        with contextlib.suppress(TypeError, AttributeError, pickle.PicklingError, ValueError):
            shown.append(repr(convert(thing)))
    return "\n".join(shown)


def reachable_from(thing: object) -> Iterator[object]:
    """Yield the objects that a debugger can reach from one; skip the value of a `Secret`."""
    seen: dict[int, object] = {}
    left = [thing]
    while left:
        part = left.pop()
        if id(part) not in seen and not isinstance(part, type | Secret):
            seen[id(part)] = part
            yield part
            left += _parts(part)


def _parts(thing: Any) -> Iterator[object]:
    if isinstance(thing, Mapping):
        for key, value in cast("Mapping[object, object]", thing).items():
            yield from (key, value)
    elif isinstance(thing, list | tuple | set | frozenset | deque):
        yield from thing
    elif isinstance(thing, MethodType):
        yield thing.__self__
    elif isinstance(thing, FunctionType):
        yield from (cell.cell_contents for cell in thing.__closure__ or ())
    elif type(thing).__module__.partition(".")[0] in ("pipedrive_leads_async", "aiohttp"):
        slots = {slot for cls in type(thing).__mro__ for slot in getattr(cls, "__slots__", ())}
        names = {*getattr(thing, "__dict__", ()), *slots}
        yield from (getattr(thing, name, None) for name in names)


def text_of_error(error: BaseException) -> str:
    """Return every text of an error and its causes that an error tracker can record.

    This includes the local variables of their frames, except those of the tests.
    """
    shown: list[object] = []
    errors = [error]
    for each in errors:
        frames = [frame for frame, _ in walk_tb(each.__traceback__)]
        shown += [each.args, vars(each)]
        outside = (frame for frame in frames if "/tests/" not in frame.f_code.co_filename)
        shown += [{name: local} for frame in outside for name, local in frame.f_locals.items()]
        for convert in (str, repr, copy.copy, pickle.dumps):
            with contextlib.suppress(TypeError, AttributeError, pickle.PicklingError):
                shown.append(convert(each))
        origins = (each.__cause__, each.__context__)
        errors += [origin for origin in origins if origin and origin not in errors]
    return "\n".join(map(_repr, shown))


def _repr(thing: object) -> str:
    try:
        return repr(thing)
    # Its constructor has failed, it is too deep, or it is an int of more than 4,300 digits.
    except (AttributeError, RecursionError, ValueError):
        return ""


Work: TypeAlias = AbstractAsyncContextManager[Coroutine[Any, Any, object]]


async def text_of_cancellations(prepared: Callable[[], Work], moment: Moment) -> str:
    """Cancel work at each of its suspensions in turn; return the texts of all the errors."""
    shown: list[str] = []

    async def recorded(work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except asyncio.CancelledError as error:
            shown.append(text_of_error(error))
            raise

    number, was_reached = 0, True
    while was_reached:
        number += 1
        async with prepared() as work:
            cancellation = Cancellation(recorded(work), number, moment)
            await cancellation.run()
            for _ in range(5):  # until a connection that was being opened is closed
                await asyncio.sleep(0)
        was_reached = cancellation.suspensions >= number
    assert number > 3
    return "\n".join(shown)
