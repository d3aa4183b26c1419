"""One account of a sandbox, as a test sees it and disturbs it."""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterable
from typing import Any

from . import _checks
from ._gateway import Front
from ._json import Json, json_copy
from ._limits import Tenant
from ._operations.webhooks import MOST_WEBHOOKS, check_webhook, subscribe
from ._state.clock import iso
from ._state.custom_fields import check_custom_field
from ._state.jobs import Jobs


class SandboxAccount:
    """An account of a `Sandbox`: its data, its tokens, and who is logged in to it.

    The sandbox itself is its first account; `Sandbox.add_account` makes the further ones. All
    may be called from any thread at any time.
    """

    def __init__(self, front: Front, tenant: Tenant) -> None:
        self._front = front
        self._tenant = tenant
        self._account = tenant.account
        with front.lock:
            self._api_token = front.credentials.new_api_token(tenant)
            self._access_token = front.oauth.grants.lasting_access_token(tenant)
            announce = functools.partial(front.deliveries.announce, tenant.account)
            tenant.account.leads.listener = announce

    @property
    def company_domain(self) -> str:
        """What comes before `.pipedrive.com` in the address of the company: `"sandbox"`."""
        return str(self._account.company["domain"])

    @property
    def api_token(self) -> str:
        """The API token of the account's first user."""
        return self._api_token

    @property
    def access_token(self) -> str:
        """An OAuth access token, good until `expire_access_tokens` or `revoke`."""
        return self._access_token

    @property
    def leads(self) -> list[Json]:
        """All leads as the server would show them now, open and archived, oldest first."""
        with self._front.lock:
            leads = self._account.leads.listed(archived=None)
        return json_copy(leads)

    @property
    def deals(self) -> list[Json]:
        """All deals as the server would show them now, oldest first."""
        with self._front.lock:
            deals = list(self._account.deals.values())
        return json_copy(deals)

    def add_lead(self, **fields: Any) -> Json:
        """Add a lead as if somebody had made it in Pipedrive.

        It comes last in the list, is linked to the first person, and has a default for
        everything else. No rule is applied to the fields: that is how a test gets a lead with a
        new property, a wrong type or an unlikely time.

        Args:
            **fields: Properties of the lead; custom fields by their keys.

        Returns:
            The lead as the server shows it.

        Example:
            >>> Sandbox(leads=0).add_lead(title="Big order", owner_id="seven")["owner_id"]
            'seven'
        """
        account = self._account
        with self._front.lock:
            defaults = {"person_id": next(iter(account.persons))}
            lead = json_copy(account.new_lead(account.clock.tick(), defaults | fields))
            if not isinstance(lead["id"], Hashable):
                raise TypeError(f"id must be a str, got {type(lead['id']).__name__}.")
            account.leads.put(lead, "app")
        return json_copy(lead)

    def delete_lead(self, id: str) -> None:
        """Delete a lead as if somebody had done it in Pipedrive.

        Raises:
            LookupError: There is no such lead.
        """
        with self._front.lock:
            self._account.leads.remove(self._lead(id)["id"], "app")

    def archive_lead(self, id: str) -> None:
        """Archive a lead as if somebody had done it in Pipedrive.

        Raises:
            LookupError: There is no such lead.
        """
        account = self._account
        with self._front.lock:
            archived = {"is_archived": True, "update_time": iso(account.clock.tick())}
            account.leads.put(self._lead(id) | archived, "app")

    def add_deal(self, **fields: Any) -> Json:
        """Add a deal as if somebody had made it in Pipedrive, to make a lead of it.

        It is linked to the first person, and has a default for everything else but its `id`,
        which is the sandbox's to give. No rule is applied to the fields.

        Args:
            **fields: Properties of the deal; custom fields by their keys.

        Returns:
            The deal as the server shows it.

        Example:
            >>> Sandbox(leads=0).add_deal(title="Big order", value=1200)["id"]
            1
        """
        _refuse_id(fields)
        account = self._account
        with self._front.lock:
            defaults = {"person_id": next(iter(account.persons))}
            deal = json_copy(account.new_deal(account.clock.tick(), defaults | fields))
            account.deals[deal["id"]] = deal
        return json_copy(deal)

    def add_person(self, **fields: Any) -> Json:
        """Add a person as if somebody had made it in Pipedrive, to link leads to it.

        It has a default for everything but its `id`, which is the sandbox's to give. No rule is
        applied to the fields.

        Args:
            **fields: Properties of the person; `emails` and `phones` may be one text or a list.

        Returns:
            The person as the server shows it.

        Example:
            >>> sandbox = Sandbox(leads=0)
            >>> ann = sandbox.add_person(name="Ann Lee", emails="ann@lee.example")
            >>> lead = sandbox.add_lead(title="Big order", person_id=ann["id"])
        """
        _refuse_id(fields)
        fields = json_copy(fields)
        with self._front.lock:
            return json_copy(self._account.add_person(fields))

    def add_custom_field(self, name: str, field_type: str, options: Iterable[str] = ()) -> str:
        """Add a custom field as if somebody had made it in Pipedrive.

        The sandbox begins with one field of each type. A name may be given to several fields,
        as at Pipedrive. Leads do not have the field until it is set.

        Args:
            name: What people see.
            field_type: One of Pipedrive's, as `"double"`; `getLeadFields` has them all.
            options: For `"enum"` and `"set"`, the labels that can be chosen.

        Returns:
            The key of the field.

        Raises:
            ValueError: There is no such type, or it has no use for options, or needs some.
            TypeError: An argument is of the wrong type.

        Example:
            >>> sandbox = Sandbox(leads=0)
            >>> discount = sandbox.add_custom_field("Discount", "double")
            >>> sandbox.add_lead(**{discount: 12.5})[discount]
            12.5
        """
        labels = check_custom_field(name, field_type, options)
        account = self._account
        with self._front.lock:
            field = account.new_custom_field(account.clock.tick(), name, field_type, labels)
            account.custom_fields.append(field)
        return field.key

    def stall_search_index(self) -> None:
        """Let searches find what they would find now, whatever changes, as long as you like.

        At Pipedrive an index follows the changes after a while, which is how a service comes to
        add somebody twice; here it follows at once, until you stall it.

        Example:
            >>> sandbox = Sandbox(leads=0)
            >>> sandbox.stall_search_index()
            >>> nobody_finds = sandbox.add_person(name="Ann Lee")
            >>> sandbox.update_search_index()
        """
        with self._front.lock:
            self._account.stalled_index = self._account.index

    def update_search_index(self) -> None:
        """Let searches find what there is now, and follow the changes again."""
        with self._front.lock:
            self._account.stalled_index = None

    def plan_conversions(self, *, polls: int = 2, outcome: str = "completed") -> None:
        """Say how the conversions go that begin from now on.

        At Pipedrive a conversion is a job that takes a while. Here it goes on when it is asked
        for its status, never by itself: the first answer is `"not_started"`, the next ones are
        `"running"`, and when they were enough it happens, and the answer is the outcome.

        Args:
            polls: How many answers come before the outcome.
            outcome: `"completed"`, `"failed"` or `"rejected"`; the last two change nothing. A
                conversion also fails when its lead or deal is gone by then.

        Raises:
            ValueError: There is no such outcome, or `polls` is negative.
            TypeError: `polls` is not an int.

        Example:
            >>> Sandbox(leads=1).plan_conversions(polls=0, outcome="rejected")
        """
        _checks.whole("polls", polls)
        if outcome not in Jobs.OUTCOMES:
            raise ValueError(f"outcome must be one of {', '.join(Jobs.OUTCOMES)}, got {outcome!r}.")
        with self._front.lock:
            self._account.conversions.plan(polls, outcome)

    def add_webhook(
        self,
        url: str,
        *,
        action: str = "*",
        username: str | None = None,
        password: str | None = None,
    ) -> Json:
        """Add a webhook as if somebody had made it in Pipedrive: leads change, and a URL is told.

        Whatever comes of a request or of a control is told in the form of Pipedrive's webhooks
        v2, by POST, while the sandbox runs. An answer of 2xx takes it; else it comes again
        after 3, 30 and 150 seconds, or what the sandbox was given as `webhook_waits`.

        Args:
            url: Who is told, by http or https.
            action: `"create"`, `"change"`, `"delete"`, or `"*"` for all of them.
            username: What the receiver asks for by HTTP Basic authentication.
            password: What goes with it.

        Returns:
            The webhook as the server shows it.

        Raises:
            ValueError: An argument makes no sense.
            TypeError: An argument is of the wrong type.
            RuntimeError: The user has 40 webhooks, which is the most that Pipedrive allows.

        Example:
            >>> sandbox = Sandbox(leads=0, webhook_waits=(0.01, 0.01))
            >>> webhook = sandbox.add_webhook(
            ...     "http://127.0.0.1:8000/webhooks", username="pipedrive", password="secret"
            ... )
            >>> with sandbox:
            ...     lead = sandbox.add_lead(title="Big order")
            ...     sandbox.wait_for_webhooks()
            >>> [(sent.event, sent.attempt) for sent in sandbox.webhooks]
            [('create.lead', 1), ('create.lead', 2), ('create.lead', 3)]
        """
        fields = check_webhook(url, action, username, password)
        with self._front.lock:
            webhook = subscribe(self._account, fields)
            if webhook is None:
                raise RuntimeError(f"The user has {MOST_WEBHOOKS} webhooks: delete one first.")
            return json_copy(webhook)

    def log_in(self, *, allows: bool = True) -> None:
        """Be the one who sees the page of consent from now on, until another account logs in.

        The page is `/oauth/authorize`. It answers at once, as if the user had clicked: it
        redirects to the app with a code, or with `error=user_denied`.

        Args:
            allows: False to deny what the app asks for.

        Raises:
            TypeError: `allows` is not a bool.

        Example:
            >>> sandbox = Sandbox(leads=0)
            >>> other = sandbox.add_account()
            >>> other.log_in()
            >>> sandbox.log_in(allows=False)
        """
        _checks.flag("allows", allows)
        with self._front.lock:
            self._front.oauth.visitor = self._tenant
            self._front.oauth.visitor_allows = allows

    def install_app(self) -> Json:
        """Install the app without its asking: consent and exchange of the code are skipped.

        Returns:
            What the app would have received for the code, with an access token that expires
            and a refresh token.

        Example:
            >>> Sandbox(leads=0).install_app()["expires_in"]
            3599
        """
        oauth = self._front.oauth
        with self._front.lock:
            return json_copy(oauth.reply(oauth.grants.begin(self._tenant)))

    def expire_access_tokens(self) -> None:
        """End the life of the account's access tokens: they are answered 401 from now on.

        Refresh tokens stay good.
        """
        with self._front.lock:
            self._front.oauth.grants.expire_access_tokens(self._tenant)

    def revoke(self) -> None:
        """Take back all access to the account: everything is answered 401.

        That goes for the API token, for access and refresh tokens, and for codes that were not
        exchanged yet. The app may be installed again.
        """
        with self._front.lock:
            self._front.credentials.revoke(self._tenant)

    def _lead(self, id: str) -> Json:
        lead = self._account.leads.get(_checks.text("id", id))
        if lead is None:
            raise LookupError(f"The sandbox has no lead {id!r}.")
        return lead


def _refuse_id(fields: Json) -> None:
    if "id" in fields:
        raise ValueError("id is given by the sandbox: leave it out.")
