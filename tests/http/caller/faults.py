"""What can go wrong with a request, as a raw server does it."""

from __future__ import annotations

from typing import Final

from tests.support.raw_server import End, ScriptedResponse, failure, http

NO_WHOLE_ANSWER: Final[dict[str, ScriptedResponse]] = {
    "disconnect": (End.FIN,),
    "reset": (End.RST,),
    "no answer": (End.HANG,),
    "half a body": (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", End.HANG),
    "truncated body": (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", End.FIN),
    "garbage": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n",),
}
"""The request was sent, and nothing says what became of it. Some end by a read timeout."""

SERVER_ERROR: Final[dict[str, ScriptedResponse]] = {
    "500": (failure(500),),
    "502": (http(502, b"<html>Bad gateway</html>"),),
    "503": (failure(503, retry_after="0.01"),),
    "504": (http(504),),
}
"""Pipedrive failed, before or after it did what was asked."""

NOT_EXECUTED: Final[dict[str, ScriptedResponse]] = {
    "408": (failure(408),),
    "425": (failure(425),),
    "429": (failure(429, retry_after="0.01"),),
}
"""Answers by which the request was not carried out, but may be at another time."""

NOT_PIPEDRIVE: Final[dict[str, ScriptedResponse]] = {
    "not JSON": (http(200, b"{"),),
    "a page": (http(200, b"<html>"),),
    "empty": (http(200),),
    "no content": (http(204),),
    "a list": (http(200, b"[]"),),
    "no success": (http(200, b'{"data": {}}'),),
}
"""Answers with a status of success that Pipedrive never gives."""

UNKNOWN_FATE: Final = NO_WHOLE_ANSWER | SERVER_ERROR
