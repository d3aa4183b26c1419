"""Test that a webhook is decoded without its password."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from typing import Any, Final

import pytest

from pipedrive_leads_async import DecodeError, Webhook, from_dict, to_dict
from tests.support.calls import CANARY
from tests.support.canaries import canary_in
from tests.support.secrets.scanner import text_of_object

ROW: Final[dict[str, Any]] = {
    "id": 7,
    "company_id": 1,
    "owner_id": 2,
    "user_id": 3,
    "event_action": "*",
    "event_object": "lead",
    "subscription_url": "https://app.example/webhooks",
    "version": "2.0",
    "is_active": 1,
    "add_time": "2019-10-25T08:25:27.000Z",
    "remove_time": None,
    "type": "general",
    "http_auth_user": "pipedrive",
    "http_auth_password": CANARY,
    "remove_reason": None,
    "last_delivery_time": None,
    "last_http_status": 401,
    "admin_id": 4,
    "name": "Example webhook",
    "news": [1],
}
"""A webhook as in Pipedrive's reference, with a key that this version does not know."""


def test_webhook_has_every_documented_property_but_the_password() -> None:
    webhook = from_dict(Webhook, ROW)
    assert (webhook.id, webhook.user_id, webhook.admin_id) == (7, 3, 4)
    assert (webhook.is_active, webhook.last_http_status) == (1, 401)
    assert webhook.add_time == dt.datetime(2019, 10, 25, 8, 25, 27, tzinfo=dt.UTC)
    assert webhook.extra == {"news": [1]}
    assert to_dict(webhook) == {
        key: value for key, value in ROW.items() if key != "http_auth_password"
    }
    assert ROW["http_auth_password"] == CANARY


def test_webhook_can_be_copied_and_pickled() -> None:
    webhook = from_dict(Webhook, ROW)
    for copied in (copy.deepcopy(webhook), pickle.loads(pickle.dumps(webhook))):
        assert (copied, hash(copied)) == (webhook, hash(webhook))


@pytest.mark.parametrize("changes", [{}, {"is_active": True}, {"add_time": "never"}])
def test_password_of_a_webhook_is_shown_nowhere(changes: dict[str, Any]) -> None:
    assert canary_in(text_of_object(from_dict(Webhook, ROW | changes))) is None


@pytest.mark.parametrize("changes", [{"id": "7"}, {"event_action": None}])
def test_error_of_a_malformed_webhook_has_no_password(changes: dict[str, Any]) -> None:
    row = ROW | changes | {"http_auth_password": "the password"}
    with pytest.raises(DecodeError, match="does not fit Webhook") as caught:
        from_dict(Webhook, row)
    del row["http_auth_password"]
    assert caught.value.raw == row


def test_error_of_a_value_that_is_no_object_has_that_value() -> None:
    value: Any = ["the password"]
    with pytest.raises(DecodeError, match="expected an object, got list") as caught:
        from_dict(Webhook, value)
    assert caught.value.raw == value
