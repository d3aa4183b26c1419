"""Write the output of a command, and the message of its error."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Final

STOPPED: Final = 130
"""The exit code of a command that was stopped with Ctrl-C."""


class CommandError(Exception):
    """An error that ends a command; its message is for the user.

    Attributes:
        code: The exit code.
    """

    def __init__(self, message: str, *, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def escape_unencodable() -> None:
    """Escape the characters of a name that the encoding of stdout or stderr does not have."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # a StringIO has none
            reconfigure(errors="backslashreplace")


def write(text: str) -> None:
    """Write a text to stdout at once.

    Raises:
        OSError: It cannot be written: the disk is full, or the program that reads it has ended.
    """
    if sys.stdout is not None:  # the process may have been started without it
        sys.stdout.write(text)
        sys.stdout.flush()


def discard() -> None:
    """Discard the buffer of stdout, which Python would otherwise write again when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def report(message: str) -> None:
    """Write a message to stderr; if that fails, the exit code alone reports the error."""
    with contextlib.suppress(OSError):
        if sys.stderr is not None:
            sys.stderr.write(f"{message}\n")
            sys.stderr.flush()
