"""Read lists that change, hide leads and reorder them, in random walks with random options.

    python -m tests.walk_attack --walks 50000 --seconds 600

It prints the number of walks and their outcomes, and raises if an invariant is violated:

- No walk yields a lead twice, except in the cases that `Walk` names.
- A walk that ends without an error yields every lead that stayed in the list, except in the cases
  for which `pipedrive_leads_async/_walk/trail.py` promises nothing.
- A walk through a list in a stable order from which nothing is taken raises no error.
- The only other error is a `PaginationError` with a checkpoint.

A part of these walks is run by `tests/walk/test_walk_attack.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from functools import cache
from zlib import crc32

import attrs

from pipedrive_leads_async._walk.pages import DecodedPage
from pipedrive_leads_async.errors import PaginationError
from pipedrive_leads_async.models import Lead
from tests.walk.list_server import FakeResponse, second, walk

ORDERS = ["stable", "stable", "shuffled", "reversed", "two replicas", "swapped"]
LIMITS = [1, 2, 3, 10, 25, 49, 50, 50, 51, 60, 80, 100, 120, 250, 499, 500, 500, 500]
TIES = ["none", "none", "small", "large", "one instant", "all", "missing", "skew", "old"]
DISORDERED = ("skew", "old")


@cache
def lead(number: int, time: float | None) -> Lead:
    moment = None if time is None else second(time)
    return Lead(id=f"lead-{number}", title="A lead", add_time=moment, is_archived=False)


@attrs.define(kw_only=True)
class Attack:
    """A list, the ways in which it changes, and the options of a walk through it.

    Attributes:
        seed: The seed of all random choices.
        count: The number of leads at the start.
        ties: Which leads have the same creation time.
        order: How leads of the same time are ordered.
        hidden: The probability that the server hides a lead.
        stretch: The number of leads in a row that the server hides as well.
        cap: The maximum number of rows of a page.
        reports_next_start: Whether pages have a `next_start`.
        removes: The maximum number of leads that are removed before a response.
        adds: Whether leads are added and come back.
        rate: The probability of a change before a response.
        limit: The page size.
        prefetch: The number of pages to request ahead.
        ordered: Whether the walk is in creation order, not in that of `sort`.
        interrupts: The probability that the walk is interrupted and resumed after a page.
        max_items: The maximum number of leads of a walk.
    """

    seed: int
    count: int
    ties: str
    order: str
    hidden: float
    stretch: int
    cap: int
    reports_next_start: bool
    removes: int
    adds: bool
    rate: float
    limit: int
    prefetch: int
    ordered: bool
    interrupts: float
    max_items: int | None

    @classmethod
    def random(cls, seed: int) -> Attack:
        chance = random.Random(seed)
        hidden = chance.choice([0, 0, 0, 0.1, 0.3, 0.6, 0.95])
        limit, cap = chance.choice(LIMITS), chance.choice([500] * 8 + [40, 7])
        counts = [0, 1, 3, 50, 51, 120] if min(limit, cap) < 11 else [51, 120, 300, 600, 600, 1200]
        return cls(
            seed=seed,
            count=chance.choice(counts),
            ties=chance.choice(TIES),
            order=chance.choice(ORDERS),
            hidden=hidden,
            stretch=chance.choice([0, 0, 0, 30, 130, 450, 700]) if hidden else 0,
            cap=cap,
            reports_next_start=bool(hidden) or chance.random() < 0.7,
            removes=chance.choice([0, 0, 0, 1, 10, 30, 400]),
            adds=chance.random() < 0.3,
            rate=chance.choice([0.1, 0.5, 1.0]),
            limit=limit,
            prefetch=chance.choice([0, 1, 1, 4, 8]),
            ordered=chance.random() < 0.9,
            interrupts=chance.choice([0, 0, 0.2, 0.6]),
            max_items=chance.choice([None, None, None, None, 0, 1, 70, 600]),
        )

    @property
    def is_stable(self) -> bool:
        """Whether the list has a stable order, and nothing is taken from it."""
        return self.order == "stable" and not self.removes

    @property
    def is_read_completely(self) -> bool:
        """Whether the walk must yield every lead because nothing ever moves."""
        is_small = min(self.limit, self.cap) < 50
        if self.hidden and self.interrupts and self.ties in DISORDERED and is_small:
            return False  # pages of few leads that hide rows do not show the other order
        return self.is_stable and not self.adds and self.max_items is None

    @property
    def keeps_ids(self) -> bool:
        """Whether a checkpoint contains all that the walk knows about the leads it has read."""
        if self.ties in DISORDERED and self.limit < 50:
            return False  # pages of few leads do not show that the list is in another order
        is_by_time = (
            self.ordered and self.ties not in ("missing", *DISORDERED) and self.count <= 1000
        )
        return is_by_time or not (self.removes or self.adds or self.order != "stable")

    @property
    def repeats_none(self) -> bool:
        """Whether the walk must yield no lead twice."""
        if self.adds and self.ordered and self.ties in ("missing", *DISORDERED):
            return False  # a lead comes back whose id was dropped before the order was known
        return self.keeps_ids or not self.interrupts

    @property
    def is_promised(self) -> bool:
        """Whether the walk must yield every lead that stays, or raise an error."""
        moves = self.removes or self.adds or self.order != "stable"
        if self.max_items is not None or self.stretch > 400 or self.hidden > 0.9:
            return False
        if self.cap < 500 and (self.hidden or self.order != "stable"):
            return False  # small pages share too few leads to show that the order changes
        if self.limit < 50 and (moves or self.hidden):
            return False
        if not self.ordered or self.ties in DISORDERED:
            return not moves  # the list is not in creation order
        return True


@attrs.define
class AttackedServer:
    """The server of one attack.

    Attributes:
        attack: The attack.
        chance: The source of all random choices.
        present: The leads of the list in their order.
        removed: The leads that were removed and may come back.
        stayed: The ids of the leads that were in the list, and visible, all the time.
        hidden: The ids of the leads that the server hides.
        requests: The number of requests.
        taken: The number of leads that were removed.
    """

    attack: Attack
    chance: random.Random = attrs.field(init=False)
    present: list[Lead] = attrs.field(init=False)
    removed: list[Lead] = attrs.field(factory=list[Lead])
    places: dict[str, int] = attrs.field(init=False)
    stayed: set[str] = attrs.field(init=False)
    hidden: set[str] = attrs.field(init=False)
    requests: int = 0
    taken: int = 0

    def __attrs_post_init__(self) -> None:
        self.chance = random.Random(self.attack.seed + 1)
        times = self._times()
        self.present = [lead(n, t) for n, t in enumerate(times)]
        self.places = {each.id: n for n, each in enumerate(self.present)}
        first = self.chance.randrange(self.attack.count + 1)
        self.hidden = {
            each.id
            for n, each in enumerate(self.present)
            if self.chance.random() < self.attack.hidden or first <= n < first + self.attack.stretch
        }
        self.stayed = {each.id for each in self.present} - self.hidden

    def _times(self) -> list[float | None]:
        count, chance = self.attack.count, self.chance
        begin, size = chance.randrange(count + 1), chance.choice([26, 60, 240, 300, 480, 700, 1200])
        times: list[float | None] = [float(n) for n in range(count)]
        match self.attack.ties:
            case "small":
                step = chance.choice([2, 3, 10, 30])
                times = [float(n // step) for n in range(count)]
            case "large":
                times = [float(n // size) for n in range(count)]
            case "one instant":
                times = [float(begin if begin <= n < begin + size else n) for n in range(count)]
            case "all":
                times = [0.0] * count
            case "missing":
                times = [None if n % 90 == 7 else float(n) for n in range(count)]
            case "old":
                old = {chance.randrange(count) for _ in range(min(count, 3))}
                times = [n / 100 if n in old else float(n) for n in range(count)]
            case "skew":
                times = [n + chance.randrange(8) / 2 for n in range(count)]
            case _:
                pass
        return times

    def change(self) -> None:
        attack, chance = self.attack, self.chance
        if attack.removes and chance.random() < attack.rate:
            count = min(len(self.present), chance.randint(1, attack.removes))
            # Leads that were read are removed more often than leads behind the walk.
            pool = self.present[: chance.randrange(len(self.present) + 1)]
            for each in chance.sample(pool, min(count, len(pool))):
                self.present.remove(each)
                self.removed.append(each)
                self.stayed.discard(each.id)
                self.taken += 1
        if attack.adds and self.requests < 2000 and chance.random() < attack.rate:
            while self.removed and chance.random() < 0.5:
                self.present.append(self.removed.pop(chance.randrange(len(self.removed))))
            for _ in range(chance.randrange(3)):
                number = len(self.places)
                self.present.append(lead(number, float(number)))
                self.places[f"lead-{number}"] = number
            self.present.sort(key=lambda each: self.places[each.id])

    def in_order(self) -> list[Lead]:
        """Return the list in the order that this response shows."""
        rows = self.present
        match self.attack.order:
            case "shuffled":
                rows = self._reordered(lambda _: self.chance.random())
            case "reversed" if self.requests % 2:
                rows = self._reordered(lambda each: -self.places[each.id])
            case "two replicas" if self.requests % 2:
                rows = self._reordered(lambda each: crc32(f"{self.attack.seed}{each.id}".encode()))
            case "swapped" if len(rows) > 1:
                rows = list(rows)
                for _ in range(5):
                    n = self.chance.randrange(len(rows) - 1)
                    if rows[n].add_time == rows[n + 1].add_time:
                        rows[n : n + 2] = rows[n + 1], rows[n]
            case _:
                pass
        return rows

    def _reordered(self, key: Callable[[Lead], float]) -> list[Lead]:
        start = second(-1)
        if self.attack.ties in ("missing", *DISORDERED):
            return self.present
        return sorted(self.present, key=lambda each: (each.add_time or start, key(each)))

    async def fetch(self, _: object, start: int, limit: int) -> FakeResponse:
        if self.attack.prefetch and self.chance.random() < 0.3:
            await asyncio.sleep(0)
        self.change()
        self.requests += 1
        assert self.requests < 20_000
        end = start + min(limit, self.attack.cap)
        rows = self.in_order()
        shown = [each for each in rows[start:end] if each.id not in self.hidden]
        more = end < len(rows)
        following = end if more and self.attack.reports_next_start else None
        return FakeResponse(DecodedPage(shown), more=more, next_start=following)


async def read(server: AttackedServer) -> tuple[list[str], PaginationError | None]:
    """Return the ids that one walk yields, interrupted at random, and its error."""
    attack, chance = server.attack, server.chance
    found: list[str] = []
    checkpoint: str | None = None
    wanted = attack.max_items
    while True:
        options = {
            "limit": attack.limit
            if not checkpoint
            else chance.choice([attack.limit, attack.limit, 500]),
            "prefetch": attack.prefetch,
            "ordered": attack.ordered,
            "resume_from": checkpoint,
            "max_items": wanted,
        }
        try:
            async with aclosing(walk(server, **options).pages()) as pages:  # type: ignore[arg-type]  # it needs fetch only
                async for page in pages:
                    assert page.leads
                    found += [each.id for each in page.leads]
                    wanted = None if wanted is None else wanted - len(page.leads)
                    if chance.random() < attack.interrupts:
                        checkpoint = page.checkpoint
                        break
                else:
                    return found, None
        except PaginationError as error:
            return found, error


def check(attack: Attack) -> tuple[str, AttackedServer]:
    """Run one attack; return its outcome, or raise an AssertionError."""
    server = AttackedServer(attack)
    # The debug mode of asyncio would take two thirds of the time.
    found, error = asyncio.run(read(server), debug=False)
    repeated = [id for id, times in Counter(found).items() if times > 1]
    if attack.repeats_none:
        assert not repeated, (attack, "repeated", len(repeated))
    missed = server.stayed - set(found)
    if error is not None:
        assert error.checkpoint is not None, attack
        assert not attack.is_stable, (attack, "raised", error)
        return ("raised, missed" if missed else "raised, nothing missed"), server
    assert not (missed and attack.is_promised), (attack, "missed", len(missed))
    if attack.is_read_completely:
        assert not missed, (attack, "missed", len(missed))
    return ("missed, not promised" if missed and attack.max_items is None else "ended"), server


def run(walks: int, seconds: float, seed: int) -> None:
    """Run the attacks, and print their outcomes."""
    until = time.monotonic() + seconds
    outcomes: Counter[str] = Counter()
    requests = 0
    for number in range(walks):
        if time.monotonic() > until:
            break
        outcome, server = check(Attack.random(seed + number))
        outcomes[outcome] += 1
        requests += server.requests
    for outcome, count in sorted(outcomes.items()):
        print(f"{count:8}  {outcome}")
    print(f"{outcomes.total():8}  walks, {requests} requests")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--walks", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    run(arguments.walks, arguments.seconds, arguments.seed)
