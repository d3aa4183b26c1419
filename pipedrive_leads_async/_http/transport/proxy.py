"""Select the proxy of each request: an explicit one, or one from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import attrs

from ..._shared import checks
from ..._shared.secrets import basic_authorization
from ..._shared.urls import is_host_and_port
from ...errors import ConfigurationError

_PROXY_URL = re.compile(r"(https?://)(?:([^\s/?#:]*):?([^\s/?#]*)@)?([^\s/?#@]+/?)").fullmatch


@attrs.frozen
class Proxy:
    """A proxy, or none.

    The user and the password are not part of `url`, because aiohttp's errors show it.
    """

    url: str | None
    headers: Mapping[str, str]

    @classmethod
    def parse(cls, name: str, url: str) -> Proxy:
        """Check a proxy URL, and move its user and its password to a header.

        Args:
            name: The name of the argument or of the environment variable, for errors.
            url: The URL.

        Raises:
            ConfigurationError: It is not an http or https URL.
        """
        parts = _PROXY_URL(url)
        if parts is None or not is_host_and_port(parts[4].removesuffix("/")):
            # The message does not repeat the URL, which may contain a password.
            raise ConfigurationError(f"{name} must be a URL such as http://proxy.example:3128")
        if parts[2] is None:
            return cls(url, {})
        scheme, user, password, host = parts.groups()
        authorization = basic_authorization(unquote(user), unquote(password))
        return cls(f"{scheme}{host}", {"Proxy-Authorization": authorization})


NO_PROXY: Final = Proxy(None, {})


@attrs.frozen
class ProxySettings:
    """The proxies of a session manager.

    Attributes:
        explicit: The proxy of every request, unless it has no URL.
        environment: The proxies of the environment by URL scheme.
    """

    explicit: Proxy
    environment: Mapping[str, Proxy]

    @classmethod
    def read(cls, proxy: str | None, *, trust_env: bool) -> ProxySettings:
        """Check the arguments of a session manager, and read the environment if allowed.

        Raises:
            ConfigurationError: `proxy`, or a proxy of the environment, is not an http or https
                URL.
        """
        explicit = NO_PROXY
        if proxy is not None:
            explicit = Proxy.parse("proxy", checks.instance("proxy", proxy, str))
        urls = getproxies() if checks.boolean("trust_env", trust_env) else {}
        environment: dict[str, Proxy] = {
            scheme: Proxy.parse(f"{scheme.upper()}_PROXY of the environment", urls[scheme])
            for scheme in ("http", "https")
            if scheme in urls
        }
        return cls(explicit, environment)

    def select(self, url: str) -> Proxy:
        """Return the proxy of a request to `url`.

        aiohttp's own `trust_env` is not used, because it also sends the passwords of netrc.
        """
        if self.explicit.url is not None or not self.environment:
            return self.explicit
        parts = urlsplit(url)
        if proxy_bypass(parts.hostname or ""):
            return self.explicit
        return self.environment.get(parts.scheme, self.explicit)
