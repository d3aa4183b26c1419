"""Objects of every public class that can be pickled, and their pickles by the first release.

The pickles in tests/data/old_pickles.json were written by running this file with version 0.1.0:
PYTHONPATH=<its source> python tests/project/old_pickles.py
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import pickle
from pathlib import Path
from typing import Any, Final

import pipedrive_leads_async as public
from pipedrive_leads_async import config, enums, errors, models, webhooks
from pipedrive_leads_async import request_models as requests

FILE: Final = Path(__file__).parents[1] / "data" / "old_pickles.json"

ID: Final = "8ba414d0-8ad8-11ef-9e9e-07879dd74146"
OTHER_ID: Final = "918d8510-de6b-11eb-8042-15d11dd01d20"
NOON: Final = dt.datetime(2026, 11, 23, 12, 0, 0, 213000, dt.UTC)
DAY: Final = dt.date(2026, 12, 31)

FIELD_TYPES: Final = (
    "varchar",
    "varchar_auto",
    "text",
    "phone",
    "double",
    "monetary",
    "enum",
    "set",
    "user",
    "org",
    "people",
    "date",
    "daterange",
    "time",
    "timerange",
    "address",
    "a type of the future",
)
KEYS: Final = {kind: f"{number:040x}" for number, kind in enumerate(FIELD_TYPES)}

LEAD: Final = models.Lead(
    id=ID,
    title="Big order",
    owner_id=1,
    creator_id=2,
    label_ids=(OTHER_ID,),
    person_id=3,
    organization_id=4,
    source_name="API",
    origin="API",
    origin_id="order-1",
    channel=5,
    channel_id="spring",
    source_deal_id=6,
    is_archived=False,
    was_seen=True,
    value=models.LeadValue(amount=12.5, currency="EUR", extra={"rate": 1}),
    expected_close_date=DAY,
    next_activity_id=7,
    add_time=NOON,
    update_time=NOON,
    visible_to=enums.VisibleTo.LEVEL_3,
    cc_email="acme+1@pipedrivemail.com",
    custom_fields={
        KEYS["varchar"]: "text",
        KEYS["double"]: 1.5,
        KEYS["monetary"]: 500,
        f"{KEYS['monetary']}_currency": "EUR",
        KEYS["enum"]: "1",
        KEYS["set"]: "1,2",
        KEYS["user"]: 8,
        KEYS["date"]: "2026-12-31",
        KEYS["daterange"]: "2026-12-30",
        f"{KEYS['daterange']}_until": "2026-12-31",
        KEYS["time"]: "09:30:00",
        f"{KEYS['time']}_timezone_id": 327,
        KEYS["timerange"]: "09:30:00",
        f"{KEYS['timerange']}_until": "10:30:00",
        KEYS["address"]: "Main Street 1",
        f"{KEYS['address']}_route": "Main Street",
        KEYS["a type of the future"]: [1],
    },
    extra={"new_key": [1]},
)

OPTIONS: Final = (
    models.LeadFieldOption(id=1, label="Hot"),
    models.LeadFieldOption(id=2, label="Cold"),
)


def lead_field(kind: str, key: str, **attributes: Any) -> models.LeadField:
    return models.LeadField(
        key=key,
        name=kind.capitalize(),
        field_type=kind,
        options=OPTIONS if kind in ("enum", "set") else None,
        **attributes,
    )


# Every field type, and an inactive field with the name of an active one.
ACCOUNT: Final = public.CustomFields(
    [
        *(lead_field(kind, key, active_flag=True) for kind, key in KEYS.items()),
        lead_field("text", "f" * 40, active_flag=False),
    ]
)

# Names that are columns today: of a lead, and of a part of another field.
COLUMN_NAMES: Final = {
    "a" * 40: ("archive_time", "varchar", True),
    "b" * 40: ("archive_time", "varchar", False),
    "c" * 40: ("Value", "monetary", True),
    "d" * 40: ("Value currency", "varchar", False),
}
NAMED_AS_COLUMNS: Final = public.CustomFields(
    models.LeadField(key=key, name=name, field_type=kind, active_flag=is_active)
    for key, (name, kind, is_active) in COLUMN_NAMES.items()
)

EVENT: Final[dict[str, Any]] = {
    "id": OTHER_ID,
    "lead_id": ID,
    "timestamp": NOON,
    "attempt": 2,
    "company_id": 9,
    "user_id": 10,
    "is_bulk_edit": True,
    "change_source": "api",
    "host": "acme.pipedrive.com",
    "webhook_id": 11,
    "webhook_owner_id": 12,
    "extra": {"permitted_user_ids": ["1"]},
}

LEAD_PROPERTIES: Final[dict[str, Any]] = {
    "title": "Big order",
    "person_id": 3,
    "organization_id": 4,
    "owner_id": 1,
    "label_ids": (OTHER_ID,),
    "value": models.LeadValue(amount=12.5, currency="EUR"),
    "expected_close_date": DAY,
    "visible_to": enums.VisibleTo.LEVEL_7,
    "was_seen": False,
    "channel": 5,
    "channel_id": "spring",
    "custom_fields": {KEYS["varchar"]: "text", KEYS["set"]: None},
}


MODELS: Final[list[Any]] = [
    LEAD,
    models.LeadValue(amount=12.5, currency="EUR", extra={"rate": 1}),
    models.LeadLabel(
        id=ID,
        name="Hot",
        color=enums.LabelColor.DARK_GRAY,
        add_time=NOON,
        update_time=NOON,
        extra={"new_key": 1},
    ),
    models.LeadSource(name="API", extra={"new_key": 1}),
    OPTIONS[0],
    lead_field(
        "enum",
        KEYS["enum"],
        id=13,
        order_nr=14,
        active_flag=True,
        edit_flag=True,
        add_time=NOON,
        update_time=NOON,
        extra={"is_subfield": False},
    ),
    models.LinkedItem(id=3, name="Jane Doe", extra={"new_key": 1}),
    models.LeadSearchResult(
        id=ID,
        title="Big order",
        result_score=0.5,
        type="lead",
        owner=models.LinkedItem(id=1),
        person=models.LinkedItem(id=3, name="Jane Doe"),
        organization=models.LinkedItem(id=4, name="Acme"),
        phones=("+372 5555 5555",),
        emails=("jane@example.com",),
        custom_fields=("text",),
        notes=("a note",),
        value=12.5,
        currency="EUR",
        visible_to=3,
        is_archived=False,
        was_seen=True,
        extra={"new_key": 1},
    ),
    models.Conversion(
        conversion_id=OTHER_ID,
        source_id=ID,
        status=enums.ConversionStatus.COMPLETED,
        deal_id=15,
        lead_id=ID,
        extra={"new_key": 1},
    ),
    models.LeadPage(
        leads=[LEAD],
        start=0,
        limit=100,
        more_items_in_collection=True,
        next_start=100,
        checkpoint="v1.abc",
    ),
    models.EnsuredLead(lead=LEAD, created=True),
    models.AddLeadResult(key="order-1", lead=LEAD, error=None),
]

REQUESTS: Final[list[Any]] = [
    requests.AddLeadRequest(**LEAD_PROPERTIES, origin_id="order-1"),
    requests.UpdateLeadRequest(**LEAD_PROPERTIES, is_archived=True),
    requests.AddLeadLabelRequest(name="Hot", color=enums.LabelColor.RED),
    requests.UpdateLeadLabelRequest(name="Cold", color=enums.LabelColor.BLUE),
]

CONFIG: Final[list[Any]] = [
    config.RetryPolicy(attempts=5, base=0.25, cap=4.0, settle=120.0),
    config.Timeouts(connect=1.0, read=2.0, deadline=3.0),
]

CUSTOM_FIELDS: Final[list[Any]] = [
    ACCOUNT,
    ACCOUNT["Enum"],
    public.Address(value="Main Street 1", route="Main Street"),
    public.DateRange(DAY, DAY),
    public.TimeRange(dt.time(9), dt.time(12)),
]

EVENTS: Final[list[Any]] = [
    webhooks.LeadCreated(**EVENT, lead=LEAD),
    webhooks.LeadChanged(**EVENT, lead=LEAD, previous=models.Lead(id=ID, title="Order")),
    webhooks.LeadDeleted(**EVENT, previous=LEAD),
]

ANY_CALL: Final[dict[str, Any]] = {"operation": "addLead", "attempts": 3, "request_id": "abc"}
API: Final[dict[str, Any]] = {
    "status": 429,
    "error": "request over limit",
    "error_info": "more text",
    "code": "feature_capping_deals_limit",
    "retry_after": 2.5,
}
ERRORS: Final[dict[str, dict[str, Any]]] = {
    "PipedriveError": {},
    "ConfigurationError": {},
    "InvalidRequestError": {},
    "ClientClosedError": {},
    "WrongLoopError": {},
    "TransportError": {"sent": True},
    "ConnectionFailedError": {"sent": False},
    "CertificateError": {"sent": False},
    "RequestTimeoutError": {"sent": True},
    "ApiError": API,
    "BadRequestError": API,
    "AuthenticationError": API,
    "ReauthorizationRequiredError": API,
    "PermissionDeniedError": API,
    "BlockedError": API,
    "NotFoundError": API,
    "GoneError": API,
    "RateLimitedError": API,
    "DailyBudgetExhaustedError": API,
    "ServerError": API,
    "AuthUnavailableError": {"retry_after": 2.0},
    "UnexpectedResponseError": {"status": 302, "refused": True, "garbled": True},
    "DecodeError": {
        "paths": ("$.data[3].owner_id: expected int, got str",),
        "lead_id": ID,
        "raw": {"owner_id": "x"},
    },
    "PaginationError": {},
    "OutcomeUnknownError": {"idempotency_key": "order-1"},
    "ConversionFailedError": {"status": "failed", "conversion_id": OTHER_ID, "source_id": 42},
}


def error(name: str) -> errors.PipedriveError:
    found: errors.PipedriveError = getattr(errors, name)("it broke", **ANY_CALL, **ERRORS[name])
    found.checkpoint = "v1.abc"
    return found


def members() -> dict[str, Any]:
    classes = (enums.ArchivedStatus, enums.LabelColor, enums.VisibleTo, enums.ConversionStatus)
    found: dict[str, Any] = {
        f"{cls.__name__}.{member.name}": member for cls in classes for member in cls
    }
    return found | {"UNSET": enums.UNSET}


def objects() -> dict[str, Any]:
    """Return the objects by their names in the file."""
    instances = [*MODELS, *REQUESTS, *CONFIG, *CUSTOM_FIELDS, *EVENTS]
    return (
        {type(instance).__name__: instance for instance in instances}
        | {"CustomFields named as columns": NAMED_AS_COLUMNS}
        | {name: error(name) for name in ERRORS}
        | members()
    )


if __name__ == "__main__":
    pickles = {
        name: base64.b64encode(pickle.dumps(each, protocol=4)).decode()
        for name, each in objects().items()
    }
    FILE.write_text(json.dumps(pickles, indent=1) + "\n", encoding="utf-8")
