"""Says whether this machine can reach its Pipedrive account, and if not, what to do.

    python -m pipedrive_leads_async

It looks at the token in PIPEDRIVE_API_TOKEN (or in PIPEDRIVE_ACCESS_TOKEN, one of OAuth), at
the base URL, at what may be read, at the limits and the clock. It ends with 1 if something fails.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from ._doctor.examination import examine
from ._doctor.findings import Finding, Mark


def main(arguments: Sequence[str] | None = None) -> int:
    """Examine, print, and give the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m pipedrive_leads_async",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--base-url",
        default=os.environ.get("PIPEDRIVE_BASE_URL"),
        help="what a client is given as base_url (PIPEDRIVE_BASE_URL)",
    )
    options, rest = parser.parse_known_args(arguments)
    if rest:  # which is not repeated, as it may be a token
        parser.error("there is no other argument than --base-url; tokens are not given here")

    marks: list[Mark] = []

    def report(finding: Finding) -> None:
        marks.append(finding.mark)
        # Names of people may have letters that a terminal or a file has not.
        encoding = sys.stdout.encoding or "utf-8"  # a StringIO in its place has none
        sys.stdout.write(f"{finding}\n".encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()

    examine(options.base_url, report)
    return int(Mark.FAIL in marks)


if __name__ == "__main__":
    sys.exit(main())
