"""The way of a request: logged, let in or refused, made to fail or performed, and answered."""

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
from ._oauth.endpoints import ENDPOINTS, Endpoint, OAuth, OAuthCall
from ._operations.operation import Call, Operation
from ._operations.routes import OPERATIONS, UNROUTED, paths
from ._request_log import RequestLog
from ._responses import Answer
from ._webhooks.deliveries import Deliveries

# What is done for a request when its time has come, and the headers that go with the answer.
_Admitted: TypeAlias = tuple[Callable[[], Answer], dict[str, str]]
# Decides on a request with this body: as it was sent, and what is in it.
_Gate: TypeAlias = Callable[[web.Request, bytes, Any], _Admitted]

_FORM = "application/x-www-form-urlencoded"


class Front:
    """All that is behind the socket.

    The server's thread and the controls of a test meet here. Whoever holds `lock`, for some
    microseconds, has the rest for itself.
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
        """Return the aiohttp application that answers every request, and sends webhooks."""
        application = web.Application()
        application.cleanup_ctx.append(self.deliveries.sending)

        def route(method: str, path: str, id: str, gate: _Gate) -> None:
            application.router.add_route(method, path, functools.partial(self._handle, id, gate))

        for endpoint in ENDPOINTS:
            gate = functools.partial(self._admit_to_oauth, endpoint)
            route(endpoint.method, endpoint.path, endpoint.id, gate)
        for operation in (*OPERATIONS, UNROUTED):
            gate = functools.partial(self._admit_to_api, operation)
            for path in paths(operation):
                route(operation.method, path, operation.id, gate)
        return application

    async def _handle(self, id: str, gate: _Gate, request: web.Request) -> web.Response:
        sent = await request.read()
        body = _decoded(sent, request.content_type)
        with self.lock:
            number = self.log.arrived(request, body, id or None)
            fault = self.faults.take(id)
            perform, headers = gate(request, sent, body)
            answer = perform() if fault.after_commit else None
        if fault.delay:
            await asyncio.sleep(fault.delay)
        with self.lock:
            answer = fault.answer or answer or perform()
            if answer is not DROP:
                self.log.answered(number, answer.status)
        if answer is DROP and request.transport:
            request.transport.abort()
        return _response(answer, headers)

    def _admit_to_api(
        self, operation: Operation, request: web.Request, sent: bytes, body: Any
    ) -> _Admitted:
        caller = self.credentials.identify(request.headers)
        if isinstance(caller, Answer):
            return lambda: caller, {}
        account, limits = caller.tenant.account, caller.tenant.limits
        admission = limits.admit(caller.kind, operation.cost, search=operation.search)
        refusal = admission.refusal
        if refusal:
            return lambda: refusal, admission.headers
        call = Call(
            account=account,
            by_app=caller.kind == "app",
            path=request.match_info,
            query=request.query,
            content_type=request.content_type,
            has_body=bool(sent),
            body=body,
        )
        return lambda: operation.answer(call), admission.headers

    def _admit_to_oauth(
        self, endpoint: Endpoint, request: web.Request, _: bytes, body: Any
    ) -> _Admitted:
        form = body if request.content_type == _FORM else None
        call = OAuthCall(request.query, form, request.headers.get("authorization", ""))
        return lambda: endpoint.answer(self.oauth, call), {}


def _decoded(body: bytes, content_type: str) -> Any:
    """Return what is in a body, the form or else the JSON, None when it is none."""
    try:
        if content_type == _FORM:
            return dict(parse_qsl(body.decode()))
        # int() refuses the NaN and Infinity that Python would take for JSON.
        return json.loads(body, parse_constant=int)
    except ValueError:
        return None


def _response(answer: Answer, headers: dict[str, str]) -> web.Response:
    is_page = isinstance(answer.body, str)
    body = answer.body if is_page else json.dumps(answer.body, separators=(",", ":"))
    return web.Response(
        status=answer.status,
        text=body,
        content_type="text/html" if is_page else "application/json",
        headers=headers | answer.headers | {"x-correlation-id": str(uuid.uuid4())},
    )
