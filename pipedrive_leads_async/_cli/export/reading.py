"""Read the leads of an account into a journal, and the fields and names for their columns."""

from __future__ import annotations

import datetime as dt

import attrs

from ..._http.transport.session import SessionManager
from ...auth import AccessToken, ApiToken
from ...client import LeadsClient
from ...config import Attempt
from ...custom_fields import CustomFields
from ...errors import InvalidRequestError, PaginationError
from ...models import Lead, LeadNames
from .. import output
from .arguments import Options
from .formats import Columns, Row
from .journal import Journal
from .progress import Progress
from .unfinished import check_company, report_continued
from .watermark import Watermark


@attrs.frozen
class Table:
    """The columns of the file, and the names in it.

    Attributes:
        fields: The custom fields of the account.
        names: The names; None for a file without names.
        cost_of_names: The tokens of the daily budget that the names cost.
    """

    fields: CustomFields
    names: LeadNames | None = None
    cost_of_names: int = 0

    @property
    def columns(self) -> Columns:
        """The columns with their types."""
        return self.fields.columns(names=self.names is not None)

    def row(self, lead: Lead) -> Row:
        """Return the row of a lead."""
        return self.fields.row(lead, names=self.names)


async def read_account(
    auth: ApiToken | AccessToken, options: Options, journal: Journal, progress: Progress
) -> Table:
    """Read the remaining pages into the journal; return the columns and the names."""
    async with (
        # Like most command-line programs, it uses the proxy of the environment.
        SessionManager(trust_env=True) as session,
        LeadsClient(auth, base_url=options.base_url, session=session) as client,
    ):
        await _read_leads(client, options, journal, progress)
        fields = await client.get_custom_fields()
        if not options.has_names:
            return Table(fields)
        names, cost = await _read_names(client, journal)
        return Table(fields, names, cost)


async def _read_leads(
    client: LeadsClient, options: Options, journal: Journal, progress: Progress
) -> None:
    """Begin or continue the export; begin again if Pipedrive's list has no place to continue."""
    company_id = (await client.get_current_user()).company_id
    check_company(journal, options, company_id)
    if journal.begun:
        report_continued(journal)
        try:
            await _read_pages(client, options, journal, progress)
        except (PaginationError, InvalidRequestError):
            output.report(
                "The unfinished export cannot be continued, because its place in the list of leads "
                "is lost: it begins again."
            )
            journal.clear()
        else:
            return
    journal.begin(str(options), Watermark(await _newest_change(client), company_id))
    await _read_pages(client, options, journal, progress)


async def _read_pages(
    client: LeadsClient, options: Options, journal: Journal, progress: Progress
) -> None:
    """Add the remaining pages to the journal."""
    # Pipedrive does not send the total number of leads.
    progress.start("Reading", done=len(journal))
    async for page in client.get_lead_pages(
        archived_status="all" if options.archived else None,
        updated_since=options.since.time if options.since else None,
        resume_from=journal.checkpoint,
        on_malformed=_report,
    ):
        journal.add(page.leads, page.checkpoint)
        progress.advance(len(page.leads))


async def _newest_change(client: LeadsClient) -> dt.datetime:
    """Return the time of the newest change, from which an export with --since reads."""
    newest: dt.datetime | None = None
    async for lead in client.get_leads(sort="update_time DESC", max_items=1, on_malformed=_report):
        newest = lead.update_time
    return newest or dt.datetime.fromtimestamp(0, dt.UTC)


async def _read_names(client: LeadsClient, journal: Journal) -> tuple[LeadNames, int]:
    """Return the names of all leads in the journal, and the tokens that they cost."""
    tokens = 0

    def count(attempt: Attempt) -> None:
        nonlocal tokens
        tokens += attempt.tokens or 0

    # One call for all leads, so that each person is read once: 100 in a request of 10 tokens.
    names = await client.with_options(on_attempt=count).get_names(journal.leads())
    return names, tokens


def _report(error: Exception) -> None:
    """Print the error of a lead that cannot be decoded and is not exported."""
    output.report(f"not exported: {error}")
