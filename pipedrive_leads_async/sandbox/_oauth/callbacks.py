"""The requests that Pipedrive sends to the callback URL of an app, without a browser."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import threading
from datetime import UTC, datetime
from urllib.parse import urlsplit

from .._json import Json
from .._limits import Login
from .endpoints import OAuth

_TIMEOUT = 10.0  # seconds
_WAIT_IN_COROUTINE = 0.5


def announce_uninstallation(oauth: OAuth, login: Login, url: str) -> None:
    """Send the DELETE that reports that a user has uninstalled the app.

    https://pipedrive.readme.io/docs/app-uninstallation
    """
    credentials = base64.b64encode(f"{oauth.client_id}:{oauth.client_secret}".encode()).decode()
    body = {
        "client_id": oauth.client_id,
        **_ids(login),
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    _send("DELETE", url, body, {"authorization": f"Basic {credentials}"})


def announce_sharing(login: Login, url: str, *, is_shared: bool) -> None:
    """Send the POST that reports that a user shares the app; it has no credentials.

    https://pipedrive.readme.io/docs/app-sharing-adding-apps-to-multiple-users
    """
    _send("POST", url, {**_ids(login), "isShared": is_shared}, {})


def _ids(login: Login) -> Json:
    return {"company_id": login.tenant.account.company["id"], "user_id": login.user_id}


def _send(method: str, url: str, body: Json, headers: dict[str, str]) -> None:
    """Send a request in a thread, and wait for its response, which is not read.

    In a coroutine do not wait for long: the receiver may run in the same event loop.
    """
    arguments = (method, url, json.dumps(body).encode(), headers)
    thread = threading.Thread(target=_request, args=arguments, daemon=True)
    thread.start()
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        thread.join()
    else:
        thread.join(_WAIT_IN_COROUTINE)


def _request(method: str, url: str, body: bytes, headers: dict[str, str]) -> None:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT)
    target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    try:
        connection.request(method, target, body, headers | {"content-type": "application/json"})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        pass  # Pipedrive ignores the response, and sends the request once
    finally:
        connection.close()
