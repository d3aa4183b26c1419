"""Test that every URL which is configured has exactly the host that it shows."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipedrive_leads_async import ConfigurationError, OAuth2, SessionManager
from pipedrive_leads_async._http.base_url import BaseUrl

PARSERS: Final[dict[str, Callable[[str], Any]]] = {
    "base_url": BaseUrl.parse,
    "oauth_url": lambda url: OAuth2("id", "a-secret", "https://example.com", oauth_url=url),
    "proxy": lambda url: SessionManager(proxy=url),
}

HOSTS: Final = [
    "[::1]evil",
    "[::1]evil.com:443",
    "[::1].evil.com",
    "evil[::1]",
    "[::1",
    "::1]",
    "[[::1]]",
    "[]",
    "[1:2]",
    "[::1%25eth0]",
    "[127.0.0.1]",
    "[v1.x]",
    "acme.pipedrive.com:443:443",
    "acme.pipedrive.com:99999",
    "acme.pipedrive.com:4x",
    "acme..com",
    ".acme.com",
    "a" * 64 + ".com",
]


def is_plain(authority: str) -> bool:
    """Return whether an authority is a name or an address, and a port, by another check."""
    found = re.fullmatch(r"(.*?)(?::([0-9]*))?", authority)
    assert found is not None
    host, port = found[1], found[2] or "0"
    if int(port) > 65535:
        return False
    if host.startswith("[") and host.endswith("]"):
        try:
            return "%" not in host and ipaddress.ip_address(host[1:-1]).version == 6
        except ValueError:
            return False
    labels = host.removesuffix(".").split(".")
    return all(re.fullmatch(r"[A-Za-z0-9_-]{1,63}", label) for label in labels)


@pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)
@pytest.mark.parametrize("host", HOSTS)
def test_url_with_text_around_its_host_is_refused(host: str, parser: Callable[[str], Any]) -> None:
    for url in (f"https://{host}", f"http://{host}", f"https://{host}/"):
        with pytest.raises(ConfigurationError):
            parser(url)


@pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)
@given(authority=st.text("[]:.@%-_a1evil\u0130", max_size=12) | st.sampled_from(HOSTS))
@example(authority="[::1]:1")
def test_accepted_url_has_a_plain_authority(parser: Callable[[str], Any], authority: str) -> None:
    for scheme in ("https", "http"):
        try:
            parser(f"{scheme}://{authority}")
        except ConfigurationError:
            continue
        assert is_plain(authority.rpartition("@")[2])
