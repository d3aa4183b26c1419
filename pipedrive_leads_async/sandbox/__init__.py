"""A stand-in for Pipedrive on a real socket, to try and to test without an account.

It keeps state as Pipedrive does, enforces its limits, and fails on demand::

    with Sandbox(leads=50) as sandbox:
        sandbox.fail("getLeads", status=503)
        ...  # point a client at sandbox.url, with sandbox.api_token

From a shell: ``python -m pipedrive_leads_async.sandbox --leads 2000``. In pytest: the fixture of
`pipedrive_leads_async.pytest_plugin`. It needs nothing else of this library, so it can stand in
for Pipedrive in front of any client.
"""

from ._log import ReceivedRequest
from ._sandbox import Sandbox

__all__ = ["ReceivedRequest", "Sandbox"]
