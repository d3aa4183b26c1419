"""The parts that persons and organizations have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from .._base import Model, mapping, omitted


@attrs.frozen(kw_only=True)
class ContactDetail(Model):
    """An email address, a phone number or an instant messaging account of a person.

    Attributes:
        value: The address, the number or the name of the account.
        label: The kind, such as `work`, `home` or `mobile`.
        primary: Whether it is the first one to use.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Persons
    """

    value: str
    label: str | None = omitted()
    primary: bool | None = omitted()
    extra: Mapping[str, Any] = mapping()


@attrs.frozen(kw_only=True)
class PostalAddress(Model):
    """The address of an organization or a person. Its `str` is the whole address.

    Attributes:
        value: The whole address. In a request, the other attributes can be left out.
        country: The country.
        admin_area_level_1: The state or region.
        admin_area_level_2: The county.
        locality: The city.
        sublocality: The district.
        route: The street.
        street_number: The house number.
        subpremise: The apartment or suite.
        postal_code: The ZIP code.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Organizations
    """

    value: str | None = omitted()
    country: str | None = omitted()
    admin_area_level_1: str | None = omitted()
    admin_area_level_2: str | None = omitted()
    locality: str | None = omitted()
    sublocality: str | None = omitted()
    route: str | None = omitted()
    street_number: str | None = omitted()
    subpremise: str | None = omitted()
    postal_code: str | None = omitted()
    extra: Mapping[str, Any] = mapping()

    def __str__(self) -> str:
        return self.value or ""
