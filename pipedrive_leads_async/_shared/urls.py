"""Check the host and the port of a URL."""

from __future__ import annotations

import ipaddress
import re

_HOST_AND_PORT = re.compile(
    r"(?:(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?|\[(?P<ipv6>[0-9a-f:.]+)\])"
    r"(?::(?P<port>[0-9]{0,5}))?",
    re.IGNORECASE,
).fullmatch


def is_host_and_port(text: str) -> bool:
    """Return whether a text is a host name or an IP address, with or without a port.

    `urlsplit` ignores text after the bracket of an IPv6 address: the host of
    `https://[::1]evil` would be `::1`.
    """
    found = _HOST_AND_PORT(text) if text.isascii() else None
    if found is None or int(found["port"] or 0) > 65535:
        return False
    try:
        return not found["ipv6"] or bool(ipaddress.IPv6Address(found["ipv6"]))
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Return whether a host name or an IP address is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
