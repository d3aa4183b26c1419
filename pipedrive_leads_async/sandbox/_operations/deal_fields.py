"""The operations on deal fields: https://developers.pipedrive.com/docs/api/v1/DealFields.

The custom fields of deals are those of leads too.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from .._responses import Response, invalid, not_found, success
from .._state.custom_fields import check_custom_field
from .leads.fields import custom_field, field_id
from .operation import Call, operation


@operation("addDealField", "POST", "/v1/dealFields", cost=10)
def add_deal_field(call: Call) -> Response:
    """Add a custom field of deals and leads."""
    fields, account = call.fields, call.account
    for name in ("name", "field_type"):
        if not isinstance(fields.get(name), str):
            raise invalid(name, "must be given.")
    try:
        labels = list(_labels(fields.get("options", [])))
        check_custom_field(fields["name"], fields["field_type"], labels)
    except (TypeError, ValueError) as error:
        raise invalid("options", f"or another property is invalid: {error}") from None
    field = account.add_custom_field(
        account.clock.tick(), fields["name"], fields["field_type"], labels
    )
    return success(custom_field(field, account), status=HTTPStatus.CREATED)


@operation("deleteDealField", "DELETE", "/v1/dealFields/{id}", cost=6)
def delete_deal_field(call: Call) -> Response:
    """Delete a custom field, and its values."""
    account = call.account
    for field in account.custom_fields:
        if str(field_id(field)) == call.path["id"]:
            account.delete_custom_field(field)
            return success({"id": field_id(field)})
    raise not_found("field")


def _labels(options: Any) -> Iterator[str]:
    for option in options:
        match option:
            case {"label": str(label)}:
                yield label
            case _:
                raise ValueError("each option must have a label.")
