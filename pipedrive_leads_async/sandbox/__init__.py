"""A local Pipedrive server, to try and to test the client without an account.

It keeps state as Pipedrive does, enforces its limits, and fails on request::

    with Sandbox(leads=50) as sandbox:
        sandbox.fail("getLeads", status=503)
        ...  # make a client with sandbox.api_token and base_url=sandbox.url

It supports OAuth, and has any number of accounts, one for each customer of a service::

    with Sandbox() as sandbox:
        customer = sandbox.add_account(leads=10)
        customer.log_in()
        ...  # open sandbox.oauth_url in a browser, as the app sandbox.client_id

An account has several users, who see different leads::

    with Sandbox() as sandbox:
        marco = sandbox.users[1]
        sandbox.add_lead(title="Private", owner_id=sandbox.users[2].id, visible_to="1")
        ...  # a client with marco.api_token does not see this lead

It starts each flow of a Marketplace app::

    with Sandbox() as sandbox:
        callback = "http://127.0.0.1:8080/callback"  # where your app listens
        sandbox.install_url(callback)  # for a browser: the user comes from the Marketplace
        sandbox.users[1].share_app(callback)
        sandbox.uninstall_app(callback)

It sends webhooks for changes of leads::

    with Sandbox() as sandbox:
        sandbox.add_webhook("http://127.0.0.1:8000/webhooks")
        sandbox.add_lead(title="Big order")
        sandbox.wait_for_webhooks()

In a terminal, run ``python -m pipedrive_leads_async.sandbox --leads 2000``. In pytest, use the
fixture of `pipedrive_leads_async.pytest_plugin`. The sandbox imports nothing else of this library
and works with any HTTP client. `_operations/open_questions.py` lists the open questions about
Pipedrive's server, and the sandbox's choice for each.
"""

from ._request_log import ReceivedRequest
from ._sandbox import Sandbox
from ._sandbox_account import SandboxAccount, SandboxUser
from ._webhooks.deliveries import SentWebhook

__all__ = ["ReceivedRequest", "Sandbox", "SandboxAccount", "SandboxUser", "SentWebhook"]
