"""Decide whether an unfinished export is continued."""

from __future__ import annotations

import datetime as dt
from typing import Final

from .. import output
from ..output import CommandError
from .arguments import Options
from .journal import Journal

_CONTINUED_FOR: Final = dt.timedelta(hours=12)


def settle_unfinished(journal: Journal, options: Options) -> None:
    """Clear the journal if its unfinished export must not be continued.

    Raises:
        CommandError: It must be continued with other options.
    """
    if not journal.begun:
        return
    if options.continues is None and dt.datetime.now(dt.UTC) - journal.begin_time > _CONTINUED_FOR:
        output.report(
            f"The export of {_local(journal.begin_time)} was not finished, and is older than 12 "
            "hours: it begins again (--continue would continue it)."
        )
        journal.clear()
    elif options.continues is False:
        journal.clear()
    elif journal.options != str(options):
        raise CommandError(
            f"an export to this file with {journal.options or 'no options'} is unfinished: run it "
            "again in the same way, or add --restart to discard it",
            code=2,
        )


def check_company(journal: Journal, options: Options, company_id: int | None) -> None:
    """Check that an unfinished or earlier export is of the company of the token.

    Raises:
        CommandError: It is of another company.
    """
    if options.since and _differ(options.since.company_id, company_id):
        raise CommandError(
            f"{options.since.file} was exported from another company: pass --since the export of "
            f"this one, or a time. The token is of company {company_id}, and the file of "
            f"company {options.since.company_id}",
            code=2,
        )
    if journal.begun and _differ(journal.watermark.company_id, company_id):
        raise CommandError(
            "an export of another company to this file is unfinished: use the token of that "
            "company, or another file, or add --restart to discard it. The token is of company "
            f"{company_id}, and the unfinished export of company {journal.watermark.company_id}",
            code=2,
        )


def report_continued(journal: Journal) -> None:
    """Report that an unfinished export is continued, and how old its leads are."""
    output.report(
        f"Continuing the export of {_local(journal.begin_time)}. The leads that it has read "
        f"({len(journal)}) are not read again; --restart reads all leads again."
    )


def _differ(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and one != other


def _local(time: dt.datetime) -> str:
    return f"{time.astimezone():%Y-%m-%d %H:%M}"
