"""A pytest fixture with a Pipedrive account of its own for each test.

Load the plugin in your ``conftest.py``. It does not load automatically, because the import would
slow down every pytest run::

    pytest_plugins = ["pipedrive_leads_async.pytest_plugin"]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .sandbox import Sandbox

__all__ = ["pipedrive_sandbox"]


@pytest.fixture
def pipedrive_sandbox() -> Iterator[Sandbox]:
    """Yield a running `Sandbox` with 2000 leads, a new one for each test.

    Example:
        >>> async def test_export(pipedrive_sandbox):
        ...     auth, url = pipedrive_sandbox.api_token, pipedrive_sandbox.url
        ...     async with LeadsClient(auth, base_url=url) as client:
        ...         assert len([lead async for lead in client.get_leads()]) == 2000
    """
    # Only tests that use a sandbox import the server.
    from .sandbox import Sandbox  # noqa: PLC0415 - see above

    with Sandbox() as sandbox:
        yield sandbox
