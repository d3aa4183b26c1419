"""A sandbox whose leads change while a client reads them."""

from __future__ import annotations

import random
from typing import Any

from pipedrive_leads_async.sandbox import Sandbox


class ChangingLeads:
    """The leads of a sandbox, which change at random each time this object is called.

    As the `on_attempt` of a client, it is called after each response, before the next request.

    Args:
        sandbox: The sandbox; nothing else may change its leads.
        seed: The seed of all random choices.
        rate: The probability of a change at each call.
        most: The maximum number of leads that one change deletes or archives.

    Attributes:
        kinds: The possible changes; a test may remove some of them.
        stayed: The ids of the leads that were in the list of open leads all the time.
        present: The ids of the leads that existed at the start and were not deleted.
        rows: How many leads were in the list of open leads at some time.
        removed: How many leads were removed from it.
    """

    def __init__(self, sandbox: Sandbox, seed: int, *, rate: float = 0.5, most: int = 25) -> None:
        self._sandbox = sandbox
        self._chance = random.Random(seed)
        self._rate, self._most = rate, most
        leads = {lead["id"]: lead for lead in sandbox.leads}
        self._open = {id: lead for id, lead in leads.items() if not lead["is_archived"]}
        self._archived = {id: lead for id, lead in leads.items() if lead["is_archived"]}
        self.kinds = [self.delete, self.archive, self.unarchive, self.add]
        self.stayed = set(self._open)
        self.present = set(leads)
        self.rows = len(self._open)
        self.removed = 0

    def __call__(self, _: object = None) -> None:
        if self._chance.random() < self._rate:
            self._chance.choice(self.kinds)()

    def delete(self) -> None:
        for id in self._some(self._open, self._most):
            self._remove(id)
            self._sandbox.delete_lead(id)
            self.present.discard(id)

    def archive(self) -> None:
        for id in self._some(self._open, self._most):
            self._archived[id] = self._remove(id)
            self._sandbox.archive_lead(id)

    def unarchive(self) -> None:
        for id in self._some(self._archived, 5):
            self._insert(self._archived.pop(id) | {"is_archived": False})

    def add(self) -> None:
        for _ in range(self._chance.randint(1, 5)):
            self._insert({"title": "New"})

    def _some(self, leads: dict[str, Any], most: int) -> list[str]:
        count = min(len(leads), self._chance.randint(1, most))
        return self._chance.sample(list(leads), count)

    def _remove(self, id: str) -> Any:
        self.stayed.discard(id)
        self.removed += 1
        return self._open.pop(id)

    def _insert(self, fields: dict[str, Any]) -> None:
        # A lead with a known id returns to its former position.
        lead = self._sandbox.add_lead(**fields)
        self._open[lead["id"]] = lead
        self.rows += 1
