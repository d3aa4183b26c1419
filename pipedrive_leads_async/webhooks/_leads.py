"""Convert a lead from the form of webhooks to the form of the API.

https://pipedrive.readme.io/docs/webhooks-v2-migration-guide#custom-fields-format-in-webhooks-v2
"""

from __future__ import annotations

from typing import Any, Final, cast

from .._codec.json import Json

_NESTED: Final = "custom_fields"

_MAIN_PARTS: Final = ("value", "id", "from", "values")
"""The part of a custom field that stands under its key; the other parts get a suffix."""


def flattened(lead: Any) -> Any:
    """Return a lead whose custom fields stand at its root, as in responses of the API.

    A value of an unknown form stays as it is.
    """
    if not isinstance(lead, dict):
        return lead
    root: Json = {**cast("Json", lead)}
    nested = root.pop(_NESTED, None)
    if not isinstance(nested, dict):
        return {**root, _NESTED: nested} if nested else root
    parts: Json = {}
    for key, field in cast("Json", nested).items():
        parts |= _parts(key, field)
    # `root` is last, so that a custom field cannot replace a property of the lead.
    return {part: raw for part, raw in parts.items() if raw is not None} | root


def overlaid(lead: Json, previous: Any) -> Any:
    """Return the lead before a change: the lead with the previous values of what changed."""
    if not isinstance(previous, dict):
        return lead if previous is None else previous
    was = cast("Json", previous)
    both: Json = {**lead, **was}
    fields, fields_were = lead.get(_NESTED), was.get(_NESTED)
    if fields_were is None:
        both[_NESTED] = fields
    elif isinstance(fields, dict) and isinstance(fields_were, dict):
        both[_NESTED] = {**cast("Json", fields), **cast("Json", fields_were)}
    return both


def _parts(key: str, field: Any) -> Json:
    """Return the keys and values of one custom field at the root of a lead."""
    if not isinstance(field, dict):
        return {key: field}
    parts: Json = {**cast("Json", field)}
    kind = parts.pop("type", None)
    main = next((name for name in _MAIN_PARTS if name in parts), None)
    if main is None:
        return {key: cast("Json", field)}
    value = parts.pop(main)
    if kind == "enum" and type(value) is int:
        value = str(value)
    elif kind == "set" and isinstance(value, list):
        options = [_option_id(option) for option in cast("Any", value)]
        if None not in options:
            value = ",".join(map(str, options)) or None
    return {key: value, **{f"{key}_{name}": raw for name, raw in parts.items()}}


def _option_id(option: Any) -> str | int | None:
    """Return the id of an option, None if it has an unknown form."""
    found = cast("Json", option).get("id") if isinstance(option, dict) else option
    return found if isinstance(found, str | int) else None
