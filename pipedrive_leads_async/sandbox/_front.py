"""The way of a request: logged, let in or refused, made to fail or performed, and answered."""

from __future__ import annotations

import asyncio
import functools
import json
import threading
import uuid
from typing import TYPE_CHECKING, Any

from aiohttp import web

from ._answers import Answer
from ._faults import DROP, Faults
from ._limits import Admission
from ._log import RequestLog
from ._operation import Call
from ._routes import OPERATIONS, UNROUTED, paths

if TYPE_CHECKING:
    from ._account import Account
    from ._credentials import Credentials
    from ._limits import Limits
    from ._operation import Operation


class Front:
    """All that is behind the socket.

    The server's thread and the controls of a test meet here. Whoever holds `lock`, for some
    microseconds, has the rest for itself.
    """

    def __init__(self, account: Account, credentials: Credentials, limits: Limits) -> None:
        self.lock = threading.Lock()
        self.account = account
        self.credentials = credentials
        self.limits = limits
        self.faults = Faults()
        self.log = RequestLog()

    def application(self) -> web.Application:
        """Return the aiohttp application that answers every request."""
        application = web.Application()
        for operation in (*OPERATIONS, UNROUTED):
            handler = functools.partial(self._handle, operation)
            for path in paths(operation):
                application.router.add_route(operation.method, path, handler)
        return application

    async def _handle(self, operation: Operation, request: web.Request) -> web.Response:
        sent = await request.read()
        body = _decoded(sent)
        call = Call(
            self.account, request.match_info, request.query, request.content_type, bool(sent), body
        )
        with self.lock:
            number = self.log.arrived(request, body, operation.id or None)
            fault = self.faults.take(operation.id)
            admission = self._admit(operation, request)
            answer = (admission.refusal or operation.answer(call)) if fault.after_commit else None
        if fault.delay:
            await asyncio.sleep(fault.delay)
        with self.lock:
            answer = fault.answer or answer or admission.refusal or operation.answer(call)
            if answer is not DROP:
                self.log.answered(number, answer.status)
        if answer is DROP and request.transport:
            request.transport.abort()
        return _response(answer, admission.headers)

    def _admit(self, operation: Operation, request: web.Request) -> Admission:
        token = self.credentials.identify(request.headers)
        if isinstance(token, Answer):
            return Admission(token, {})
        return self.limits.admit(token, operation.cost, search=operation.search)


def _decoded(body: bytes) -> Any:
    """Return the JSON of a body, None when it is none."""
    try:
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
