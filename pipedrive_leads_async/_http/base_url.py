"""Where requests go: what the caller typed as `base_url`, and the URL of each operation."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, urlencode, urlsplit

import attrs

from ..errors import ConfigurationError
from .reference import Operation

DEFAULT_BASE_URL: Final = "https://api.pipedrive.com/v1"

_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_VISIBLE_ASCII = re.compile(r"[\x21-\x5b\x5d-\x7e]+").fullmatch  # and no backslash
_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?|[0-9a-f:.]+").fullmatch
COMPANY_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.pipedrive\.com").fullmatch


@attrs.frozen
class BaseUrl:
    """The roots of the two versions of the API on one host.

    Attributes:
        v1: Where leads live.
        v2: Where search and conversion live.
    """

    v1: str
    v2: str

    @classmethod
    def parse(cls, text: str) -> BaseUrl:
        """Read a base URL.

        A company's host without a path gets `/api/v1`; `api.pipedrive.com` gets `/v1`,
        because there, and only there, `/api/v1` answers 404 for leads.

        Raises:
            ConfigurationError: It is not a place to send a credential to. The message does
                not repeat the text, which may hold a password.
        """
        parts, port = _split(text)
        host = parts.hostname or ""
        if refusal := _refusal(parts, host):
            raise ConfigurationError(f"base_url {refusal}")
        path = parts.path.rstrip("/") or "/api/v1"
        if host == "api.pipedrive.com" and path == "/api/v1":
            path = "/v1"
        if path.endswith("/v2") or (COMPANY_HOST(host) and path not in ("/v1", "/api/v1")):
            raise ConfigurationError(
                "base_url must be the root of version 1, ending in /v1 or /api/v1, or have no path"
            )
        root = f"{parts.scheme}://" + (f"[{host}]" if ":" in host else host)
        root += "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
        above = path.removesuffix("/v1").removesuffix("/api")
        return cls(v1=f"{root}{path}", v2=f"{root}{above}/api/v2")

    def url(self, operation: Operation, ids: Mapping[str, str], query: Mapping[str, str]) -> str:
        """Give the absolute URL of an operation.

        Args:
            operation: The operation.
            ids: What its path has in place of `{id}`: checked, so that it is one segment.
            query: The query parameters.
        """
        root = self.v1 if operation.version == 1 else self.v2
        path = operation.path.format_map(ids)
        return f"{root}{path}?{urlencode(query)}" if query else f"{root}{path}"


def _split(text: str) -> tuple[SplitResult, int | None]:
    if not isinstance(text, str):
        raise TypeError(f"base_url must be a str, got {type(text).__name__}")
    if not text:
        raise ConfigurationError("base_url is empty: leave it out, or name a host")
    if not _VISIBLE_ASCII(text):
        raise ConfigurationError("base_url has blanks, backslashes or characters outside ASCII")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ConfigurationError("base_url is not a URL") from None
    return parts, port


def _refusal(parts: SplitResult, host: str) -> str | None:
    if "@" in parts.netloc:
        return "has user info: the credential is given as auth"
    if not _HOST(host):
        return "has no host that is a name or an address: give https://<company>.pipedrive.com"
    if parts.query or parts.fragment:
        return "has a query or a fragment: give a host and a path"
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        return (
            "is not https:// (http:// is for this machine alone): a credential is not sent in clear"
        )
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
