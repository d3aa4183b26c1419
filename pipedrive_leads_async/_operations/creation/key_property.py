"""The property of a lead that holds its idempotency key."""

from __future__ import annotations

from typing import Final, cast

import attrs

from ..._codec.codec import to_dict
from ..._codec.custom_field_keys import is_custom_field_key
from ..._codec.json import Json
from ..._shared import checks
from ...custom_fields import CustomField
from ...enums import UNSET
from ...errors import ConfigurationError, InvalidRequestError
from ...request_models import AddLeadRequest

_LONGEST_KEY: Final = 255
"""Longer texts do not fit into a field of the type `varchar`."""

TEXT_TYPES: Final = ("varchar", "varchar_auto", "text")
"""The types of custom fields that can hold a key."""


@attrs.frozen
class KeyProperty:
    """The property of leads that holds their idempotency keys.

    Attributes:
        name: Its key in Pipedrive's JSON: `origin_id`, or the key of a custom field.
    """

    name: str = "origin_id"

    @classmethod
    def of(cls, idempotency_field: str | CustomField | None) -> KeyProperty:
        """Return the property for the argument `idempotency_field` of a client.

        Raises:
            ConfigurationError: It is not the key of a custom field, or not of a text type.
        """
        if idempotency_field is None:
            return cls()
        name = idempotency_field
        if isinstance(name, CustomField):
            if name.field_type not in TEXT_TYPES:
                raise ConfigurationError(
                    f"idempotency_field is of the type {name.field_type}: pass a field of the "
                    "type varchar (text) or text (large text)"
                )
            name = name.key
        if not isinstance(name, str):
            raise TypeError(
                f"idempotency_field must be a str or a CustomField, got {checks.kind_of(name)}"
            )
        if not is_custom_field_key(name) or "_" in name:
            raise ConfigurationError(
                "idempotency_field must be the 40 lower-case hexadecimal digits of a custom "
                f"field, got {name[:60]!r}: get_lead_fields returns the keys of your account"
            )
        return cls(name)

    @property
    def is_custom_field(self) -> bool:
        """Whether it is a custom field."""
        return self.name != "origin_id"

    def check(self, request: AddLeadRequest, key: str) -> str:
        """Check that a request can be sent with an idempotency key, and return the key.

        Raises:
            InvalidRequestError: The key is invalid, or the request sets the property itself.
            TypeError: The key is not a str.
        """
        if self.is_custom_field:
            if self.name in request.custom_fields:
                raise InvalidRequestError(
                    f"idempotency_key is sent in the custom field {self.name} (the client's "
                    "idempotency_field), but request has a value for it too: leave out one of them"
                )
        elif request.origin_id is not UNSET:
            raise InvalidRequestError(
                "idempotency_key is sent as origin_id, but request has an origin_id too: "
                "leave out one of them"
            )
        if checks.text("idempotency_key", key) != key.strip():
            raise InvalidRequestError(
                "idempotency_key begins or ends with white space, which Pipedrive may remove: "
                "strip it"
            )
        if len(key) > _LONGEST_KEY:
            raise InvalidRequestError(
                f"idempotency_key has {len(key)} characters, but Pipedrive keeps "
                f"{_LONGEST_KEY}: shorten it, for example to a hash"
            )
        return key

    def body(self, request: AddLeadRequest, key: str) -> Json:
        """Return the JSON of a request with its idempotency key."""
        return to_dict(request) | {self.name: key}

    def holds(self, row: object, key: str) -> bool:
        """Return whether the data of a lead contains an idempotency key."""
        return isinstance(row, dict) and cast("Json", row).get(self.name) == key
