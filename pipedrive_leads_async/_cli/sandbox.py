"""The command `sandbox`: run a local server that behaves like Pipedrive."""

from __future__ import annotations

from collections.abc import Sequence

from ..sandbox.__main__ import main


def run(arguments: Sequence[str], prog: str) -> int:
    """Run the server until Ctrl-C, which is the usual way to stop it, and return 0."""
    main(arguments, prog=prog)
    return 0
