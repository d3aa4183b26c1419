"""Check the `base_url` of a client, and build the URLs of requests from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, urlencode, urlsplit

import attrs

from .._shared import checks
from .._shared.urls import is_host_and_port, is_loopback
from ..errors import ConfigurationError

DEFAULT_BASE_URL: Final = "https://api.pipedrive.com/v1"

_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_VISIBLE_ASCII = re.compile(r"[\x21-\x5b\x5d-\x7e]+").fullmatch  # without the backslash
COMPANY_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.pipedrive\.com").fullmatch


@attrs.frozen
class BaseUrl:
    """The roots of both versions of the API on one host.

    Attributes:
        v1: The root of version 1, which has the leads.
        v2: The root of version 2, which has search and conversion.
    """

    v1: str
    v2: str

    @classmethod
    def parse(cls, text: str) -> BaseUrl:
        """Parse and check a base URL.

        A company's host without a path gets `/api/v1`. `api.pipedrive.com` gets `/v1`, because
        it is the only host where leads below `/api/v1` return 404.
        https://pipedrive.readme.io/docs/how-to-get-the-company-domain

        Raises:
            ConfigurationError: A credential must not be sent to this URL. The message does not
                repeat the URL, because it may contain a password.
        """
        parts, port = _split(text)
        host = parts.hostname or ""
        if problem := _problem(parts, host):
            raise ConfigurationError(f"base_url {problem}")
        path = parts.path.rstrip("/") or "/api/v1"
        if host == "api.pipedrive.com" and path == "/api/v1":
            path = "/v1"
        if path.endswith("/v2") or (COMPANY_HOST(host) and path not in ("/v1", "/api/v1")):
            raise ConfigurationError(
                "base_url must end in /v1 or /api/v1, the root of version 1, or have no path: "
                "write https://<company>.pipedrive.com"
            )
        root = f"{parts.scheme}://" + (f"[{host}]" if ":" in host else host)
        root += "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
        above = path.removesuffix("/v1").removesuffix("/api")
        return cls(v1=f"{root}{path}", v2=f"{root}{above}/api/v2")

    @property
    def host(self) -> str:
        """The host, with the port unless it is the default one."""
        return self.v1.split("/", 3)[2]

    @property
    def is_local(self) -> bool:
        """Whether the host is this machine."""
        return is_loopback(urlsplit(self.v1).hostname or "")

    def url(self, version: int, path: str, query: Mapping[str, str]) -> str:
        """Return the absolute URL of a path.

        Args:
            version: The version of the API, 1 or 2.
            path: The path below the version.
            query: The query parameters.
        """
        url = (self.v1 if version == 1 else self.v2) + path
        return f"{url}?{urlencode(query)}" if query else url


def _split(text: str) -> tuple[SplitResult, int | None]:
    if not isinstance(text, str):
        raise TypeError(f"base_url must be a str, got {checks.kind_of(text)}")
    if not text:
        raise ConfigurationError(
            "base_url is empty: omit it, or write https://<company>.pipedrive.com"
        )
    if not _VISIBLE_ASCII(text):
        raise ConfigurationError(
            "base_url has blanks, backslashes or non-ASCII characters: remove them"
        )
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ConfigurationError(
            "base_url is not a URL: write https://<company>.pipedrive.com"
        ) from None
    return parts, port


def _problem(parts: SplitResult, host: str) -> str | None:
    if "@" in parts.netloc:
        return "has user info: pass the credential as auth"
    if not is_host_and_port(parts.netloc):
        return "has no valid host: write https://<company>.pipedrive.com"
    if parts.query or parts.fragment:
        return "has a query or a fragment: write only a host and a path"
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        return (
            "is not https, so the credential would be sent unencrypted: write https:// "
            "(http:// is only for this machine)"
        )
    return None
