"""`assay bench` over HTTP: one payment a request, durable before its answer, beside the floor in the same run.

The floor is a bare Starlette route on the same uvicorn settings that echoes its body: what any Python service on this
machine pays before it does anything. Server and load generator are processes of their own; only 127.0.0.1 is used.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

WARM_UP = 3000


def bench(
    data: Path | None = None,
    *,
    rate: float = 3000.0,
    seconds: float = 10.0,
    connections: int = 64,
    models: Path | None = None,
) -> dict[str, Any]:
    """Figures of `POST /v1/assess` at a fixed rate and at full speed, and the floor's. `data`: a folder for the ledger
    (its disk is what is measured; by default a temporary folder); `models`: trained models, for the room to load."""
    with tempfile.TemporaryDirectory(dir=data) as name:
        folder = Path(name)
        n = WARM_UP + int(rate * seconds) + 40_000
        (folder / "bodies").write_bytes(b"\n".join(payments(n)))
        found: dict[str, Any] = {"rate": rate, "seconds": seconds, "cpus": os.cpu_count()}
        for mode in ("floor", "assay"):
            with served(mode, folder, models) as (pid, port, token):
                job = {
                    "host": "127.0.0.1", "port": port, "path": "/v1/assess", "token": token, "connections": connections,
                    "bodies": str(folder / "bodies"), "rate": rate,
                }  # fmt: skip
                generate({**job, "first": 0, "n": WARM_UP, "rate": 1000.0, "closed": False})
                cpu = cpu_seconds(pid)
                fixed = generate({**job, "first": WARM_UP, "n": int(rate * seconds), "closed": False})
                fixed["server_cpu"] = round((cpu_seconds(pid) - cpu) / fixed["seconds"], 3)
                full = generate({**job, "first": WARM_UP + int(rate * seconds), "n": 20_000, "closed": True})
                found[mode] = {"fixed_rate": fixed, "full_speed": full, "rss_mb": rss_mb(pid)}
        fixed = found["assay"]["fixed_rate"]
        found["met"] = bool(
            fixed["p99_ms"] < 5.0 and fixed["rate"] >= 0.99 * rate and set(fixed["statuses"]) == {"200"}
        )
        return found


def payments(n: int, seed: int = 7) -> Iterator[bytes]:
    """n card payments as JSON: customers by a Zipf law, each with a card, amounts log-normal, a millisecond apart."""
    draw = np.random.default_rng(seed)
    customers = draw.zipf(1.2, n) % 50_000
    merchants = draw.integers(0, 5_000, n)
    amounts = np.round(draw.lognormal(3.3, 0.9, n), 2)
    start = np.datetime64("2026-03-02T08:00:00.000")
    for i in range(n):
        moment = np.datetime_as_string(start + np.timedelta64(i, "ms"))
        yield (
            b'{"kind":"payment","id":"b%d","time":"%sZ","amount":"%.2f","currency":"EUR","customer":"c%d","card":"tok_%d",'
            b'"merchant":"m%d","terminal":"t%d","channel":"card-present","country":"DE"}'
            % (i, moment.encode(), amounts[i], customers[i], customers[i], merchants[i], merchants[i])
        )


def generate(job: dict[str, Any]) -> dict[str, Any]:
    """One run of the load generator, as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "assay.bench.open_loop"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def served(mode: str, folder: Path, models: Path | None) -> Iterator[tuple[int, int, str]]:
    """A server as a child process: (pid, port, token). It is drained at the end."""
    command = [sys.executable, "-m", "assay.bench.http", mode, str(folder / mode), str(models or "")]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        port, token = child.stdout.readline().split()
        yield child.pid, int(port), token
    finally:
        child.terminate()
        child.wait(60)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid: int) -> float:
    """Resident memory of a process (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def _serve_floor() -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from assay.service.server import listen, tune
    from assay.settings import Settings

    async def echo(request: Request) -> Response:
        return Response(await request.body(), media_type="application/json")

    sock = listen(Settings(port=0))
    app = Starlette(routes=[Route("/v1/assess", echo, methods=["POST"])])
    tune()
    print(sock.getsockname()[1], "none", flush=True)
    config = uvicorn.Config(app, loop="uvloop", http="httptools", ws="none", access_log=False, log_config=None)
    uvicorn.Server(config).run(sockets=[sock])


def _serve_assay(folder: Path, models: Path | None) -> None:
    from assay.home import close_engine, open_engine
    from assay.service.keys import KeyFile
    from assay.service.server import serve
    from assay.settings import Settings

    settings = Settings(data=folder, port=0, rate=0.0, models=str(models or ""))
    engine = open_engine(settings)
    token, _ = KeyFile(folder).create("admin")
    serve(engine, settings, ready=lambda address: print(address.rpartition(":")[2], token, flush=True))
    close_engine(engine)


if __name__ == "__main__":
    if sys.argv[1] == "floor":
        _serve_floor()
    elif sys.argv[1] == "assay":
        _serve_assay(Path(sys.argv[2]), Path(sys.argv[3]) if sys.argv[3] else None)
    else:
        began = time.perf_counter()
        print(json.dumps(bench(seconds=float(sys.argv[2]) if len(sys.argv) > 2 else 10.0), indent=1))
