"""Run the command that the first argument names."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Sequence
from typing import Final

from .._version import __version__
from . import doctor, output, sandbox
from .export import command as export
from .output import STOPPED, CommandError

_HELP: Final = """\
usage: {prog} <command> [arguments]

  doctor    check the token, the permissions and the limits of your account
  export    write all leads to a CSV, JSON Lines or Parquet file
  sandbox   run a local server that behaves like Pipedrive, for trying things out

Set the API token of your account as PIPEDRIVE_API_TOKEN. It is on Pipedrive's page
Settings > Personal preferences > API.

examples:
  {prog} doctor
  {prog} export leads.csv
  {prog} export leads.csv --archived
  {prog} sandbox --leads 2000
  {prog} export --help

exit codes:
  0    success; also of a sandbox that was stopped with Ctrl-C
  1    the command failed, or the doctor has found a problem; the output describes it
  2    an argument is wrong; for export, also an environment variable
  130  stopped with Ctrl-C
  141  the program that reads the output, such as head, has ended
"""

COMMANDS: Final[dict[str, Callable[[Sequence[str], str], int]]] = {
    "doctor": doctor.run,
    "export": export.run,
    "sandbox": sandbox.run,
}

_CLOSED_PIPE: Final = 141


def main(arguments: Sequence[str] | None = None, *, prog: str = "pipedrive-leads") -> int:
    """Run a command, print its error as one sentence on stderr, and return its exit code.

    Args:
        arguments: The command and its arguments; None for those of the process.
        prog: The beginning of the command line, for messages.
    """
    output.escape_unencodable()
    try:
        code = _run(sys.argv[1:] if arguments is None else arguments, prog)
        output.write("")  # flushes what argparse has written
    except KeyboardInterrupt:
        output.report(f"{prog}: stopped")
        return STOPPED
    except BrokenPipeError:
        output.discard()
        return _CLOSED_PIPE
    except CommandError as error:
        output.report(f"{prog}: {error}")
        return error.code
    except OSError as error:  # the output cannot be written
        output.discard()
        output.report(f"{prog}: {error.strerror or error}")
        return 1
    return code


def _run(arguments: Sequence[str], prog: str) -> int:
    name, *rest = arguments or ["--help"]
    if name in ("-h", "--help", "help"):
        output.write(_HELP.format(prog=prog))
        return 0
    if name == "--version":
        output.write(f"pipedrive-leads-async {__version__}\n")
        return 0
    if name not in COMMANDS:
        # The message does not repeat it, because it may be a token.
        similar = difflib.get_close_matches(name.lower(), COMMANDS, n=1)
        advice = f"did you mean {similar[0]}?" if similar else "--help describes them"
        commands = ", ".join(COMMANDS)
        raise CommandError(f"the command must be one of {commands}: {advice}", code=2)
    try:
        return COMMANDS[name](rest, f"{prog} {name}")
    except SystemExit as exit:  # argparse has written its help or an error
        return int(exit.code or 0)
