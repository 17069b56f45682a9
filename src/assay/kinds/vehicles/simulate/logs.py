"""`assay simulate bus`: logs of one made-up car: clean ones to learn from and to be silent on, and one of each attack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from assay.core.errors import InvalidSetting
from assay.kinds.vehicles.fields import Field
from assay.kinds.vehicles.forge import KINDS, forge
from assay.kinds.vehicles.frames import FRAME
from assay.kinds.vehicles.simulate.bus import Platform, traffic
from assay.kinds.vehicles.simulate.recording import candump

_ATTACKED = 60.0  # seconds of a log with an attack in its midst
_SENT = {"flood": 400, "fuzzing": 7_000, "injection": 20_000}  # microseconds between inserted frames


def simulate(seed: int = 7, *, minutes: float = 10.0) -> Iterator[dict[str, Any]]:
    """`clean.log` and `drive.log` of so many minutes, and a log of a minute for each attack, from second 30 to 35. Raises `InvalidSetting`
    for no time or more than ten hours."""
    if not 1 <= minutes <= 600:
        raise InvalidSetting("a drive takes 1 to 600 minutes", where="minutes")
    platform = Platform.draw(np.random.default_rng([seed, 0]))
    for number, name in enumerate(("clean", "drive")):
        whole = traffic(platform, 60 * minutes, np.random.default_rng([seed, 1, number]))
        yield {"file": f"{name}.log", "content": candump(whole).encode(), "label": "genuine", "ids": ""}
    often = [s for s in platform.sent if 0 < s.period <= 100_000 and s.carried and not s.bursts]
    for number, attack in enumerate((*_SENT, *KINDS)):
        rng = np.random.default_rng([seed, 2, number])
        whole = traffic(platform, _ATTACKED, rng)
        victim = often[int(rng.integers(len(often)))]
        signal = max(victim.carried, key=lambda c: c.field.length).field
        made, ids = _attacked(whole, attack, victim.id, signal, rng)
        yield {
            "file": f"{attack}.log",
            "content": candump(made).encode(),
            "label": attack,
            "ids": " ".join(f"{i:03X}" for i in ids),
        }


def _attacked(
    whole: np.ndarray, attack: str, id_: int, signal: Field, rng: np.random.Generator
) -> tuple[np.ndarray, tuple[int, ...]]:
    start = int(whole["time"][0]) + 30_000_000
    if attack in KINDS:
        told = forge(whole, attack, (id_, signal), start, rng)
        return told.frames, told.ids
    extra = np.zeros(5_000_000 // _SENT[attack], FRAME)
    extra["time"], extra["length"] = start + _SENT[attack] * np.arange(len(extra)), 8
    extra["data"] = rng.integers(0, 1 << 62, len(extra))
    extra["id"] = {"flood": 0, "injection": id_}.get(attack, rng.integers(0, 0x800, len(extra)))
    made = np.concatenate([whole, extra])
    return made[np.argsort(made["time"], kind="stable")], (() if attack == "fuzzing" else (int(extra["id"][0]),))


__all__ = ["simulate"]
