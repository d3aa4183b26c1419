"""Report custom fields that Pipedrive ignores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._http.caller import Caller
from .._http.reference import Operation
from .._shared.log import log
from ..request_models import AddLeadRequest, UpdateLeadRequest
from .account_state.state import AccountState
from .log_context import log_context


def warn_about_missing_fields(
    caller: Caller,
    account: AccountState,
    operation: Operation,
    request: AddLeadRequest | UpdateLeadRequest,
    row: Mapping[str, Any],
) -> None:
    """Log the custom fields that were sent and are not in the lead that came back.

    Pipedrive ignores a key that it does not know, such as that of a deleted field. Each key is
    logged once for the account.

    Args:
        caller: The caller of the client.
        account: The state of the account.
        operation: The operation.
        request: The request that was sent.
        row: The data of the lead in the response.
    """
    reported = account.reported_fields
    missing = [
        key
        for key, value in request.custom_fields.items()
        # Pipedrive leaves out fields that have no value.
        if value not in (None, "", [], {}) and row.get(key) is None and key not in reported
    ]
    if not missing:
        return
    reported.update(dict.fromkeys(missing, operation.id))
    log.warning(
        "%s: Pipedrive did not store the custom fields %s: they may be deleted or misspelt. "
        "get_lead_fields returns the keys of the account",
        operation.id,
        ", ".join(missing),
        extra={**log_context(caller, operation.id), "custom_fields": missing},
    )
