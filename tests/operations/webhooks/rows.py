"""A webhook as Pipedrive returns it, the requests for it, and the warnings about it."""

from __future__ import annotations

import logging
from typing import Any, Final

import pytest

from pipedrive_leads_async import AddWebhookRequest

URL: Final = "https://app.example/webhooks"
REQUEST: Final = AddWebhookRequest(URL)

WITH_PASSWORD: Final = AddWebhookRequest(URL, http_auth_user="me", http_auth_password="secret")
"""A request with credentials."""

ROW: Final[dict[str, Any]] = {
    "id": 7,
    "subscription_url": URL,
    "event_action": "*",
    "event_object": "lead",
    "version": "2.0",
    "user_id": 3,
    "is_active": 1,
    "http_auth_user": None,
    "http_auth_password": None,
    "last_http_status": None,
}


def warnings_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
