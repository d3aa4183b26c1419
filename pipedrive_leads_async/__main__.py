"""Check whether this machine can use its Pipedrive account, and report what to do if it cannot.

    python -m pipedrive_leads_async

Checks the token in PIPEDRIVE_API_TOKEN (or an OAuth access token in PIPEDRIVE_ACCESS_TOKEN), the
base URL, the permissions, the limits and the clock, and the custom field for idempotency keys if
one is named. The exit code is 1 if a check fails.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from ._doctor.examination import examine
from ._doctor.findings import Finding, Mark


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks, print their results, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m pipedrive_leads_async",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--base-url",
        default=os.environ.get("PIPEDRIVE_BASE_URL"),
        help="the base_url of the client (default: PIPEDRIVE_BASE_URL)",
    )
    parser.add_argument(
        "--idempotency-field",
        default=os.environ.get("PIPEDRIVE_IDEMPOTENCY_FIELD"),
        help="the idempotency_field of the client (default: PIPEDRIVE_IDEMPOTENCY_FIELD)",
    )
    options, rest = parser.parse_known_args(arguments)
    if rest:  # the message does not repeat it, because it may be a token
        parser.error(
            "the only arguments are --base-url and --idempotency-field; set the token in "
            "PIPEDRIVE_API_TOKEN"
        )

    marks: list[Mark] = []

    def report(finding: Finding) -> None:
        marks.append(finding.mark)
        # The terminal or file may lack letters of a person's name.
        encoding = sys.stdout.encoding or "utf-8"  # a StringIO has no encoding
        sys.stdout.write(f"{finding}\n".encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()

    examine(options.base_url, report, options.idempotency_field)
    return int(Mark.FAIL in marks)


if __name__ == "__main__":
    sys.exit(main())
