"""Realistic accounts; the same seed makes the same account."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TypeAlias

from .._json import Json
from .account import Account
from .clock import Clock, iso
from .custom_fields import CUSTOM_FIELDS
from .jobs import Jobs
from .leads import Leads
from .sample_values import sample

_Link: TypeAlias = tuple[str, int | None, int | None]  # name, person id, organization id

_DAY = 86_400_000
_FIRST_DAY = date(2024, 1, 1)
_OPENING = 1_704_067_200_000  # the first day, in milliseconds since the epoch
_SPAN = 730 * _DAY  # leads are created in these two years
_EDITS = 30 * _DAY  # a lead was changed at most a month after its creation

_COMPANY_ID = 7780468
_USER_ID = 11884360
_USERS = ("Aino Kask", "Marco Silva", "Dana Whitfield")
_LABELS = (("Hot", "red"), ("Warm", "yellow"), ("Cold", "blue"))
_SOURCES = (
    ("Manually created", "ManuallyCreated"),
    ("API", "API"),
    ("Import", "Import"),
    ("Web forms", "WebForms"),
)
_ORGANIZATIONS = (
    "Acme Ltd",
    "Birch & Vale",
    "Cobalt Foods",
    "Dunmore Logistics",
    "Elm Street Dental",
    "Fjord Shipping",
    "Granite Works",
    "Harbour Hotels",
    "Ionic Labs",
    "Juniper Travel",
    "Kestrel Energy",
    "Lindqvist & Sons",
    "Meridian Books",
    "Nordic Timber",
    "Orchard Schools",
    "Põhjala Games",
    "Quarry Street Media",
    "Riverside Clinic",
    "São Bento Wines",
    "Tallow & Wick",
    "Union Bikes",
    "Vesper Audio",
    "Weaver Textiles",
    "Zephyr Robotics",
)
_FIRST_NAMES = ("Ada", "Bo", "Carmen", "Dmitri", "Esi", "Finn", "Grete", "Hana", "Ivo", "June")
_LAST_NAMES = ("Aalto", "Brandt", "Costa", "Dahl", "Eriksen", "Fofana", "Grant", "Hughes")
_TOPICS = (
    "10 seats",
    "50 seats",
    "200 seats",
    "annual renewal",
    "data migration",
    "demo request",
    "new branch office",
    "onboarding workshop",
    "pilot project",
    "pricing question",
    "second location",
    "support plan",
    "upgrade to Premium",
    "yearly training",
)
_CURRENCIES = ("EUR", "USD", "GBP")


def seeded_account(leads: int, seed: int, *, number: int, honours_archived_status: bool) -> Account:
    """Return an account with this number of open leads.

    As at Pipedrive, ids of companies, users, labels and leads are unique among accounts with
    different numbers; ids of persons and organizations start from 1 in each account.
    """
    previous = number - 1
    domain = f"sandbox-{number}" if previous else "sandbox"
    account = Account(
        number=number,
        company={"id": _COMPANY_ID + previous, "name": "Sandbox Inc", "domain": domain},
        users=_users(_USER_ID + previous * len(_USERS), domain),
        organizations={},
        persons={},
        labels={},
        leads=Leads(()),
        deals={},
        conversions=Jobs(),
        clock=Clock(after=_OPENING + _SPAN + _EDITS),
        random=random.Random(seed),  # noqa: S311 - sample data, no secrets
        honours_archived_status=honours_archived_status,
    )
    for field in CUSTOM_FIELDS:
        account.put_custom_field(field)
    for name in _ORGANIZATIONS:
        account.add_organization(_OPENING, {"name": name})
    names = [f"{first} {last}" for first in _FIRST_NAMES for last in _LAST_NAMES]
    account.random.shuffle(names)
    for order, name in enumerate(names, 1):
        address = name.lower().replace(" ", ".")
        account.add_person(
            _OPENING,
            {
                "name": name,
                "org_id": 1 + order % len(_ORGANIZATIONS),
                "emails": f"{address}@example.com",
                "phones": f"+1 202 555 01{order:02}",
            },
        )
    for order, (name, color) in enumerate(_LABELS):
        label = account.new_label(_OPENING + order, name, color)
        account.labels[label["id"]] = label
    account.leads = Leads(_leads(account, leads))
    return account


def _users(first: int, domain: str) -> dict[int, Json]:
    """Return the users, with the properties that Pipedrive returned in May 2026."""
    return {
        number: user
        | {
            "email": f"{user['name'].lower().replace(' ', '.')}@{domain}.example",
            "lang": 1,
            "locale": "en_US",
            "timezone_name": "Europe/Tallinn",
            "timezone_offset": "+02:00",
            "default_currency": _CURRENCIES[0],
            "icon_url": None,
            "active_flag": True,
            "is_deleted": False,
            "is_admin": int(number == first),
            "role_id": 1,
            "created": "2023-12-18 08:00:00",
            "has_created_company": number == first,
            "phone": None,
            "modified": "2023-12-18 08:00:00",
            "last_login": "2023-12-18 08:00:00",
        }
        for number, user in _numbered(_USERS, first).items()
    }


def _numbered(names: Sequence[str], first: int) -> dict[int, Json]:
    return {number: {"id": number, "name": name} for number, name in enumerate(names, first)}


def _leads(account: Account, count: int) -> Iterator[Json]:
    """Yield leads with irregular creation times in ascending order."""
    links = list(_links(account))
    step = _SPAN // max(count, 1)
    for start in range(_OPENING, _OPENING + count * step, step):
        yield _lead(account, start + account.random.randrange(step), links)


def _links(account: Account) -> Iterator[_Link]:
    """Yield the possible links of a lead: to a person, to an organization, often to both."""
    for person in account.persons.values():
        organization = account.organizations[person["org_id"]]
        yield organization["name"], person["id"], organization["id"]
        yield organization["name"], person["id"], organization["id"]
        yield organization["name"], None, organization["id"]
        yield person["name"], person["id"], None


def _lead(account: Account, moment: int, links: list[_Link]) -> Json:
    choose = account.random.choice
    number = account.random.randrange

    def chance(percent: int) -> bool:
        return account.random.random() * 100 < percent

    name, person_id, organization_id = choose(links)
    source_name, origin = choose(_SOURCES)
    fields: Json = {
        "title": f"{name} \N{EN DASH} {choose(_TOPICS)}",
        "owner_id": choose(list(account.users)),
        "label_ids": [choose(list(account.labels))] if chance(50) else [],
        "person_id": person_id,
        "organization_id": organization_id,
        "source_name": source_name,
        "origin": origin,
        "was_seen": chance(80),
    }
    if chance(40):
        fields["update_time"] = iso(moment + number(_EDITS))
    if chance(80):
        fields["value"] = {"amount": number(1, 200) * 50, "currency": choose(_CURRENCIES)}
    if chance(40):
        close = _FIRST_DAY + timedelta(days=(moment - _OPENING) // _DAY + number(14, 104))
        fields["expected_close_date"] = close.isoformat()
    for field in account.custom_fields:
        if chance(20):
            fields |= sample(field, account)
    return account.new_lead(moment, fields)
