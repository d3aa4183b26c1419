"""A pytest fixture that gives each test a Pipedrive account of its own.

Name the plugin in your ``conftest.py``; it is not loaded by itself, to cost other test runs
nothing::

    pytest_plugins = ["pipedrive_leads_async.pytest_plugin"]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipedrive_leads_async.sandbox import Sandbox

__all__ = ["pipedrive_sandbox"]


@pytest.fixture
def pipedrive_sandbox() -> Iterator[Sandbox]:
    """A running `Sandbox` with 2000 leads, new for each test.

    Example:
        ```python
        async def test_export(pipedrive_sandbox):
            auth, url = pipedrive_sandbox.api_token, pipedrive_sandbox.url
            async with LeadsClient(auth, base_url=url) as client:
                assert len([lead async for lead in client.get_leads()]) == 2000
        ```
    """
    # Only a test that asks for a sandbox pays for the import of a server.
    from pipedrive_leads_async.sandbox import Sandbox  # noqa: PLC0415 - see above

    with Sandbox() as sandbox:
        yield sandbox
