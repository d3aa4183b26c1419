"""A stand-in for Pipedrive on a real socket, to try and to test without an account.

It keeps state as Pipedrive does, enforces its limits, and fails on demand::

    with Sandbox(leads=50) as sandbox:
        sandbox.fail("getLeads", status=503)
        ...  # point a client at sandbox.url, with sandbox.api_token

It speaks OAuth, and it holds as many accounts as a service has customers::

    with Sandbox() as sandbox:
        customer = sandbox.add_account(leads=10)
        customer.log_in()
        ...  # send a browser to sandbox.oauth_url, as the app sandbox.client_id

And it tells a service by webhooks what happens to leads::

    with Sandbox() as sandbox:
        sandbox.add_webhook("http://127.0.0.1:8000/webhooks")
        sandbox.add_lead(title="Big order")
        sandbox.wait_for_webhooks()

From a shell: ``python -m pipedrive_leads_async.sandbox --leads 2000``. In pytest: the fixture of
`pipedrive_leads_async.pytest_plugin`. It needs nothing else of this library, so it can stand in
for Pipedrive in front of any client.
"""

from ._request_log import ReceivedRequest
from ._sandbox import Sandbox
from ._sandbox_account import SandboxAccount
from ._webhooks.deliveries import SentWebhook

__all__ = ["ReceivedRequest", "Sandbox", "SandboxAccount", "SentWebhook"]
