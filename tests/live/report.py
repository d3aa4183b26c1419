"""The report of a check: in words, without secrets, ids or personal data."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from pipedrive_leads_async.sandbox._operations.open_questions import OPEN_QUESTIONS

from .check import Result
from .relay import Exchange
from .shapes import differences

_PRIVATE = re.compile(
    r"[\w.+-]+@[\w.-]+"  # email addresses
    r"|https?://\S+"
    r"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|[0-9a-f]{16,}"
    r"|[0-9]{4,}"
)


def lines(result: Result, rehearsal: Result) -> Iterator[str]:
    """Yield the lines of the report."""
    run = result.run
    yield "Operations"
    theirs, ours = _by_step(result), _by_step(rehearsal)
    for step in theirs | ours:
        if step in run.observations or step not in theirs:
            continue
        found = differences(theirs[step], ours[step])
        failure = run.failures.get(step)
        state = "FAIL" if failure else "differs" if found else "ok"
        yield f"  {state:8} {step}{f': {anonymous(failure)}' if failure else ''}"
        yield from (f"           {line}" for line in found)
    yield ""
    yield "Open questions"
    for question in OPEN_QUESTIONS:
        yield from _answer(question.id, question.question, result, rehearsal)
    yield ""
    if result.interrupted:
        yield "The check was interrupted."
    if result.left:
        yield f"NOT REMOVED: {', '.join(result.left)}. Run the check again to remove it."
    else:
        yield "All data that the check made is removed."


def anonymous(text: str) -> str:
    """Return a text without addresses, ids and tokens, at most 300 characters."""
    return _PRIVATE.sub("…", text)[:300]


def _by_step(result: Result) -> defaultdict[str, list[Exchange]]:
    steps = defaultdict[str, list[Exchange]](list)
    for exchange in result.run.relay.exchanges:
        if exchange.step:
            steps[exchange.step].append(exchange)
    return steps


def _answer(id: str, question: str, result: Result, rehearsal: Result) -> Iterator[str]:
    seen, expected = (each.run.observations.get(id) for each in (result, rehearsal))
    if seen is None:
        state = anonymous(result.run.failures.get(id, "not reached"))
    elif seen.answer is None:
        state = "not settled"
    elif expected is not None and seen.answer == expected.answer:
        state = f"as the sandbox: {anonymous(seen.answer)}"
    else:
        sandbox = expected.answer if expected is not None else None
        state = f"DIFFERS: {anonymous(seen.answer)}; the sandbox: {anonymous(sandbox or '?')}"
    yield f"  {id}: {state}"
    yield f"      {question}"
    if seen is not None and seen.detail:
        yield f"      {anonymous(seen.detail)}"
