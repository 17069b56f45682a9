"""A load generator for one HTTP route: open loop, fixed rate, on plain sockets, in a process of its own.

Request i is due at `start + i / rate` whatever happened to those before it, and its latency counts from that moment, not
from when a connection was free to send it. A server that stalls is charged for everything that queued meanwhile (Gil Tene's
"coordinated omission"). `select` is used because its timeout is exact to microseconds; `epoll`'s is in milliseconds.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

_ANSWER_WITHIN = 10.0


def open_loop(
    address: tuple[str, int], requests: Sequence[bytes], rate: float, connections: int, *, closed: bool = False
) -> dict[str, Any]:
    """Sends every request over `connections` kept-alive connections and returns figures, latencies in milliseconds.

    `closed`: no schedule, each connection sends as soon as it is answered (for the highest throughput); latency then
    counts from the sending.
    """
    n = len(requests)
    sockets = {s.fileno(): s for s in (_connect(address) for _ in range(connections))}
    idle, busy = deque(sockets), dict[int, float]()  # in turn: a server closes a connection that says nothing for long
    partial = dict.fromkeys(sockets, b"")
    latency, late = np.full(n, np.nan), np.zeros(n)
    statuses: dict[str, int] = {}
    sent = answered = 0
    start = time.perf_counter() + 0.05
    gap = 0.0 if closed else 1.0 / rate
    now = time.perf_counter()
    while answered < n:
        now = time.perf_counter()
        while sent < n and idle and (closed or start + sent * gap <= now):
            fd = idle.popleft()
            due = now if closed else start + sent * gap
            late[sent] = now - due
            sockets[fd].sendall(requests[sent])
            busy[fd] = due
            sent += 1
        wait = max(0.0, start + sent * gap - time.perf_counter()) if sent < n and idle else _ANSWER_WITHIN
        readable, _, _ = select.select(list(busy), [], [], wait)
        if not readable and wait == _ANSWER_WITHIN:
            break
        now = time.perf_counter()
        for fd in readable:
            data = partial[fd] + sockets[fd].recv(1 << 16)
            status, whole = _answer(data)
            if not whole:
                partial[fd] = data
                continue
            partial[fd] = b""
            latency[answered] = now - busy.pop(fd)
            statuses[status] = statuses.get(status, 0) + 1
            answered += 1
            idle.append(fd)
    for each in sockets.values():
        each.close()
    took = now - start
    ms = np.sort(latency[:answered]) * 1000
    return {
        "requests": n,
        "answered": answered,
        "statuses": statuses,
        "asked_rate": None if closed else rate,
        "rate": round(answered / took, 1),
        "seconds": round(took, 3),
        "connections": connections,
        "p50_ms": _quantile(ms, 0.5),
        "p90_ms": _quantile(ms, 0.9),
        "p99_ms": _quantile(ms, 0.99),
        "p999_ms": _quantile(ms, 0.999),
        "max_ms": _quantile(ms, 1.0),
        "sent_late_p99_ms": _quantile(np.sort(late) * 1000, 0.99),
    }


def _connect(address: tuple[str, int]) -> socket.socket:
    connection = socket.create_connection(address, timeout=_ANSWER_WITHIN)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _answer(data: bytes) -> tuple[str, bool]:
    """(status, is the answer whole): enough of HTTP for answers with a Content-Length."""
    head = data.find(b"\r\n\r\n")
    if head < 0:
        if not data:
            raise ConnectionError("the server closed a connection")
        return "", False
    at = data.find(b"content-length: ")
    length = int(data[at + 16 : data.index(b"\r\n", at)])
    return data[9:12].decode(), len(data) >= head + 4 + length


def _quantile(sorted_ms: np.ndarray, q: float) -> float | None:
    """The value that a share q of the requests did not exceed (nearest rank)."""
    if not len(sorted_ms):
        return None
    return round(float(sorted_ms[min(len(sorted_ms) - 1, int(np.ceil(q * len(sorted_ms))) - 1)]), 3)


def main(read: Callable[[], str] = sys.stdin.readline) -> None:
    """Reads one JSON line (host, port, path, token, bodies file, rate, connections, closed), prints the figures."""
    job = json.loads(read())
    head = f"POST {job['path']} HTTP/1.1\r\nhost: {job['host']}\r\nauthorization: Bearer {job['token']}\r\ncontent-type: application/json\r\n"
    with open(job["bodies"], "rb") as file:
        bodies = file.read().splitlines()[job["first"] : job["first"] + job["n"]]
    requests = [b"%scontent-length: %d\r\n\r\n%s" % (head.encode(), len(body), body) for body in bodies]
    found = open_loop((job["host"], job["port"]), requests, job["rate"], job["connections"], closed=job["closed"])
    print(json.dumps(found))


if __name__ == "__main__":
    main()
