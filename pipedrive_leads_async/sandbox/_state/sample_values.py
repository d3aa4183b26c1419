"""Realistic values of custom fields.

The format of a value of each type: https://pipedrive.readme.io/docs/updating-custom-field-value
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from .._json import Json
from .account import Account
from .custom_fields import CustomField

# Returns the value under the key "", and each further part under its suffix.
_Maker: TypeAlias = Callable[[CustomField, Account], Json]


def sample(field: CustomField, account: Account) -> Json:
    """Return the properties of a lead of this account for a value of this field."""
    parts = _SAMPLES[field.field_type](field, account)
    return {f"{field.key}_{part}" if part else field.key: value for part, value in parts.items()}


def _one_of(*values: Any) -> _Maker:
    return lambda _, account: {"": account.random.choice(values)}


def _amount(_: CustomField, account: Account) -> Json:
    amount = account.random.randrange(10, 900) * 100
    return {"": amount, "currency": account.random.choice(("EUR", "USD", "GBP"))}


def _option(field: CustomField, account: Account) -> Json:
    return {"": str(account.random.choice(field.options)[0])}


def _options(field: CustomField, account: Account) -> Json:
    count = account.random.randint(1, len(field.options))
    chosen = sorted(account.random.sample(field.options, count))
    return {"": ",".join(str(option) for option, _ in chosen)}


def _phone(_: CustomField, account: Account) -> Json:
    return {"": f"+44 20 7946 0{account.random.randrange(1000):03}"}


def _date(_: CustomField, account: Account) -> Json:
    return {"": f"2026-{account.random.randint(1, 12):02}-{account.random.randint(1, 28):02}"}


def _dates(_: CustomField, account: Account) -> Json:
    start, end = sorted(account.random.sample(range(1, 13), 2))
    return {"": f"2026-{start:02}-01", "until": f"2026-{end:02}-28"}


def _time(_: CustomField, account: Account) -> Json:
    hour, minute = account.random.randrange(9, 17), account.random.choice((0, 15, 30, 45))
    return {"": f"{hour:02}:{minute:02}:00", "timezone_id": 228}


def _times(_: CustomField, account: Account) -> Json:
    start, end = account.random.randrange(7, 11), account.random.randrange(15, 20)
    return {"": f"{start:02}:00:00", "timezone_id": 228, "until": f"{end:02}:30:00"}


def _address(_: CustomField, account: Account) -> Json:
    number, floor = account.random.randrange(1, 200), account.random.randrange(1, 9)
    street, city, region, county, country, code = account.random.choice(_PLACES)
    return {
        "": f"{street} {number}, {city}",
        "subpremise": str(floor),
        "street_number": str(number),
        "route": street,
        "sublocality": f"{city} Centre",
        "locality": city,
        "admin_area_level_1": region,
        "admin_area_level_2": county,
        "country": country,
        "postal_code": code,
        "formatted_address": f"{street} {number}-{floor}, {code} {city}, {country}",
    }


_PLACES = (
    ("Rua das Flores", "Porto", "Porto District", "Norte", "Portugal", "4050-262"),
    ("Pikk", "Tallinn", "Harju County", "Northern Estonia", "Estonia", "10133"),
    ("Queen Street", "Bristol", "England", "City of Bristol", "United Kingdom", "BS1 4HQ"),
)

_SAMPLES: dict[str, _Maker] = {
    "varchar": _one_of(
        "Spring fair", "Autumn webinar", "Partner day", "Newsletter 12", "Open house"
    ),
    "varchar_auto": _one_of("Brightdesk", "Nimbus CRM", "a spreadsheet"),
    "text": _one_of(
        "Single sign-on.\nHosting in the EU.", "An offer before June.", "To be asked on the phone."
    ),
    "phone": _phone,
    "double": lambda _, account: {"": account.random.randrange(1, 500)},
    "monetary": _amount,
    "enum": _option,
    "set": _options,
    "user": lambda _, account: {"": account.random.choice(list(account.users))},
    "org": lambda _, account: {"": account.random.choice(list(account.organizations))},
    "people": lambda _, account: {"": account.random.choice(list(account.persons))},
    "date": _date,
    "daterange": _dates,
    "time": _time,
    "timerange": _times,
    "address": _address,
}
