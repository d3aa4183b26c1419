"""Make responses of Pipedrive without a server, and decode their errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from multidict import CIMultiDict

from pipedrive_leads_async import PipedriveError
from pipedrive_leads_async._http.envelope import read_envelope
from pipedrive_leads_async._http.message import Response
from tests.support.requests import request_to

REQUEST = request_to("https://api.pipedrive.com/v1/leads")
BURST = {"success": False, "error": "request over limit", "errorCode": 429}


def make_response(status: int, body: Any = b"", **headers: str) -> Response:
    """Return a response; a body that is not bytes becomes JSON, `_` in a header's name `-`."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return Response(
        REQUEST,
        status,
        CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()}),
        body,
    )


def error_of(response: Response) -> Any:
    with pytest.raises(PipedriveError) as caught:
        read_envelope(response)
    return caught.value
