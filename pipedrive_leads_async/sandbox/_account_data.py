"""The data of one account: controls that read and change it without a request."""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterable
from typing import Any

from . import _checks
from ._gateway import Gateway
from ._json import Json, json_copy
from ._limits import Tenant
from ._operations.notes.notes import response_form
from ._operations.webhooks import MAX_WEBHOOKS, check_webhook, subscribe
from ._state.clock import iso, iso_seconds
from ._state.custom_fields import check_custom_field
from ._state.jobs import Jobs
from ._state.leads import archive_state


class AccountData:
    """The part of `SandboxAccount` that is about data: leads, notes, persons, webhooks."""

    def __init__(self, gateway: Gateway, tenant: Tenant) -> None:
        self._gateway = gateway
        self._tenant = tenant
        self._account = tenant.account
        with gateway.lock:
            announce = functools.partial(gateway.deliveries.announce, tenant.account)
            tenant.account.leads.listener = announce

    @property
    def leads(self) -> list[Json]:
        """All leads as the API returns them now, open and archived, oldest first."""
        with self._gateway.lock:
            leads = self._account.leads.listed(archived=None)
        return json_copy(leads)

    @property
    def deals(self) -> list[Json]:
        """All deals as the API returns them now, oldest first."""
        with self._gateway.lock:
            deals = list(self._account.deals.values())
        return json_copy(deals)

    @property
    def persons(self) -> list[Json]:
        """All persons as the API returns them now, oldest first; not those that are deleted."""
        with self._gateway.lock:
            return json_copy(list(self._account.persons.values()))

    @property
    def organizations(self) -> list[Json]:
        """All organizations as the API returns them now, as for `persons`."""
        with self._gateway.lock:
            return json_copy(list(self._account.organizations.values()))

    def add_lead(self, **fields: Any) -> Json:
        """Add a lead as if a user had created it in Pipedrive.

        The lead is the last in the list. It is linked to the first person and has defaults for
        all other properties. The values are not checked, so that a test can create a lead with a
        new property, a wrong type or an unlikely time.

        Args:
            **fields: Properties of the lead; custom fields by their keys.

        Returns:
            The lead as the API returns it.

        Example:
            >>> Sandbox(leads=0).add_lead(title="Big order", owner_id="seven")["owner_id"]
            'seven'
        """
        account = self._account
        with self._gateway.lock:
            defaults = {"person_id": next(iter(account.persons), None)}
            lead = json_copy(account.new_lead(account.clock.tick(), defaults | fields))
            if not isinstance(lead["id"], Hashable):
                raise TypeError(f"id must be a str, got {type(lead['id']).__name__}.")
            account.leads.put(lead, "app")
        return json_copy(lead)

    def delete_lead(self, id: str) -> None:
        """Delete a lead as if a user had deleted it in Pipedrive.

        Raises:
            LookupError: There is no lead with this id.
        """
        with self._gateway.lock:
            self._account.delete_lead(self._lead(id)["id"], "app")

    def archive_lead(self, id: str) -> None:
        """Archive a lead as if a user had archived it in Pipedrive.

        Raises:
            LookupError: There is no lead with this id.
        """
        account = self._account
        with self._gateway.lock:
            lead, moment = self._lead(id), account.clock.tick()
            changes = archive_state(lead, moment, is_archived=True) | {"update_time": iso(moment)}
            account.leads.put(lead | changes, "app")

    def add_deal(self, **fields: Any) -> Json:
        """Add a deal as if a user had created it in Pipedrive, to convert it to a lead.

        The deal is linked to the first person and has defaults for all other properties. The
        sandbox sets its `id`. The values are not checked.

        Args:
            **fields: Properties of the deal; custom fields by their keys.

        Returns:
            The deal as the API returns it.

        Example:
            >>> Sandbox(leads=0).add_deal(title="Big order", value=1200)["id"]
            1
        """
        _checks.without_id(fields)
        account = self._account
        with self._gateway.lock:
            defaults = {"person_id": next(iter(account.persons), None)}
            deal = json_copy(account.new_deal(account.clock.tick(), defaults | fields))
            account.deals[deal["id"]] = deal
        return json_copy(deal)

    def add_person(self, **fields: Any) -> Json:
        """Add a person as if a user had created it in Pipedrive, to link leads to it.

        The person has defaults for all properties. The sandbox sets its `id`. The values are not
        checked.

        Args:
            **fields: Properties of the person; `emails` and `phones` may be one text or a list.

        Returns:
            The person as the API returns it.

        Example:
            >>> sandbox = Sandbox(leads=0)
            >>> ann = sandbox.add_person(name="Ann Lee", emails="ann@lee.example")
            >>> lead = sandbox.add_lead(title="Big order", person_id=ann["id"])
        """
        _checks.without_id(fields)
        fields, account = json_copy(fields), self._account
        with self._gateway.lock:
            return json_copy(account.add_person(account.clock.tick(), fields))

    def delete_person(self, id: int) -> None:
        """Delete a person as if a user had deleted it in Pipedrive; linked leads keep the id.

        Raises:
            LookupError: There is no person with this id.
        """
        with self._gateway.lock:
            if self._account.persons.pop(_checks.integer("id", id), None) is None:
                raise LookupError(f"The sandbox has no person {id}.")
            self._account.deleted_persons.add(id)

    def add_organization(self, **fields: Any) -> Json:
        """Add an organization as if a user had created it in Pipedrive, to link leads to it.

        The organization has defaults for all properties. The sandbox sets its `id`. The values
        are not checked.

        Args:
            **fields: Properties of the organization.

        Returns:
            The organization as the API returns it.

        Example:
            >>> Sandbox(leads=0).add_organization(name="Nemo Divers")["name"]
            'Nemo Divers'
        """
        _checks.without_id(fields)
        fields, account = json_copy(fields), self._account
        with self._gateway.lock:
            return json_copy(account.add_organization(account.clock.tick(), fields))

    @property
    def notes(self) -> list[Json]:
        """All notes as the API returns them now, oldest first."""
        account = self._account
        with self._gateway.lock:
            notes = [response_form(account, note) for note in account.notes.listed()]
        return json_copy(notes)

    def add_note(self, **fields: Any) -> Json:
        """Add a note as if a user had written it in Pipedrive.

        The note has defaults for all properties; pass at least `lead_id` or another item. The
        sandbox sets its `id`. The values are not checked.

        Args:
            **fields: Properties of the note.

        Returns:
            The note as the API returns it.

        Example:
            >>> sandbox = Sandbox(leads=1)
            >>> note = sandbox.add_note(content="<p>Called</p>", lead_id=sandbox.leads[0]["id"])
        """
        _checks.without_id(fields)
        fields, account = json_copy(fields), self._account
        with self._gateway.lock:
            time = iso_seconds(account.clock.tick())
            note = account.notes.add(time, account.owner["id"], fields)
            return json_copy(response_form(account, note))

    def add_custom_field(self, name: str, field_type: str, options: Iterable[str] = ()) -> str:
        """Add a custom field as if a user had created it in Pipedrive.

        A new sandbox has one field of each type. Several fields may have the same name, as at
        Pipedrive. A lead does not have the field until its value is set.

        Args:
            name: The name that users see.
            field_type: One of Pipedrive's types, such as `"double"`; `getLeadFields` returns
                fields of all types.
            options: The labels of the options, for `"enum"` and `"set"` only.

        Returns:
            The key of the field.

        Raises:
            ValueError: The type is unknown, or `options` does not fit the type.
            TypeError: An argument is of the wrong type.

        Example:
            >>> sandbox = Sandbox(leads=0)
            >>> discount = sandbox.add_custom_field("Discount", "double")
            >>> sandbox.add_lead(**{discount: 12.5})[discount]
            12.5
        """
        labels = check_custom_field(name, field_type, options)
        account = self._account
        with self._gateway.lock:
            field = account.add_custom_field(account.clock.tick(), name, field_type, labels)
        return field.key

    def delete_custom_field(self, key: str) -> None:
        """Delete a custom field as if a user had deleted it in Pipedrive.

        Leads lose their values of the field, without a webhook. From now on the key is ignored
        in requests, like every key of a field that does not exist.

        Raises:
            LookupError: There is no custom field with this key.

        Example:
            >>> sandbox = Sandbox(leads=0)
            >>> discount = sandbox.add_custom_field("Discount", "double")
            >>> sandbox.delete_custom_field(discount)
        """
        _checks.text("key", key)
        account = self._account
        with self._gateway.lock:
            field = account.custom_field(key)
            if field is None or field.key != key:
                raise LookupError(f"The sandbox has no custom field {key!r}.")
            account.delete_custom_field(field)

    def stall_search_index(self) -> None:
        """Freeze the search index: searches find the present data until `update_search_index`.

        The index of Pipedrive is updated some time after a change, so a service that searches
        before it adds a person can add the person twice. The index of the sandbox is updated
        at once unless it is frozen.

        Example:
            >>> sandbox = Sandbox(leads=0)
            >>> sandbox.stall_search_index()
            >>> not_found_by_searches = sandbox.add_person(name="Ann Lee")
            >>> sandbox.update_search_index()
        """
        with self._gateway.lock:
            self._account.stalled_index = self._account.index

    def update_search_index(self) -> None:
        """Update the search index, now and after each change."""
        with self._gateway.lock:
            self._account.stalled_index = None

    def plan_conversions(self, *, polls: int = 2, outcome: str = "completed") -> None:
        """Set the duration and the outcome of conversions that start from now on.

        At Pipedrive a conversion is a job that takes some time. In the sandbox each request for
        its status advances it: the first response is `"not_started"`, the next ones are
        `"running"`, and after `polls` responses the conversion happens and the response is the
        outcome.

        Args:
            polls: The number of responses before the outcome.
            outcome: `"completed"`, `"failed"` or `"rejected"`; the last two change nothing. A
                conversion also fails if its lead or deal has been deleted in the meantime.

        Raises:
            ValueError: The outcome is unknown, or `polls` is negative.
            TypeError: `polls` is not an int.

        Example:
            >>> Sandbox(leads=1).plan_conversions(polls=0, outcome="rejected")
        """
        _checks.whole("polls", polls)
        if outcome not in Jobs.OUTCOMES:
            raise ValueError(f"outcome must be one of {', '.join(Jobs.OUTCOMES)}, got {outcome!r}.")
        with self._gateway.lock:
            self._account.conversions.plan(polls, outcome)

    def add_webhook(
        self,
        url: str,
        *,
        action: str = "*",
        username: str | None = None,
        password: str | None = None,
    ) -> Json:
        """Add a webhook for leads as if a user had created it in Pipedrive.

        While the sandbox runs, each change of a lead, by a request or by a control, is sent to
        the URL by POST, in the format of Pipedrive's webhooks v2. A response with status 2xx
        ends the delivery. Otherwise it is repeated after 3, 30 and 150 seconds. After ten events
        whose first attempt failed, the webhook is banned for 30 minutes, and the events of that
        time are lost. After three days without a success, it is deleted. The arguments
        `webhook_waits`, `webhook_ban` and `webhook_lifetime` of the sandbox shorten these times.

        Args:
            url: The http or https URL of the receiver.
            action: `"create"`, `"change"`, `"delete"`, or `"*"` for all of them.
            username: The user name for HTTP Basic authentication at the receiver.
            password: The password for HTTP Basic authentication.

        Returns:
            The webhook as the API returns it.

        Raises:
            ValueError: An argument has an invalid value.
            TypeError: An argument is of the wrong type.
            RuntimeError: The user has 40 webhooks, the maximum at Pipedrive.

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
        with self._gateway.lock:
            webhook = subscribe(self._account, fields)
            if webhook is None:
                raise RuntimeError(f"The user has {MAX_WEBHOOKS} webhooks: delete one first.")
            return json_copy(webhook)

    def _lead(self, id: str) -> Json:
        lead = self._account.leads.get(_checks.text("id", id))
        if lead is None:
            raise LookupError(f"The sandbox has no lead {id!r}.")
        return lead
