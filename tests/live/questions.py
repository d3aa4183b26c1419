"""The experiments that settle the sandbox's list of open questions."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any, Final, TypeAlias

from .relay import Exchange
from .run import Observation, Run

Experiment: TypeAlias = Callable[[Run], Awaitable[Observation]]


def _outcome(exchange: Exchange) -> str:
    return "accepted" if exchange.status < 300 else f"refused with {exchange.status}"


def _observed(exchange: Exchange) -> Observation:
    return Observation(_outcome(exchange), exchange.reason)


def _stored(exchange: Exchange, key: str, sent: Any) -> Observation:
    """Return what became of a value that was sent under this key."""
    if exchange.status >= 300:
        return _observed(exchange)
    value = exchange.data.get(key)
    if value is None:
        return Observation("ignored")
    if value == sent:
        return Observation("kept")
    if isinstance(sent, str) and isinstance(value, str) and sent.startswith(value):
        return Observation(f"cut to {len(value)} characters")
    return Observation("changed")


async def _lead(run: Run, **fields: Any) -> str:
    exchange = await run.add(**fields)
    return str(exchange.data["id"])


async def _archived_lead_change(run: Run) -> Observation:
    path = f"/v1/leads/{await _lead(run)}"
    await run.send("PATCH", path, json={"is_archived": True})
    title = f"{run.data.name} changed"
    alone = await run.send("PATCH", path, json={"title": title})
    both = await run.send("PATCH", path, json={"is_archived": False, "title": title})
    answer = f"alone {_outcome(alone)}, with is_archived false {_outcome(both)}"
    return Observation(answer, alone.reason)


async def _unknown_field_key(run: Run) -> Observation:
    key = secrets.token_hex(20)
    return _stored(await run.add(**{key: "x"}), key, "x")


async def _deleted_field_key(run: Run) -> Observation:
    field = await run.data.add_field("varchar")
    await run.client.request("DELETE", f"/v1/dealFields/{field['id']}")
    return _stored(await run.add(**{field["key"]: "x"}), field["key"], "x")


async def _amount_without_currency(run: Run) -> Observation:
    key = run.values["monetary"]["key"]
    exchange = await run.add(**{key: 5})
    if exchange.status >= 300:
        return _observed(exchange)
    currency = exchange.data.get(f"{key}_currency")
    if currency is None:
        return Observation("no currency")
    own = currency == run.values["currency"]
    return Observation("the user's currency" if own else "another currency")


def _value(field: str, value: Any) -> Experiment:
    """Return an experiment with the value of a custom field."""

    async def observe(run: Run) -> Observation:
        key = run.values[field]["key"]
        return _stored(await run.add(**{key: value}), key, value)

    return observe


async def _long_origin_id(run: Run) -> Observation:
    sent = secrets.token_hex(128)
    return _stored(await run.add(origin_id=sent), "origin_id", sent)


async def _unknown_channel(run: Run) -> Observation:
    return _stored(await run.add(channel=999_999), "channel", 999_999)


async def _refusal_text(run: Run) -> Observation:
    path = f"/v1/leads/{run.values['lead']}"
    exchange = await run.send("PATCH", path, json={"channel": "x"})
    return Observation(exchange.reason or _outcome(exchange))


async def _missing_link(run: Run) -> Observation:
    exchange = await run.send("POST", "/v1/leads", json={"title": run.data.name})
    return Observation(f"{exchange.status}: {exchange.reason}")


async def _malformed_id(run: Run) -> Observation:
    return _observed(await run.send("GET", "/v1/leads/not-a-uuid"))


async def _large_limit(run: Run) -> Observation:
    query = {"limit": 501, "person_id": run.values["person"]}
    exchange = await run.send("GET", "/v1/leads", params=query)
    if exchange.status >= 300:
        return _observed(exchange)
    return Observation(f"reduced to {exchange.body['additional_data']['pagination']['limit']}")


async def _large_search_limit(run: Run) -> Observation:
    query = {"limit": 101, "term": run.data.name}
    return _observed(await run.send("GET", "/api/v2/leads/search", params=query))


async def _archived_status(run: Run) -> Observation:
    id = await _lead(run)
    await run.send("PATCH", f"/v1/leads/{id}", json={"is_archived": True})
    query = {"archived_status": "archived", "person_id": run.values["person"]}
    exchange = await run.send("GET", "/v1/leads", params=query)
    if exchange.status >= 300:
        return _observed(exchange)
    archived = {lead["is_archived"] for lead in exchange.data}
    return Observation("selects the leads" if archived == {True} else "ignored")


async def _archived_update_time(run: Run) -> Observation:
    added = (await run.add()).data
    path = f"/v1/leads/{added['id']}"
    archived = await run.send("PATCH", path, json={"is_archived": True})
    restored = await run.send("PATCH", path, json={"is_archived": False})
    if restored.status >= 300:
        return _observed(restored)
    times = [lead["update_time"] for lead in (added, archived.data, restored.data)]
    states = ["changed" if later != time else "kept" for time, later in pairwise(times)]
    return Observation(f"{states[0]} by archiving, {states[1]} by bringing it back")


async def _fractional_updated_since(run: Run) -> Observation:
    query = {"updated_since": "2025-01-01T10:20:00.500Z", "person_id": run.values["person"]}
    return _observed(await run.send("GET", "/v1/leads", params=query))


async def _second_deletion(run: Run) -> Observation:
    path = f"/v1/leads/{await _lead(run)}"
    await run.send("DELETE", path)
    return _observed(await run.send("DELETE", path))


async def _label_status(run: Run) -> Observation:
    body = {"name": run.data.name, "color": "blue"}
    exchange = await run.send("POST", "/v1/leadLabels", json=body)
    run.values["second label"] = exchange.data["id"]
    return Observation(str(exchange.status))


async def _deleted_label(run: Run) -> Observation:
    label = run.values["second label"]
    path = f"/v1/leads/{await _lead(run, label_ids=[label])}"
    await run.send("DELETE", f"/v1/leadLabels/{label}")
    labels = (await run.send("GET", path)).data["label_ids"]
    return Observation("kept" if label in labels else "lost")


async def _deleted_person(run: Run) -> Observation:
    person = await run.data.add_person()
    path = f"/v1/leads/{await _lead(run, person_id=person)}"
    await run.send("DELETE", f"/api/v2/persons/{person}")
    exchange = await run.send("GET", path)
    if exchange.status >= 300:
        return _observed(exchange)
    return Observation("kept" if exchange.data["person_id"] == person else "lost")


async def _converted_lead(run: Run) -> Observation:
    return _observed(await run.send("GET", f"/v1/leads/{run.values['converted']}"))


async def _cost_of_refusal(run: Run) -> Observation:
    header = "x-daily-ratelimit-token-remaining"
    before = await run.send("GET", "/v1/users/me")
    after = await run.send("POST", "/v1/leads", json={})
    if not before.headers.get(header) or not after.headers.get(header):
        return Observation(None, "the responses have no header with the remaining budget")
    return Observation(f"{int(before.headers[header]) - int(after.headers[header])} tokens")


def _unsettled(reason: str) -> Experiment:
    async def observe(_: Run) -> Observation:
        return Observation(None, reason)

    return observe


EXPERIMENTS: Final[dict[str, Experiment]] = {
    "archived-lead-change": _archived_lead_change,
    "unknown-field-key": _unknown_field_key,
    "deleted-field-key": _deleted_field_key,
    "amount-without-currency": _amount_without_currency,
    "option-label": _value("enum", "Hot"),
    "text-for-number": _value("double", "12"),
    "number-for-text": _value("varchar", 12),
    "long-text": _value("varchar", "x" * 256),
    "long-origin-id": _long_origin_id,
    "unknown-channel": _unknown_channel,
    "refusal-text": _refusal_text,
    "missing-link": _missing_link,
    "malformed-id": _malformed_id,
    "large-limit": _large_limit,
    "large-search-limit": _large_search_limit,
    "archived-status": _archived_status,
    "archived-update-time": _archived_update_time,
    "fractional-updated-since": _fractional_updated_since,
    "second-deletion": _second_deletion,
    "label-status": _label_status,
    "deleted-label": _deleted_label,
    "deleted-person": _deleted_person,
    "converted-lead": _converted_lead,
    "cost-of-refusal": _cost_of_refusal,
    "marketplace-origin-id": _unsettled("it needs a published Marketplace app"),
    "daily-reset": _unsettled("it needs an account whose budget is used up"),
    "oauth-errors": _unsettled("it needs an OAuth app"),
    "cost-of-missing-scope": _unsettled("it needs an OAuth app"),
    "uninstall-timestamp": _unsettled("it needs a published app"),
    "sharing-body": _unsettled("it needs a published app"),
    "webhooks-of-an-app": _unsettled("it needs a published app"),
}
"""The experiment of each question, by its id."""
