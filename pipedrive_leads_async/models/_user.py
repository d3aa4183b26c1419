"""The users of an account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from ._base import Model, informative_time, mapping, maybe


@attrs.frozen(kw_only=True)
class UserAccess(Model):
    """The access of a user to one part of Pipedrive.

    Attributes:
        app: The part, such as `sales`, `global` or `account_settings`.
        admin: Whether the user is an administrator of this part.
        permission_set_id: The id of the user's permission set, a UUID.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Users
    """

    app: str
    admin: bool | None = maybe()
    permission_set_id: str | None = maybe()
    extra: Mapping[str, Any] = mapping()


@attrs.frozen(kw_only=True)
class UserLanguage(Model):
    """The language of a user.

    Attributes:
        language_code: The code of the language, such as `en`.
        country_code: The code of the country, such as `US`.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Users
    """

    language_code: str | None = maybe()
    country_code: str | None = maybe()
    extra: Mapping[str, Any] = mapping()


@attrs.frozen(kw_only=True)
class User(Model):
    """A user of an account. The attributes of the company are those of the current user only.

    Attributes:
        id: The id of the user, as in `Lead.owner_id`.
        name: The name.
        email: The email address.
        phone: The phone number.
        active_flag: Whether the user is active. Leads of an inactive user keep their owner.
        activated: Whether the user is active, under another name that Pipedrive documents.
        is_deleted: Whether the user was deleted from the company.
        is_admin: Whether the user is an administrator; Pipedrive sends 1 or 0.
        is_you: Whether the credential belongs to this user.
        role_id: The id of the user's role.
        access: The access to the parts of Pipedrive.
        has_created_company: Whether the user has created the company.
        default_currency: The currency code of new values, such as `EUR`.
        locale: The format of dates and numbers, such as `en_US`.
        lang: The id of the language.
        timezone_name: The time zone, such as `Europe/Berlin`.
        timezone_offset: The offset of the time zone, such as `+03:00`.
        icon_url: The URL of the user's picture.
        created: The creation time, in UTC; None if Pipedrive sends an impossible time.
        modified: The time of the last change, in UTC; None as for `created`.
        last_login: The time of the last login, in UTC; None as for `created`.
        company_id: The id of the company.
        company_name: The name of the company.
        company_domain: The part before `.pipedrive.com` in the company's address.
        company_country: The code of the company's country, such as `EE`.
        company_industry: The industry of the company.
        language: The language.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Users
    """

    id: int
    name: str = attrs.field(hash=False)
    email: str | None = maybe()
    phone: str | None = maybe()
    active_flag: bool | None = maybe()
    activated: bool | None = maybe()
    is_deleted: bool | None = maybe()
    is_admin: int | bool | None = maybe()
    is_you: bool | None = maybe()
    role_id: int | None = maybe()
    access: tuple[UserAccess, ...] | None = maybe()
    has_created_company: bool | None = maybe()
    default_currency: str | None = maybe()
    locale: str | None = maybe()
    lang: int | None = maybe()
    timezone_name: str | None = maybe()
    timezone_offset: str | None = maybe()
    icon_url: str | None = maybe()
    created: dt.datetime | None = informative_time("seconds")
    modified: dt.datetime | None = informative_time("seconds")
    last_login: dt.datetime | None = informative_time("seconds")
    company_id: int | None = maybe()
    company_name: str | None = maybe()
    company_domain: str | None = maybe()
    company_country: str | None = maybe()
    company_industry: str | None = maybe()
    language: UserLanguage | None = maybe()
    extra: Mapping[str, Any] = mapping()
