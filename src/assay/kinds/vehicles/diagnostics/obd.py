"""OBD-II (SAE J1979, ISO 15031-5): answers of mode 01, and of UDS where it asks for the same (SAE J1979-2), as values with their
units."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from assay.kinds.vehicles.diagnostics.isotp import Said


class Pid(NamedTuple):
    """`size` bytes; `value` of them."""

    name: str
    unit: str
    size: int
    value: Callable[[bytes], float]


def _byte(scale: float, offset: float = 0.0) -> Callable[[bytes], float]:
    return lambda b: b[0] * scale + offset


def _word(scale: float, offset: float = 0.0) -> Callable[[bytes], float]:
    return lambda b: (b[0] << 8 | b[1]) * scale + offset


PIDS: dict[int, Pid] = {
    0x04: Pid("engine load", "%", 1, _byte(100 / 255)),
    0x05: Pid("coolant temperature", "°C", 1, _byte(1, -40)),
    0x06: Pid("short-term fuel trim, bank 1", "%", 1, _byte(100 / 128, -100)),
    0x07: Pid("long-term fuel trim, bank 1", "%", 1, _byte(100 / 128, -100)),
    0x0A: Pid("fuel pressure", "kPa", 1, _byte(3)),
    0x0B: Pid("manifold pressure", "kPa", 1, _byte(1)),
    0x0C: Pid("engine speed", "1/min", 2, _word(0.25)),
    0x0D: Pid("vehicle speed", "km/h", 1, _byte(1)),
    0x0E: Pid("timing advance", "°", 1, _byte(0.5, -64)),
    0x0F: Pid("intake temperature", "°C", 1, _byte(1, -40)),
    0x10: Pid("air flow", "g/s", 2, _word(0.01)),
    0x11: Pid("throttle", "%", 1, _byte(100 / 255)),
    0x1F: Pid("time since start", "s", 2, _word(1)),
    0x21: Pid("distance with fault", "km", 2, _word(1)),
    0x2F: Pid("fuel level", "%", 1, _byte(100 / 255)),
    0x31: Pid("distance since codes cleared", "km", 2, _word(1)),
    0x33: Pid("barometric pressure", "kPa", 1, _byte(1)),
    0x42: Pid("module voltage", "V", 2, _word(0.001)),
    0x46: Pid("ambient temperature", "°C", 1, _byte(1, -40)),
    0x49: Pid("pedal D", "%", 1, _byte(100 / 255)),
    0x5B: Pid("hybrid battery", "%", 1, _byte(100 / 255)),
    0x5C: Pid("oil temperature", "°C", 1, _byte(1, -40)),
    0x5E: Pid("fuel rate", "l/h", 2, _word(0.05)),
    0xA6: Pid("odometer", "km", 4, lambda b: int.from_bytes(b[:4], "big") * 0.1),
}


_MARKS = {0x41: b"", 0x62: b"\xf4"}  # what stands before a PID in an answer of mode 01, or to ReadDataByIdentifier


class Values(NamedTuple):
    """Microseconds int64[n] and values float64[n] of one PID."""

    time: np.ndarray
    value: np.ndarray


def answers(said: Iterable[Said]) -> dict[int, Values]:
    """PID -> its values, of ISO-TP messages; of an answer with several PIDs all whose size is known are taken."""
    found: dict[int, list[tuple[int, float]]] = {}
    for one in said:
        mark = _MARKS.get(one.payload[0])
        if mark is None:
            continue
        rest = one.payload[1:]
        while rest.startswith(mark) and (pid := PIDS.get((rest + b"\xff\xff")[len(mark)])) is not None:
            value = rest[len(mark) + 1 : len(mark) + 1 + pid.size]
            if len(value) < pid.size:
                break
            found.setdefault(rest[len(mark)], []).append((one.time, pid.value(value)))
            rest = rest[len(mark) + 1 + pid.size :]
    return {
        pid: Values(np.array([t for t, _ in rows], np.int64), np.array([v for _, v in rows]))
        for pid, rows in found.items()
    }


__all__ = ["PIDS", "Pid", "Values", "answers"]
