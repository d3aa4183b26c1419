"""A sandbox in which leads come and go while somebody reads them."""

from __future__ import annotations

import random
from typing import Any

from pipedrive_leads_async.sandbox import Sandbox


class Churn:
    """Changes the leads of a sandbox at random, each time it is called.

    As a client's `on_attempt` it does so after an answer came and before the next request leaves.

    Args:
        sandbox: Whose leads to change; nobody else may.
        seed: For everything that is left to chance.
        unrest: How likely something happens at a call.
        most: How many leads are deleted or archived at once, at most.

    Attributes:
        kinds: What can happen; a test may take some of it away.
        stayed: The ids of the leads that were in the list of open leads all the time.
        present: The ids of the leads that were not deleted, among those of the beginning.
        rows: How many leads ever came into the list of open leads.
        removed: How many left it.
    """

    def __init__(self, sandbox: Sandbox, seed: int, *, unrest: float = 0.5, most: int = 25) -> None:
        self._sandbox = sandbox
        self._chance = random.Random(seed)
        self._unrest, self._most = unrest, most
        leads = {lead["id"]: lead for lead in sandbox.leads}
        self._open = {id: lead for id, lead in leads.items() if not lead["is_archived"]}
        self._archived = {id: lead for id, lead in leads.items() if lead["is_archived"]}
        self.kinds = [self.delete, self.archive, self.unarchive, self.add]
        self.stayed = set(self._open)
        self.present = set(leads)
        self.rows = len(self._open)
        self.removed = 0

    def __call__(self, _: object = None) -> None:
        if self._chance.random() < self._unrest:
            self._chance.choice(self.kinds)()

    def delete(self) -> None:
        for id in self._some(self._open, self._most):
            self._leave(id)
            self._sandbox.delete_lead(id)
            self.present.discard(id)

    def archive(self) -> None:
        for id in self._some(self._open, self._most):
            self._archived[id] = self._leave(id)
            self._sandbox.archive_lead(id)

    def unarchive(self) -> None:
        for id in self._some(self._archived, 5):
            self._come(self._archived.pop(id) | {"is_archived": False})

    def add(self) -> None:
        for _ in range(self._chance.randint(1, 5)):
            self._come({"title": "New"})

    def _some(self, leads: dict[str, Any], most: int) -> list[str]:
        count = min(len(leads), self._chance.randint(1, most))
        return self._chance.sample(list(leads), count)

    def _leave(self, id: str) -> Any:
        self.stayed.discard(id)
        self.removed += 1
        return self._open.pop(id)

    def _come(self, fields: dict[str, Any]) -> None:
        lead = self._sandbox.add_lead(**fields)  # one with a known id comes back to its place
        self._open[lead["id"]] = lead
        self.rows += 1
