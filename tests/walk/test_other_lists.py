"""Test that a checkpoint is refused in another list, in another account and after its leads."""

from __future__ import annotations

from typing import Any

import pytest

from pipedrive_leads_async._walk.lead_list import LISTS, LeadList
from pipedrive_leads_async.enums import ArchivedStatus
from pipedrive_leads_async.errors import InvalidRequestError, PaginationError
from tests.walk.list_server import LEADS, ListServer, ids, lead, leads, pages, second, walk

ALL = LISTS[ArchivedStatus.ALL]


async def checkpoint_of(server: ListServer, **options: Any) -> str:
    first, *_ = await pages(server, **options)
    assert first.checkpoint is not None
    return first.checkpoint


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("limit", [10, 60, 500])
@pytest.mark.parametrize("count", [0, 1, 70, 300])
async def test_checkpoint_of_another_account_yields_nothing(
    count: int, limit: int, ordered: bool
) -> None:
    options = {"limit": limit, "ordered": ordered}
    checkpoint = await checkpoint_of(ListServer({LEADS: leads(200)}), **options)
    others = [lead(n + 1000, add_time=second(n)) for n in range(count)]
    with pytest.raises(PaginationError, match="another account") as caught:
        await pages(ListServer({LEADS: others}), resume_from=checkpoint, **options)
    assert caught.value.checkpoint == checkpoint


async def test_walk_resumes_if_one_lead_of_its_checkpoint_is_left() -> None:
    server = ListServer({LEADS: leads(200)})
    checkpoint = await checkpoint_of(server, limit=60)
    del server.rows[LEADS][1:60]
    rest = await pages(server, limit=60, resume_from=checkpoint)
    assert [id for page in rest for id in ids(page.leads)] == ids(leads(140, first=60))


async def test_checkpoint_of_archived_leads_is_refused_by_a_walk_of_both_lists() -> None:
    server = ListServer({LeadList.LEADS_ALL: leads(9), LeadList.ARCHIVED: leads(90, first=9)})
    checkpoint = await checkpoint_of(server, limit=60, lists=(LeadList.ARCHIVED,))
    server.requests.clear()
    with pytest.raises(InvalidRequestError, match="other filters"):
        walk(server, resume_from=checkpoint, lists=ALL)
    assert server.requests == []
