"""Remove the passwords of webhooks from the data of a response."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeVar, cast

import attrs

from ..._codec.json import Json
from ..._http.error_redaction import redact_error
from ..._shared.redactor import Redactor
from ..._shared.secrets import Secret
from ...enums import UNSET, UnsetType
from ...errors import PipedriveError
from ...models import Webhook

E = TypeVar("E", bound=PipedriveError)

KEY: Final = "http_auth_password"
"""The key of the password, which Pipedrive returns with a webhook."""


class WebhookData:
    """The data of a response about webhooks.

    Its repr shows no password, because the traceback of a cancelled call has it in a frame.

    Args:
        data: The data, from which the passwords are removed.
        known: The passwords that are known already.

    Attributes:
        data: The data.
        passwords: The password of each row, or of the only row; UNSET if a row has none.
    """

    def __init__(self, data: Any, known: Iterable[Secret]) -> None:
        self.data = data
        rows: list[Any] = cast("Any", data) if isinstance(data, list) else [data]
        self.passwords = [_password_of(row) for row in rows]
        self._found = {secret.reveal() for secret in known}

    def remove_passwords(self) -> Iterator[None]:
        """Remove the passwords at every depth; yield after each object and list."""
        left: list[Any] = [self.data]
        while left:
            container = left.pop()
            if isinstance(container, dict):
                self._remove_from(cast("Json", container))
                left += cast("Json", container).values()
            elif isinstance(container, list):
                left += cast("Any", container)
            yield

    def _remove_from(self, properties: Json) -> None:
        for key in [key for key in properties if key.lower() == KEY]:
            password = properties.pop(key)
            if isinstance(password, str):
                self._found.add(password)

    def redact(self, webhook: Webhook) -> Webhook:
        """Return a webhook whose unknown keys repeat no password.

        The known ones are kept: a user name can be the same text as a password.
        """
        cleaned = Redactor(self._found).json(webhook.extra)
        return webhook if cleaned == webhook.extra else attrs.evolve(webhook, extra=cleaned)

    def redact_error(self, error: E) -> E:
        """Remove the passwords from an error about the data, and return it."""
        return redact_error(error, Redactor(self._found))


def _password_of(row: Any) -> Secret | UnsetType | None:
    """Return the password of a webhook; None if it is null or is no text."""
    properties = cast("Json", row) if isinstance(row, dict) else {}
    if KEY not in properties:
        return UNSET
    password = properties[KEY]
    return Secret(password) if isinstance(password, str) and password else None
