"""`assay bench intelligence`: five million made-up indicators: time to take them over, memory, and nanoseconds a look-up, beside a
Python dict of a tenth of them."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from assay.intelligence.indicator import Indicator
from assay.intelligence.store import Intelligence, hashes, write

INDICATORS = 5_000_000
ASKED = 200_000


def bench(data: Path | None = None, *, short: bool = False, **_options: Any) -> dict[str, Any]:
    """`data` is not used."""
    n = INDICATORS // 50 if short else INDICATORS
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        write(_made(n), Path(folder) / "all" / "made-up")
        added = time.process_time() - began
        size = sum(p.stat().st_size for p in Path(folder).rglob("*") if p.is_file())
        before = _resident()
        began = time.process_time()
        known = Intelligence(Path(folder) / "all")
        opened = time.process_time() - began
        rng = random.Random(2)  # noqa: S311 - which names are asked for
        present = [f"{_name(rng.randrange(n // 2))}" for _ in range(ASKED // 2)]
        absent = [f"www.{_name(n + i)}" for i in range(ASKED // 2)]
        words = present + absent
        known.look_up("domain", words[:1000])
        began = time.process_time()
        hits = known.look_up("domain", words)
        took = time.process_time() - began
        keys, checks = hashes(["domain"] * len(words), words)
        began = time.process_time()
        for _ in range(5):
            known.sources[0].find(keys, checks)
        found = (time.process_time() - began) / 5
        one = time.process_time()
        for word in absent[:2000]:
            known.look_up("domain", [word])
        single = (time.process_time() - one) / 2000
        after = _resident()
    return {
        "indicators": n, "CPU seconds to take over": round(added, 1), "bytes on disk an indicator": round(size / n, 1),
        "CPU seconds to open": round(opened, 3), "resident MB after look-ups": round((after - before) / 1e6, 1),
        "hits": len(hits), "expected": len(present),
        "microseconds a look-up in a batch of domains, names above included": round(took / len(words) * 1e6, 2),
        "nanoseconds of it in the index": round(found / len(words) * 1e9),
        "microseconds a look-up alone": round(single * 1e6, 1), **_peer(n // 10),
    }  # fmt: skip


def _name(i: int) -> str:
    return f"h{i:x}.bad{i % 9973}.com"


def _made(n: int) -> Iterator[Indicator]:
    for i in range(n // 2):
        yield Indicator("domain", _name(i), f"threat {i % 100}")
    for i in range(n - n // 2):
        yield Indicator("sha256", f"{i:064x}", "")


def _peer(n: int) -> dict[str, Any]:
    before = _resident()
    known = {_name(i): (f"threat {i % 100}", 75, 0, 0) for i in range(n)}
    after = _resident()
    words = [_name(i) for i in np.random.default_rng(1).integers(0, 2 * n, ASKED)]
    began = time.process_time()
    hits = sum(word in known for word in words)
    took = time.process_time() - began
    return {
        "a Python dict": {"indicators": n, "MB": round((after - before) / 1e6, 1), "bytes an indicator": round((after - before) / n),
                          "nanoseconds a look-up": round(took / ASKED * 1e9), "hits": hits},
    }  # fmt: skip


def _resident() -> int:
    """Bytes of memory of this process; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return 0


__all__ = ["bench"]
