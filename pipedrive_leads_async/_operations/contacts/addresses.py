"""The addresses by which contacts are found: email addresses, phone numbers and names."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, Final, cast

import attrs

from ..._codec.json import Json
from ...enums import UNSET, UnsetType
from ...models import ContactDetail
from ..account_state.recent_contacts import ContactKey


def folded(text: str) -> str:
    """Return an email address or a name without upper case, and without white space around it."""
    return text.strip().casefold()


def digits_and_letters(text: str) -> str:
    """Return the digits of a phone number in ASCII, and its letters without upper case.

    Without the letters, `1-800-FLOWERS` and `1-800-CONTACTS` would be the same number.
    """
    return "".join(
        str(unicodedata.decimal(each)) if each.isdecimal() else each
        for each in text.casefold()
        if each.isdecimal() or each.isalpha()
    )


def _written_digits(text: str) -> tuple[str, ...]:
    """Return the terms to search for a phone number: its digits, and then the number as written.

    Pipedrive does not document whether it finds a number that is written in another way. The
    digits of a number with letters are those of too many others.
    """
    found = digits_and_letters(text)
    if not found.isdecimal():
        return (text.strip(),)
    return (found,) if found in text else (found, text.strip())


@attrs.frozen
class AddressKind:
    """One kind of address.

    Attributes:
        name: The name, which is also the value of `fields` in a search.
        noun: The name in words, for errors.
        normal: Returns an address in the form in which two are compared.
        terms: Returns the search terms for an address.
        exact: Whether a search finds only whole addresses.
        of_contact: Returns the addresses of a contact, or of a request for one.
        of_result: Returns the addresses of a search result.
    """

    name: str
    noun: str
    normal: Callable[[str], str]
    terms: Callable[[str], tuple[str, ...]]
    exact: bool
    of_contact: Callable[[Any], Iterable[str]]
    of_result: Callable[[Any], Iterable[str]]

    def keys(self, contact: Any) -> dict[ContactKey, str]:
        """Return the addresses of a contact or a request by their keys, primary ones first.

        A phone number with only one digit has no key: too many numbers contain it.
        """
        shortest = 1 if self.exact else 2
        found = {self.normal(text): text for text in self.of_contact(contact)}
        return {(self.name, key): text for key, text in found.items() if len(key) >= shortest}

    def has(self, contact: Any, key: ContactKey) -> bool:
        """Return whether a contact has an address, and is not deleted."""
        return not contact.is_deleted and key in self.keys(contact)

    def is_anywhere_in(self, data: Any, keys: Iterable[ContactKey]) -> bool:
        """Return whether any text in JSON data is one of the addresses."""
        wanted, pending = {key[1] for key in keys}, [data]
        while pending:
            each = pending.pop()
            if isinstance(each, str) and self.normal(each) in wanted:
                return True
            if isinstance(each, dict):
                pending += cast("Json", each).values()
            elif isinstance(each, list):
                pending += cast("Any", each)
        return False

    def may_have(self, result: Any, key: ContactKey) -> bool:
        """Return whether the contact of a search result can have an address."""
        addresses = [self.normal(text) for text in self.of_result(result)]
        return not addresses or key[1] in addresses


def _values(details: tuple[ContactDetail, ...] | UnsetType) -> list[str]:
    found = () if details is UNSET else details
    return [detail.value for detail in sorted(found, key=lambda each: not each.primary)]


EMAIL: Final = AddressKind(
    "email",
    "email address",
    normal=folded,
    terms=lambda text: (text.strip(),),
    exact=True,
    of_contact=lambda person: _values(person.emails),
    of_result=lambda result: result.emails,
)
PHONE: Final = AddressKind(
    "phone",
    "phone number with at least 2 digits or letters",
    normal=digits_and_letters,
    terms=_written_digits,
    exact=False,
    of_contact=lambda person: _values(person.phones),
    of_result=lambda result: result.phones,
)
NAME: Final = AddressKind(
    "name",
    "name",
    normal=folded,
    terms=lambda text: (text.strip(),),
    exact=True,
    of_contact=lambda organization: [organization.name],
    of_result=lambda result: [result.name],
)
