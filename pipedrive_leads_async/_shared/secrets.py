"""Hide secrets from reprs, logs, pickles and the local variables of tracebacks."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

_REDACTED: Final = "***"


class Secret:
    """A text that only `reveal()` shows.

    It is redacted in repr, str, format, `attrs.asdict` and logs, and cannot be pickled or
    written as JSON.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text, for the code that sends it."""
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
        raise TypeError("a Secret cannot be pickled: create the credential in the other process")


class SecretHeader(str):
    """The value of a header, with a redacted repr.

    The frames of aiohttp hold the headers, and tracebacks with local variables show their repr.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(_REDACTED)


class SecretBytes(bytes):
    """The body of a request, with a redacted repr for the same reason as `SecretHeader`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(_REDACTED.encode())


class SecretJson(dict[str, Any]):
    """The JSON object of a request that contains secrets, with a redacted repr.

    Args:
        json: The JSON object.
        secrets: The secrets in it, which its response may repeat.
    """

    def __init__(self, json: Mapping[str, Any], *secrets: Secret) -> None:
        super().__init__(json)
        self.secrets = secrets

    def __repr__(self) -> str:
        return repr(_REDACTED)


def basic_authorization(user: str, password: str) -> SecretHeader:
    """Return the value of the `Authorization` header for HTTP Basic authentication.

    https://www.rfc-editor.org/rfc/rfc7617
    """
    return SecretHeader(f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}")


def hide_arguments(function: F) -> F:
    """Remove the arguments of a function, or of a class, from the traceback of its errors.

    Otherwise an error tracker that records local variables would show a refused token, for
    example one that was pasted with a blank.
    """
    if isinstance(function, type):
        cls: Any = function
        cls.__init__ = hide_arguments(cls.__init__)
        return cast("F", cls)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            del args, kwargs  # this frame is in the new traceback
            error.with_traceback(None).__context__ = None
            raise error from None

    return cast("F", call)
