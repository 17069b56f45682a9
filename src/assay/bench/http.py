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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from assay.core.batch import Batch
from assay.core.clock import DAY
from assay.core.kind import kind_of, load
from assay.formats.table_writer import write_table

WARM_UP = 3000
FULL = 20_000  # requests at full speed


def bench(
    data: Path | None = None,
    *,
    short: bool = False,
    rate: float = 3000.0,
    connections: int = 64,
    models: Path | None = None,
) -> dict[str, Any]:
    """Figures of `POST /v1/assess` at a fixed rate and at full speed, and the floor's.

    The payments are those of a simulated bank, after a history that the server has replayed; `data` is not used. `models`: folder of trained models; without
    it, those that come with the rooms. The ledger lies in the folder for temporary files (`TMPDIR` chooses the disk).
    At the fixed rate there are three windows; the one with the middle p99 is told, and the p99 of all. `time_lapse` is one
    more, of payments in the order of the simulation.
    """
    seconds, windows = (2.0, 1) if short else (8.0, 3)
    each = int(rate * seconds)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        customers, days = (1000, 10) if short else (10_000, 25)
        bank(
            folder,
            WARM_UP + (windows + 1) * each + FULL,
            customers=customers,
            days=days,
            dealt=WARM_UP + windows * each,
        )
        found: dict[str, Any] = {"rate": rate, "seconds": seconds, "cpus": os.cpu_count()}
        for mode in ("floor", "assay"):
            with served(mode, folder, models) as (pid, port, token):
                job = {
                    "host": "127.0.0.1", "port": port, "path": "/v1/assess", "token": token, "connections": connections,
                    "bodies": str(folder / "bodies"), "rate": rate, "closed": False,
                }  # fmt: skip
                generate({**job, "first": 0, "n": WARM_UP, "rate": 1000.0})
                fixed = [_window(pid, {**job, "first": WARM_UP + i * each, "n": each}) for i in range(windows)]
                lapse = _window(pid, {**job, "first": WARM_UP + windows * each, "n": each})
                full = generate({**job, "first": WARM_UP + (windows + 1) * each, "n": FULL, "closed": True})
                found[mode] = {
                    "fixed_rate": sorted(fixed, key=lambda figures: figures["p99_ms"])[windows // 2],
                    "p99_ms_of_each_window": [figures["p99_ms"] for figures in fixed],
                    "time_lapse": lapse,
                    "full_speed": full,
                    "rss_mb": rss_mb(pid),
                }
        fixed = found["assay"]["fixed_rate"]
        answered = fixed["rate"] >= 0.99 * rate and set(fixed["statuses"]) == {"200"}
        found["p99_under_5_ms_at_rate"] = bool(fixed["p99_ms"] < 5.0 and answered)
        return found


def _window(pid: int, job: dict[str, Any]) -> dict[str, Any]:
    """One run at a fixed rate, with the share of a core that the server used."""
    before = cpu_seconds(pid)
    figures = generate(job)
    return figures | {"server_cpu": round((cpu_seconds(pid) - before) / figures["seconds"], 3)}


def bank(folder: Path, n: int, *, customers: int, days: int, dealt: int = 0) -> None:
    """A simulated bank: `days` of history as a table, and the n payments after it as JSON lines in `bodies`.

    At 3,000 a second its day is over in seconds, and an attack that took it an hour becomes a hundred milliseconds of
    nothing else. A bank with so many payments has more customers, not a faster clock; so the first `dealt` payments take
    each other's times, by lot, as if they came from many banks at once.
    """
    kind = kind_of("payments")
    later = 2 + int(1.2 * n / (1.6 * customers))
    past: list[Batch[Any]] = []
    later_on: list[Any] = []
    until = None
    for batch in load(kind.simulators["bank"])(11, size=customers, days=days + later):
        until = until or int(batch.time[0]) // DAY * DAY + days * DAY
        if batch.time[-1] < until:
            past.append(batch)
            continue
        later_on += [batch.item(i) for i in np.flatnonzero(batch.time >= until)]
        if len(later_on) >= n:
            break
    write_table(past, folder / "history.parquet")
    places = np.random.default_rng(11).permutation(min(dealt, len(later_on)))
    bodies = [msgspec.structs.replace(later_on[j], time=later_on[i].time) for i, j in enumerate(places.tolist())]
    (folder / "bodies").write_bytes(b"\n".join(map(msgspec.json.encode, bodies + later_on[len(bodies) : n])))


def generate(job: dict[str, Any]) -> dict[str, Any]:
    """One run of the load generator, as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "assay.bench.open_loop"],
        input=json.dumps(job),
        stdout=subprocess.PIPE,
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
    from assay.formats.mapping import load_mapping
    from assay.history import replay
    from assay.home import close_engine, open_engine
    from assay.service.keys import KeyFile
    from assay.service.server import serve
    from assay.settings import Settings

    settings = Settings(data=folder, port=0, rate=0.0, models=str(models or ""))
    engine = open_engine(settings, shipped=models is None)
    history = folder.parent / "history.parquet"
    reader = kind_of("payments").open_readers()[0]
    mapping = load_mapping(history.with_suffix(".mapping.yaml"))
    replay(engine, reader.read(history, mapping=mapping, reject=lambda _error: None))
    token, _ = KeyFile(folder).create("admin")
    serve(engine, settings, ready=lambda address: print(address.rpartition(":")[2], token, flush=True))
    close_engine(engine)


if __name__ == "__main__":
    if sys.argv[1] == "floor":
        _serve_floor()
    elif sys.argv[1] == "assay":
        _serve_assay(Path(sys.argv[2]), Path(sys.argv[3]) if sys.argv[3] else None)
    else:
        print(json.dumps(bench(short=sys.argv[1] == "short"), indent=1))
