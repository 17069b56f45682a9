"""The load generator tells the truth: latency from when a request was due, and every request accounted for."""

import socket
import threading
import time
from pathlib import Path

from assay.bench.http import bank
from assay.bench.open_loop import open_loop
from assay.service.decode import EvidenceDecoder

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


def server(stall_at: int = -1, stall: float = 0.0) -> tuple[str, int]:
    """Answers on each connection; before request `stall_at` (counted over all) everything stands still for a while."""
    listener = socket.create_server(("127.0.0.1", 0))
    lock, count = threading.Lock(), [0]

    def serve(connection: socket.socket) -> None:
        while connection.recv(4096):
            with lock:
                if count[0] == stall_at:
                    time.sleep(stall)
                count[0] += 1
            connection.sendall(ANSWER)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()


REQUEST = b"POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}"


def test_every_request_is_answered_at_the_rate_asked() -> None:
    found = open_loop(server(), [REQUEST] * 400, rate=1000.0, connections=8)
    assert found["answered"] == 400
    assert found["statuses"] == {"200": 400}
    assert 300 < found["rate"] < 1100


def test_a_stall_is_charged_to_all_that_were_due_meanwhile() -> None:
    """A closed loop would see one slow request in 500; those who wanted an answer saw two hundred."""
    found = open_loop(server(stall_at=250, stall=0.4), [REQUEST] * 500, rate=500.0, connections=4)
    assert found["max_ms"] > 390
    assert found["p90_ms"] > 100


def test_the_payments_sent_are_evidence_and_no_id_comes_twice(tmp_path: Path) -> None:
    decode = EvidenceDecoder(32)
    bank(tmp_path, 500, customers=100, days=3)
    found = [decode(body) for body in (tmp_path / "bodies").read_bytes().splitlines()]
    assert len({payment.id for payment in found}) == 500
