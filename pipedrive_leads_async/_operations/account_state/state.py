"""Everything that the operations of all clients of one account remember together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._http.account import Account
from ..._shared.bounded import BoundedDict
from .contacts_in_progress import ContactsInProgress
from .creations import Creations
from .known_names import KnownNames
from .recent_contacts import RecentContacts
from .uncertain_keys import UncertainKeys
from .webhooks import WebhooksInProgress

if TYPE_CHECKING:
    from ...custom_fields import CustomFields
    from .shared_work import SharedWork


class AccountState:
    """The state of one account, in one object for all its clients.

    It exists once for each `Account`: `account.part(AccountState)`. Collections that grow with
    the data of the account keep 10,000 entries at most.

    Args:
        account: The account.

    Attributes:
        creations: The creations with an idempotency key that are in progress.
        uncertain_keys: The idempotency keys of requests whose outcome is unknown.
        losing_properties: The properties of leads in which Pipedrive has not kept a key.
        custom_fields: The request for the custom fields, or its result.
        webhooks: The webhooks that are being ensured.
        names: The names of everything that leads are linked to.
        contacts: The persons and organizations that are being ensured.
        recent_contacts: The persons and organizations that were made lately.
        uncertain_contacts: The addresses of new contacts whose requests have an unknown outcome.
        reported_fields: The keys of custom fields that Pipedrive did not store, each with the
            operation that was logged.
    """

    def __init__(self, account: Account) -> None:
        self.uncertain_keys = UncertainKeys(account.clock)
        self.creations = Creations(self.uncertain_keys)
        self.losing_properties: set[str] = set()
        self.custom_fields: SharedWork[CustomFields] | None = None
        self.webhooks = WebhooksInProgress()
        self.names = KnownNames(account.clock)
        self.uncertain_contacts = UncertainKeys(account.clock)
        self.contacts = ContactsInProgress(self.uncertain_contacts)
        self.recent_contacts = RecentContacts(account.clock)
        self.reported_fields: BoundedDict[str, str] = BoundedDict()
