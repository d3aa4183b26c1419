"""A thread that serves an aiohttp application on 127.0.0.1, in its own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future

from aiohttp import web

_HOST = "127.0.0.1"
_BACKLOG = 4096  # hundreds of clients may connect at the same moment
_ACCEPTING = 5  # iterations of the loop until an accepted socket is a known connection
_SHUTDOWN_TIMEOUT = 0.01  # seconds; requests that are delayed by `fail` are cut off


class ServerThread:
    """A server that accepts connections from its creation until `stop`."""

    def __init__(self, application: Callable[[], web.Application], port: int) -> None:
        self._socket = socket.create_server((_HOST, port), backlog=_BACKLOG)
        self.port: int = self._socket.getsockname()[1]
        self.origin = f"http://{_HOST}:{self.port}"
        self._application = application
        self._stopped = Future[None]()
        self._thread = threading.Thread(target=self._run, name="pipedrive-sandbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and end the thread."""
        self._stopped.set_result(None)
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        runner = web.AppRunner(
            self._application(), access_log=None, shutdown_timeout=_SHUTDOWN_TIMEOUT
        )
        await runner.setup()
        site = web.SockSite(runner, self._socket, backlog=_BACKLOG)
        await site.start()
        await asyncio.wrap_future(self._stopped)
        # A server that closes now would lose a connection that it is just accepting.
        # https://github.com/python/cpython/issues/109564
        with contextlib.suppress(NotImplementedError):  # Windows accepts without a reader
            asyncio.get_running_loop().remove_reader(self._socket)
        for _ in range(_ACCEPTING):
            connections = runner.server.connections if runner.server else ()
            # close() would wait until the client reads the rest of the response.
            for transport in filter(None, (connection.transport for connection in connections)):
                transport.abort()
            await asyncio.sleep(0)
        await runner.cleanup()
