"""The path of a request: log, check the credential and the limits, inject a fault, perform."""

from __future__ import annotations

import asyncio
import functools
import json
import threading
import uuid
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from aiohttp import web

from ._credentials import Credentials
from ._faults import DROP, Faults
from ._multipart import read_multipart
from ._oauth.endpoints import ENDPOINTS, Endpoint, OAuth, OAuthCall
from ._operations.operation import Call, Operation
from ._operations.routes import OPERATIONS, UNROUTED, paths
from ._request_log import RequestLog
from ._responses import Response
from ._webhooks.deliveries import Deliveries

# The function that performs a request, and the headers to add to its response.
_Decision: TypeAlias = tuple[Callable[[], Response], dict[str, str]]
# Admits or refuses a request, given its raw body and its decoded body.
_Check: TypeAlias = Callable[[web.Request, bytes, Any], _Decision]

_FORM = "application/x-www-form-urlencoded"
_FORM_WITH_FILES = "multipart/form-data"

_LARGEST_REQUEST = 256 << 20  # bytes


class Gateway:
    """The entry point of all requests, and the state that they share with the controls.

    The thread of the server and the threads of a test use the state only while they hold
    `lock`, which they do for microseconds.
    """

    def __init__(
        self,
        lock: threading.Lock,
        credentials: Credentials,
        oauth: OAuth,
        deliveries: Deliveries,
    ) -> None:
        self.lock = lock
        self.credentials = credentials
        self.oauth = oauth
        self.deliveries = deliveries
        self.faults = Faults()
        self.log = RequestLog()

    def application(self) -> web.Application:
        """Return the aiohttp application that handles every request and sends webhooks."""
        application = web.Application(client_max_size=_LARGEST_REQUEST)
        application.cleanup_ctx.append(self.deliveries.sending)

        def route(method: str, path: str, id: str, check: _Check) -> None:
            application.router.add_route(method, path, functools.partial(self._handle, id, check))

        for endpoint in ENDPOINTS:
            check = functools.partial(self._check_oauth_request, endpoint)
            route(endpoint.method, endpoint.path, endpoint.id, check)
        for operation in (*OPERATIONS, UNROUTED):
            check = functools.partial(self._check_api_request, operation)
            for path in paths(operation):
                route(operation.method, path, operation.id, check)
        return application

    async def _handle(self, id: str, check: _Check, request: web.Request) -> web.Response:
        raw = await request.read()
        body = _decoded(raw, request)
        with self.lock:
            number = self.log.add(request, body, id or None)
            fault = self.faults.take(id)
            perform, headers = check(request, raw, body)
            response = perform() if fault.after_commit else None
        if fault.delay:
            await asyncio.sleep(fault.delay)
        with self.lock:
            response = fault.response or response or perform()
            if response is not DROP:
                self.log.set_status(number, response.status)
        if response is DROP and request.transport:
            request.transport.abort()
        return _web_response(response, headers)

    def _check_api_request(
        self, operation: Operation, request: web.Request, raw: bytes, body: Any
    ) -> _Decision:
        caller = self.credentials.identify(request.headers, request.method, request.path)
        if isinstance(caller, Response):
            return lambda: caller, {}
        tenant, user_id = caller.login
        account = tenant.account
        key = user_id, caller.kind
        admission = tenant.limits.admit(key, operation.cost, search=operation.search)
        refusal = admission.refusal
        if refusal:
            return lambda: refusal, admission.headers
        by_app = caller.kind == "app"
        call = Call(
            account=account,
            by_app=by_app,
            marketplace_app=self.oauth.marketplace_app if by_app else None,
            method=request.method,
            path=request.match_info,
            query=request.query,
            content_type=request.content_type,
            has_body=bool(raw),
            body=body,
        )
        return lambda: operation.respond(call, user_id), admission.headers

    def _check_oauth_request(
        self, endpoint: Endpoint, request: web.Request, _: bytes, body: Any
    ) -> _Decision:
        form = body if request.content_type == _FORM else None
        call = OAuthCall(request.query, form, request.headers.get("authorization", ""))
        return lambda: endpoint.respond(self.oauth, call), {}


def _decoded(body: bytes, request: web.Request) -> Any:
    """Decode a form or JSON; return None for an invalid body."""
    try:
        if request.content_type == _FORM_WITH_FILES:
            return read_multipart(body, request.headers["content-type"])
        if request.content_type == _FORM:
            return dict(parse_qsl(body.decode()))
        # int() raises for NaN and Infinity, which Python accepts although JSON does not.
        return json.loads(body, parse_constant=int)
    except ValueError:
        return None


def _web_response(response: Response, headers: dict[str, str]) -> web.Response:
    is_page = isinstance(response.body, str)
    body = response.body if is_page else json.dumps(response.body, separators=(",", ":"))
    return web.Response(
        status=response.status,
        text=body,
        content_type="text/html" if is_page else "application/json",
        headers=headers | response.headers | {"x-correlation-id": str(uuid.uuid4())},
    )
