"""The command `doctor`: check whether this machine can use its Pipedrive account."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from .._doctor.examination import examine
from .._doctor.findings import Finding, Mark
from . import output
from .arguments import parse, parser_of

_DESCRIPTION: Final = """\
Check the token in PIPEDRIVE_API_TOKEN (or an OAuth access token in PIPEDRIVE_ACCESS_TOKEN), the
base URL, the permissions, the limits and the clock, and the custom field for idempotency keys if
one is named. It changes nothing, and costs 32 tokens of the daily budget, or 52 with a field. The
exit code is 1 if a check fails.
"""


def run(arguments: Sequence[str], prog: str) -> int:
    """Run the checks, print their results, and return the exit code."""
    parser = parser_of(prog, _DESCRIPTION)
    parser.add_argument(
        "--idempotency-field",
        metavar="KEY",
        default=os.environ.get("PIPEDRIVE_IDEMPOTENCY_FIELD"),
        help="the idempotency_field of the client (default: PIPEDRIVE_IDEMPOTENCY_FIELD)",
    )
    options = parse(parser, arguments)
    marks: list[Mark] = []

    def report(finding: Finding) -> None:
        marks.append(finding.mark)
        output.write(f"{finding}\n")

    examine(options.base_url, report, options.idempotency_field)
    return int(Mark.FAIL in marks)
