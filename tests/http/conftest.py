"""Provide the transport that these tests send their requests through."""

from __future__ import annotations

import pytest

from pipedrive_leads_async import SessionManager
from pipedrive_leads_async._http.transport.transport import Transport


@pytest.fixture
def transport(manager: SessionManager) -> Transport:
    """Return the transport of a session manager that the test closes at its end."""
    return manager.__transport__()
