"""How many frames a CPU second of one core, beside cantools and python-can where they are installed, and beside plain Python."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.profile import Profile
from assay.kinds.vehicles.dbc import parse_dbc
from assay.kinds.vehicles.decode import decode
from assay.kinds.vehicles.detector import CanIntrusion
from assay.kinds.vehicles.frames import EXTENDED
from assay.kinds.vehicles.normal import Normal
from assay.kinds.vehicles.reader import CanLog, read_frames
from assay.kinds.vehicles.simulate.recording import candump
from assay.kinds.vehicles.watch import watch
from assay.learning import registry

_FEW = 40_000  # frames that the slow ones are timed on


def speed(frames: np.ndarray, normal: Normal, learning: float, cut: int) -> dict[str, Any]:
    """`learning`: CPU seconds that the frames before `cut` took."""
    text = "\n".join(_four_signals(int(i)) for i in normal.ids)
    dbc = parse_dbc(text.encode())
    with tempfile.TemporaryDirectory() as folder:
        path, models = Path(folder) / "drive.log", Path(folder) / "model"
        path.write_text(candump(frames))
        few = Path(folder) / "few.log"
        few.write_text(candump(frames[:_FEW]))
        registry.save(models, {"normal.json": registry.dumps(normal.as_json())}, {"detector": CanIntrusion.name})
        detector = CanIntrusion(models)

        def whole() -> None:
            for batch in CanLog().read(path, reject=lambda _: None):
                detector.examine(batch, Profile((), np.zeros((len(batch), 0))))

        whole()
        n = len(frames)
        told: dict[str, Any] = {
            "read candump": _pace(n, lambda: sum(map(len, read_frames(path, lambda _: None)))),
            "read candump, plain Python": _pace(min(n, _FEW), lambda: _plainly(few)),
            "detect": _pace(n, lambda: watch(frames, normal)),
            "decode four signals an id": _pace(5 * n, lambda: [decode(frames, dbc) for _ in range(5)]),
            "decode four signals an id, plain Python": _pace(n, lambda: _decoded_plainly(frames)),
            "whole file to findings": _pace(n, whole),
            "learn": int((frames["time"] < cut).sum() / max(learning, 1e-9)),
        }
        return told | _peers(frames[:_FEW], few, text)


def _peers(frames: np.ndarray, log: Path, text: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    try:
        import can

        told["read candump, python-can"] = _pace(len(frames), lambda: sum(1 for _ in can.CanutilsLogReader(str(log))))
    except ImportError:
        pass
    try:
        import cantools

        database: Any = cantools.database.load_string(text, "dbc", strict=False)
        rows = [
            (int(i) & ~EXTENDED, int(d).to_bytes(8, "little"))
            for i, d in zip(frames["id"], frames["data"], strict=True)
        ]
        told["decode four signals an id, cantools"] = _pace(
            len(rows), lambda: [database.decode_message(i, d, decode_choices=False) for i, d in rows]
        )
    except ImportError:
        pass
    return told


def _pace(n: int, work: Callable[[], Any]) -> int:
    began = time.process_time()
    work()
    return int(n / max(time.process_time() - began, 1e-9))


def _four_signals(id_: int) -> str:
    return (
        f'BO_ {id_} M{id_}: 8 X\n SG_ A : 7|16@0+ (0.01,0) [0|0] "" X\n SG_ B : 16|12@1- (0.5,-10) [0|0] "" X\n'
        ' SG_ C : 39|8@0+ (1,0) [0|0] "" X\n SG_ D : 48|16@1+ (1,0) [0|0] "" X\n'
    )


def _decoded_plainly(frames: np.ndarray) -> None:
    found: dict[int, list[tuple[float, ...]]] = {}
    for id_, data in zip(frames["id"].tolist(), frames["data"].tolist(), strict=True):
        octets = data.to_bytes(8, "little")
        b = (data >> 16) & 0xFFF
        b = (b - 0x1000 if b & 0x800 else b) * 0.5 - 10
        a, c, d = (octets[0] << 8 | octets[1]) * 0.01, float(octets[4]), float(data >> 48)
        found.setdefault(id_, []).append((a, b, c, d))


def _plainly(path: Path) -> int:
    found = []
    with path.open() as file:
        for line in file:
            at, _, rest = line.split()
            id_, _, data = rest.partition("#")
            found.append((float(at[1:-1]), int(id_, 16), bytes.fromhex(data)))
    return len(found)


__all__ = ["speed"]
