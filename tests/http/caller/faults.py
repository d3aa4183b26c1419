"""Faulty responses of a raw server, grouped by what they prove about the request."""

from __future__ import annotations

from typing import Final

from tests.support.raw_server import End, ScriptedResponse, failure, http

NO_COMPLETE_RESPONSE: Final[dict[str, ScriptedResponse]] = {
    "disconnect": (End.FIN,),
    "reset": (End.RST,),
    "no response": (End.HANG,),
    "half a body": (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", End.HANG),
    "truncated body": (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", End.FIN),
    "garbage": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n",),
}
"""The request was sent, and its outcome is unknown. Some of these end in a read timeout."""

SERVER_ERROR: Final[dict[str, ScriptedResponse]] = {
    "500": (failure(500),),
    "502": (http(502, b"<html>Bad gateway</html>"),),
    "503": (failure(503, retry_after="0.01"),),
    "504": (http(504),),
}
"""Pipedrive failed before or after it carried out the request."""

NOT_EXECUTED: Final[dict[str, ScriptedResponse]] = {
    "408": (failure(408),),
    "425": (failure(425),),
    "429": (failure(429, retry_after="0.01"),),
}
"""The request was not carried out; a later attempt may succeed."""

NOT_PIPEDRIVE: Final[dict[str, ScriptedResponse]] = {
    "not JSON": (http(200, b"{"),),
    "HTML": (http(200, b"<html>"),),
    "empty": (http(200),),
    "a JSON array": (http(200, b"[]"),),
    "no success key": (http(200, b'{"data": {}}'),),
}
"""Responses with a 2xx status that Pipedrive never sends."""

UNKNOWN_OUTCOME: Final = NO_COMPLETE_RESPONSE | SERVER_ERROR
