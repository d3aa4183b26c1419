"""The operations on files: https://developers.pipedrive.com/docs/api/v1/Files.

The sandbox keeps the properties of a file; its content is in the log of requests.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

from .._json import Json
from .._multipart import UploadedFile
from .._responses import Response, invalid, not_found, success
from .._state.account import Account
from .._state.clock import iso_seconds
from .deals import find_deal
from .operation import Call, operation
from .pages import part

MAX_LIMIT = 100
"""The maximum size of a page, which is smaller than that of other lists."""

_PARENTS = ("deal_id", "person_id", "org_id", "product_id", "activity_id", "lead_id", "project_id")


@operation("getFiles", "GET", "/v1/files", cost=20)
def get_files(call: Call) -> Response:
    """List the files, the oldest first; the parameter `sort` is ignored."""
    files, additional_data = part(
        list(call.account.files.values()), call.query, max_limit=MAX_LIMIT
    )
    return success(files, additional_data=additional_data)


@operation("getFile", "GET", "/v1/files/{id}", cost=2)
def get_file(call: Call) -> Response:
    """Return the properties of one file."""
    return success(_find(call))


@operation("addFile", "POST", "/v1/files", cost=10)
def add_file(call: Call) -> Response:
    """Add a file from a form, to a lead or to other items."""
    form, account = call.form, call.account
    file = form.get("file")
    if not isinstance(file, UploadedFile):
        raise invalid("file", "is required.")
    links = {name: _link(form[name], name, account) for name in _PARENTS if name in form}
    time = iso_seconds(account.clock.tick())
    id = max(account.files, default=0) + 1
    account.files[id] = {
        "id": id,
        "user_id": account.me["id"],
        **dict.fromkeys(_PARENTS),
        **links,
        "log_id": None,
        "add_time": time,
        "update_time": time,
        "file_name": file.filename,
        "file_size": len(file.content),
        "active_flag": True,
        "inline_flag": False,
        "remote_location": "s3",
        "remote_id": "",
        "url": f"https://{account.company['domain']}.pipedrive.com/v1/files/{id}/download",
        "name": file.filename,
        "description": "",
    }
    return success(account.files[id], status=HTTPStatus.CREATED)


@operation("deleteFile", "DELETE", "/v1/files/{id}", cost=6)
def delete_file(call: Call) -> Response:
    """Delete a file."""
    id = _find(call)["id"]
    del call.account.files[id]
    return success({"id": id})


def _find(call: Call) -> Json:
    for file in call.account.files.values():
        if str(file["id"]) == call.path["id"]:
            return file
    raise not_found("file")


def _link(value: Any, name: str, account: Account) -> str | int:
    """Return the id of the item that a file belongs to, as its list shows it."""
    text = cast("str", value)
    if name == "lead_id":
        is_known = account.leads.get(text) is not None
    elif name == "deal_id":
        is_known = find_deal(account, text) is not None
    else:
        is_known = text.isdecimal()
    if not is_known:
        raise invalid(name, f"must be the id of a {name.removesuffix('_id')}.")
    return text if name == "lead_id" else int(text)
