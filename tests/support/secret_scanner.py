"""All that may ever be seen of an object, or of an error: what a secret must not be in."""

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

_WAYS: Final[list[Callable[[Any], object]]] = [
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
    """Write all that a log, a debugger or another process may show of an object."""
    shown = [repr(held) for held in held_by(thing)]
    for way in _WAYS:
        # What refuses to be shown in a way, such as by pickle, is not shown by it.
        with contextlib.suppress(TypeError, AttributeError, pickle.PicklingError, ValueError):
            shown.append(repr(way(thing)))
    return "\n".join(shown)


def held_by(thing: object) -> Iterator[object]:
    """Walk through what an object holds, as a debugger can; a `Secret` reveals on request only."""
    seen: dict[int, object] = {}
    left = [thing]
    while left:
        held = left.pop()
        if id(held) not in seen and not isinstance(held, type | Secret):
            seen[id(held)] = held
            yield held
            left += _parts(held)


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
    """Write all that an error tracker may record of an error, with the locals of its frames.

    And of what it came from. The frames of tests are left out: they may hold what they like.
    """
    shown: list[object] = []
    errors = [error]
    for each in errors:
        frames = [frame for frame, _ in walk_tb(each.__traceback__)]
        shown += [each.args, vars(each)]
        shown += [f.f_locals for f in frames if "/tests/" not in f.f_code.co_filename]
        for way in (str, repr, copy.copy, pickle.dumps):
            with contextlib.suppress(TypeError, AttributeError, pickle.PicklingError):
                shown.append(way(each))
        origins = (each.__cause__, each.__context__)
        errors += [origin for origin in origins if origin and origin not in errors]
    return "\n".join(map(repr, shown))


Work: TypeAlias = AbstractAsyncContextManager[Coroutine[Any, Any, object]]


async def text_of_cancellations(prepared: Callable[[], Work], moment: Moment) -> str:
    """Cancel some work at its first suspension, at its second and so on; write what each shows."""
    shown: list[str] = []

    async def told(work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except asyncio.CancelledError as error:
            shown.append(text_of_error(error))
            raise

    number, came = 0, True
    while came:
        number += 1
        async with prepared() as work:
            cancellation = Cancellation(told(work), number, moment)
            await cancellation.run()
            for _ in range(5):  # a connection that was being made is closed by then
                await asyncio.sleep(0)
        came = cancellation.suspensions >= number
    assert number > 3
    return "\n".join(shown)
