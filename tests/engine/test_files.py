"""Kill -9 while files and traces are taken in: what was acknowledged has its file, and the memory comes back the same."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from assay.ledger import exhibits

from .heavy_child import main, opened, waybill

ROOT = Path(__file__).parents[2]
NUMBER = 400


def run_until_killed(folder: Path, after: float) -> list[str]:
    command = [sys.executable, "-m", "tests.engine.heavy_child", str(folder), str(NUMBER)]
    child = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"
    time.sleep(after)
    child.send_signal(signal.SIGKILL)
    lines = child.stdout.readlines()
    child.wait()
    return [line for line in lines if line.endswith("\n")]


def test_killed_at_random_points(tmp_path: Path) -> None:
    rng = random.Random(20261122)
    told: dict[str, int] = {}
    for _ in range(3):
        for line in run_until_killed(tmp_path / "killed", rng.uniform(0.02, 0.4)):
            if line != "done\n":
                id_, findings = line.split()
                told[id_] = int(findings)
    main(tmp_path / "killed", NUMBER)  # to the end
    shutil.copytree(tmp_path / "killed" / "secrets", tmp_path / "whole" / "secrets")
    main(tmp_path / "whole", NUMBER)  # never interrupted, under the same keys
    killed, whole = opened(tmp_path / "killed"), opened(tmp_path / "whole")
    assert killed.traces.kept() == whole.traces.kept()
    for i in range(NUMBER):
        a, b = killed.ledger.decision(f"w{i}"), whole.ledger.decision(f"w{i}")
        assert (a.findings, a.seq) == (b.findings, b.seq)
        assert told.get(a.id, len(a.findings)) == len(a.findings)
        (exhibit,) = a.exhibits
        assert killed.exhibits.read(exhibit).content == waybill(i).content
    held = exhibits.verify(killed.ledger, killed.exhibits)
    assert held.ok
    assert (held.whole, held.erased) == (NUMBER, 0)
    assert killed.ledger.verify().ok
