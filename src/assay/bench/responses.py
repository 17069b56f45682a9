"""`assay bench responses`: how fast findings leave, and how fast a list follows the ledger.

The reference of a delivery is what it must cost: one POST to the same receiver, and one file written and synced for its cursor.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assay.bench.ledger import payments
from assay.core.clock import now
from assay.ledger.files import write_whole
from assay.ledger.sqlite import SqliteLedger
from assay.responses.document import BlockList, Document, Plain, Stream, Webhook
from assay.responses.lists import Lists
from assay.responses.responder import couriers

ROWS, DELIVERIES = 81_920, 300


def bench(data: Path | None = None, *, short: bool = False) -> dict[str, Any]:
    """Made-up payments, 2 % of them with a finding; `data` is not read."""
    rows = ROWS // (4 if short else 1)
    with TemporaryDirectory() as name, _Receiver() as receiver:
        folder = Path(name)
        url = f"http://127.0.0.1:{receiver.server_port}/"
        hook = Webhook(url=url, findings="informational", insecure=True, history=True)
        rules = BlockList(
            holds="account", severity="informational", entities=("card",), most=100_000, write=(Plain(to="cards.txt"),)
        )
        document = Document(
            lists={"cards": rules}, webhooks={"desk": hook}, streams={"archive": Stream(to="all.jsonl", history=True)}
        )  # fmt: skip
        with SqliteLedger(folder / "ledger") as ledger:
            for first in range(0, rows, 8192):
                made = payments(first, 8192)
                made.decided = now()
                ledger.append(made)
                ledger.commit()
            desk, archive = couriers(folder, document, ledger)
            findings = ledger.counts().findings
            streamed = _timed(lambda: archive.run(now))
            told = _timed(lambda: desk.run(now, lambda: len(receiver.posted) >= DELIVERIES))
            posted = len(receiver.posted)
            reference = _timed(lambda: _reference(folder / "reference", receiver.server_port, posted))
            lists = Lists(folder, document, ledger)
            listed = _timed(lambda: lists.plan([], now()))
            entries = lists.plan([], now())[0].entries
    return {
        "decisions": rows, "findings": findings,
        "stream to a file": {"events a second": round(archive.progress.told / streamed)},
        "webhook": {"deliveries": posted, "ms": round(told / posted * 1000, 2), "reference ms": round(reference / posted * 1000, 2)},
        "list": {"entries": entries, "seconds to plan from nothing": round(listed, 2), "findings a second": round(findings / listed)},
    }  # fmt: skip


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _reference(path: Path, port: int, times: int) -> None:
    for _ in range(times):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("POST", "/", b"x" * 600)
        connection.getresponse().read()
        connection.close()
        write_whole(path, b"x" * 200)


class _Receiver(HTTPServer):
    """Takes everything."""

    def __init__(self) -> None:
        self.posted: list[int] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    def __enter__(self) -> _Receiver:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _Receiver

    def do_POST(self) -> None:
        self.server.posted.append(len(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...
