"""`serve`: the application on a uvicorn server of its own, in this process, until it is told to stop.

SIGTERM and SIGINT drain: no new connections, what is queued is finished, made durable and answered, and `serve` returns,
for the caller to close the engine and end with status 0. A second signal ends the process at once; what was acknowledged
is on disk all the same.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn

from assay.core.errors import InvalidSetting
from assay.engine import Engine
from assay.service.app import Service, create_app
from assay.service.checks import Examine
from assay.service.keys import KeyFile
from assay.service.protocol import bounded_protocol, close_slow
from assay.settings import Settings

log = logging.getLogger("assay.service")
_FORCED = 130
_TICKS_A_SECOND = 10  # of uvicorn's main loop


class Server(uvicorn.Server):
    """uvicorn's server, draining as promised above. `ready` is called with the address once it listens."""

    def __init__(self, app: Service, settings: Settings, ready: Callable[[str], None] = lambda address: None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop",
                http=bounded_protocol(settings.max_headers),
                ws="none",
                lifespan="on",
                interface="asgi3",
                access_log=False,
                log_config=None,
                proxy_headers=False,
                server_header=False,
                limit_concurrency=settings.max_connections,
                timeout_keep_alive=int(settings.idle_timeout),
                timeout_graceful_shutdown=int(settings.drain_timeout),
                ssl_certfile=settings.tls_cert or None,
                ssl_keyfile=settings.tls_key or None,
            )
        )
        self._app, self._settings, self._ready = app, settings, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if sockets and self.started:
            host, port = sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            self._ready(f"{'https' if self._settings.tls_cert else 'http'}://{shown}:{port}")

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_A_SECOND == 0:
            close_slow(self.server_state.connections, self._settings.request_timeout)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.parts.close_feeds()  # they would keep their connections open for ever
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Unlike uvicorn's, remembers no signal to raise again: a drained service ends with status 0."""
        if self.should_exit:
            log.warning("told twice to stop: ending at once")
            os._exit(_FORCED)
        log.warning("told to stop (%s): draining", signal.Signals(sig).name)
        self.should_exit = True


def listen(settings: Settings) -> socket.socket:
    """The socket to serve on. Raises `InvalidSetting` for an address that cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((settings.host, settings.port))
        sock.listen(2048)
    except OSError as error:
        sock.close()
        what = f"cannot listen on {settings.host}:{settings.port}: {error.strerror}"
        raise InvalidSetting(what, where="port", hint="0 picks a free one") from None
    sock.setblocking(False)
    return sock


def tune() -> None:
    """For steady latency: what was loaded at start is never looked at by the collector again; what is young is collected
    often and so in about a millisecond (twenty thousand objects at once take four); and a thread that waits for the
    interpreter gets it after a fifth of a millisecond, not five: the ledger's writer asks for it when the disk is done."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(1_000, 5, 4_000)
    sys.setswitchinterval(0.0002)


def serve(
    engine: Engine,
    settings: Settings,
    *,
    examine: Examine | None = None,
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Serves until a signal; the engine must have a ledger, and is closed by the caller. Raises `InvalidSetting` for an
    address that cannot be had."""
    sock = listen(settings)
    app = create_app(engine, settings, KeyFile(settings.data), examine=examine)
    tune()
    Server(app, settings, ready).run(sockets=[sock])
