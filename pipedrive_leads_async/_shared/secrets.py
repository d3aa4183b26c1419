"""Texts that are for nobody's eyes: not in a repr, a log, a pickle, or a traceback's locals."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

_REDACTED: Final = "***"


class Secret:
    """A text that shows itself only to `reveal()`.

    Not in repr, str, format, `attrs.asdict`, JSON or logs; it refuses pickling.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Give the text itself, for the one place that sends it."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({_REDACTED})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled: give the other process its own credential")


class SecretHeader(str):
    """A header's value whose repr is redacted.

    aiohttp's frames hold the headers, and tracebacks with locals print their repr.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(_REDACTED)


class SecretBytes(bytes):
    """A body whose repr is redacted, for the same reason."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(_REDACTED.encode())


def basic_authorization(user: str, password: str) -> SecretHeader:
    """Write a user and a password as a header has them: https://www.rfc-editor.org/rfc/rfc7617."""
    return SecretHeader(f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}")


def unseen_arguments(function: F) -> F:
    """Let what a function, or the making of a class, refuses not be in the error's traceback.

    An error tracker that records locals would show a token that was pasted with a blank.
    """
    if isinstance(function, type):
        cls: Any = function
        cls.__init__ = unseen_arguments(cls.__init__)
        return cast("F", cls)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (TypeError, ValueError) as error:
            refusal = error.with_traceback(None)
            refusal.__context__ = None
        del args, kwargs
        raise refusal

    return cast("F", call)
