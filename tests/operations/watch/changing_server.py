"""A server of a changing list of leads, in memory and with a clock of its own."""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from collections.abc import Callable
from email.utils import format_datetime
from typing import Any, Final

import attrs
from multidict import CIMultiDict
from yarl import URL

from pipedrive_leads_async import SessionManager
from pipedrive_leads_async._http.message import Request, Response
from pipedrive_leads_async._http.transport.proxy import ProxySettings
from pipedrive_leads_async._http.transport.transport import Transport

DAWN: Final = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)

DATE_AHEAD: Final = 2 * 365 * 86_400.0
"""The seconds by which a `Date` is ahead of `update_time`, so that they are not compared."""

LONGEST_LAG: Final = 59.0
"""The seconds after which each change is visible in the list."""


def time_at(second: float) -> dt.datetime:
    return DAWN + dt.timedelta(milliseconds=round(second * 1000))


def iso(second: float) -> str:
    return time_at(second).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@attrs.define(eq=False)
class State:
    """One state of a lead.

    Attributes:
        id: The id of the lead.
        time: Its `update_time`, in seconds after `DAWN`.
        visible: The second from which the list shows it.
        is_open: Whether it is in the list; False for an archived lead.
        end: The second at which another state has replaced it in the list.
    """

    id: str
    time: float
    visible: float
    is_open: bool = True
    end: float = float("inf")

    @property
    def version(self) -> tuple[str, str]:
        return self.id, iso(self.time)


@attrs.define(eq=False)
class ChangingServer:
    """A server of leads whose clock advances with each request.

    Attributes:
        chance: The source of all random choices.
        now: The server's clock, in seconds after `DAWN`.
        cap: The maximum number of rows of a page.
        request_time: The seconds that a request takes.
        has_date: Whether responses have a `Date`.
        date_ahead: The seconds by which it is ahead of `update_time`.
        clock_ahead: The seconds by which the clock of the client's machine is ahead.
        hidden: The ids of leads that match no filter.
        ignores_updated_since: Whether it returns all leads to each pass.
        failure_rate: The probability of a 500.
        before_response: Called before each response is made.
        states: The states of each lead, in the order in which they replaced each other.
        queries: The queries of all requests.
    """

    chance: random.Random = attrs.field(factory=lambda: random.Random(1))
    now: float = 1000.0
    cap: int = 500
    request_time: float = 0.5
    has_date: bool = True
    date_ahead: float = DATE_AHEAD
    clock_ahead: float = 0.0
    hidden: set[str] = attrs.field(factory=set[str])
    ignores_updated_since: bool = False
    failure_rate: float = 0.0
    before_response: Callable[[], object] = lambda: None
    states: dict[str, list[State]] = attrs.field(factory=dict[str, list[State]])
    queries: list[dict[str, str]] = attrs.field(factory=list[dict[str, str]])

    def add(self, *, lag: float = 0.0) -> str:
        """Add a lead, and return its id."""
        id = str(uuid.UUID(int=self.chance.getrandbits(128), version=1))
        self.states[id] = []
        self.change(id, lag=lag)
        return id

    def change(self, id: str, *, lag: float = 0.0, is_open: bool = True) -> None:
        """Change a lead; each change has an `update_time` of its own."""
        self.now += 0.001
        earlier = self.states[id]
        visible = self.now + lag
        if earlier:
            visible = max(visible, earlier[-1].visible)
            earlier[-1].end = visible
        earlier.append(State(id, self.now, visible, is_open))

    def remove(self, id: str) -> None:
        """Delete a lead."""
        for state in self.states.pop(id):
            state.end = min(state.end, self.now)

    def shown(self) -> list[State]:
        """Return the state of each open lead that the list shows now, in creation order."""
        shown: list[State] = []
        for states in self.states.values():
            visible = [state for state in states if state.visible <= self.now]
            if visible and visible[-1].is_open:
                shown.append(visible[-1])
        return shown

    def clock(self) -> float:
        """Return the time of the client's machine."""
        return time_at(self.now + self.clock_ahead).timestamp()

    def respond(self, request: Request) -> Response:
        """Return the response to a request."""
        url = URL(request.url)
        self.queries.append(dict(url.query))
        self.now += self.request_time
        self.before_response()
        headers = CIMultiDict[str]()
        if self.has_date:
            date = time_at(self.now + self.date_ahead).replace(microsecond=0)
            headers["date"] = format_datetime(date, usegmt=True)
        if self.chance.random() < self.failure_rate:
            return Response(request, 500, headers, b"{}")
        if url.name != "leads":
            return self._respond_to_look_up(request, url.name, headers)
        return Response(request, 200, headers, json.dumps(self._page(url.query)).encode())

    def _page(self, query: Any) -> dict[str, Any]:
        rows = self.shown()
        since = query.get("updated_since")
        if since is not None and not self.ignores_updated_since:
            rows = [row for row in rows if iso(row.time) >= since.replace("Z", ".000Z")]
        if "filter_id" in query:
            rows = [row for row in rows if row.id not in self.hidden]
        if query.get("sort") == "update_time DESC":
            rows.sort(key=lambda row: -row.time)
        start, limit = int(query["start"]), min(int(query["limit"]), self.cap)
        page = rows[start : start + limit]
        more = start + limit < len(rows)
        position = {"start": start, "limit": limit, "more_items_in_collection": more}
        return {
            "success": True,
            "data": [self.row(each) for each in page],
            "additional_data": {"pagination": position | {"next_start": start + limit}},
        }

    def _respond_to_look_up(self, request: Request, id: str, headers: CIMultiDict[str]) -> Response:
        states = self.states.get(id)
        if states is None:
            return Response(request, 404, headers, b'{"success": false, "error": "not found"}')
        envelope = {"success": True, "data": self.row(states[-1])}
        return Response(request, 200, headers, json.dumps(envelope).encode())

    def row(self, state: State) -> dict[str, Any]:
        return {
            "id": state.id,
            "title": f"At {iso(state.time)}",
            "is_archived": not state.is_open,
            "add_time": iso(self.states[state.id][0].time),
            "update_time": iso(state.time),
        }


class _MemoryTransport(Transport):
    def __init__(self, server: ChangingServer) -> None:
        proxies = ProxySettings.read(None, trust_env=False)
        super().__init__(session=None, connections=1, proxies=proxies, ssl=None)
        self._server = server

    async def send(self, request: Request, on_sent: Callable[[], None] = lambda: None) -> Response:
        on_sent()
        return self._server.respond(request)


class MemorySessionManager(SessionManager):
    """A session manager that sends every request to a server in memory."""

    def __init__(self, server: ChangingServer) -> None:
        super().__init__()
        self._transport = _MemoryTransport(server)
