"""DBC files: which signal lies where in which message.

The parser is tolerant: it takes what is sound, and says of each thing that it mended or left out what and in which line.
Read are messages, signals (plain, multiplexed, multiplexers of multiplexers) and float marks; comments, attributes and value
tables are passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from assay.core.errors import UnreadableInput
from assay.kinds.vehicles.frames import EXTENDED

MOST_BYTES = 1 << 24
MOST_MESSAGES, MOST_SIGNALS = 20_000, 200_000
MOST_REPAIRS = 1000
_LONGEST = 100_000  # characters of a line
_MESSAGE = re.compile(r"BO_\s+(\d{1,10})\s+([^\s:]+)\s*:\s*(\d{1,4})\b")
_SIGNAL = re.compile(
    r"SG_\s+([^\s:]+)\s*(M|m\d{1,6}M?)?\s*:\s*(\d{1,4})\|(\d{1,4})@([01])([+-])\s*\(\s*([^,\s]{1,40})\s*,\s*([^)\s]{1,40})\s*\)"
    r'(?:\s*\[[^\]]{0,100}\]\s*"([^"]{0,60})")?'
)
_CHOICE = re.compile(r"SG_MUL_VAL_\s+(\d{1,10})\s+(\S+)\s+(\S+)\s+([\d\s,-]{1,2000});")
_FLOAT = re.compile(r"SIG_VALTYPE_\s+(\d{1,10})\s+(\S+)\s*:?\s*([12])\s*;")
_INDEPENDENT = 0xC0000000  # Vector's own message of signals that belong to none


@dataclass(frozen=True)
class Signal:
    """`start` and `length` in bits, as the file says them. `multiplexer`: it chooses others. `selects`: ranges of values of
    the one named `chooser` at which it is there; empty where always."""

    name: str
    start: int
    length: int
    little: bool
    signed: bool
    scale: float
    offset: float
    unit: str = ""
    multiplexer: bool = False
    chooser: str = ""
    selects: tuple[tuple[int, int], ...] = ()
    real: bool = False


@dataclass
class Message:
    """`id` with bit 31 where it is of 29 bits, as in frames; `length` bytes."""

    id: int
    name: str
    length: int
    signals: list[Signal] = field(default_factory=list)


class Repair(NamedTuple):
    line: int
    what: str


class Dbc(NamedTuple):
    """`messages` by id."""

    messages: dict[int, Message]
    repairs: list[Repair]


def parse_dbc(content: bytes) -> Dbc:
    """Any bytes give what is sound in them; `UnreadableInput` only where there are too many of them."""
    if len(content) > MOST_BYTES:
        raise UnreadableInput("the DBC is too large")
    messages: dict[int, Message] = {}
    repairs: list[Repair] = []
    current: Message | None = None
    signals = 0

    def mend(line: int, what: str) -> None:
        if len(repairs) < MOST_REPAIRS:
            repairs.append(Repair(line, what))

    for number, raw in enumerate(content.decode("utf-8-sig", "replace").split("\n"), 1):
        line = raw[:_LONGEST].strip()
        if line.startswith("BO_ "):
            current = None
            found = _MESSAGE.match(line)
            if found is None or len(messages) >= MOST_MESSAGES:
                mend(number, "a message that cannot be read is left out")
                continue
            id_ = int(found[1])
            if id_ == _INDEPENDENT:
                continue
            if id_ > 0x7FF and not id_ & EXTENDED:
                mend(number, "an id of 29 bits without its mark")
                id_ |= EXTENDED
            if id_ & ~EXTENDED > 0x1FFFFFFF:
                mend(number, "an id of more than 29 bits is cut to them")
                id_ = EXTENDED | (id_ & 0x1FFFFFFF)
            name = _named(found[2], number, mend)
            if id_ in messages:
                mend(number, f"the second message of one id, {name}, is left out")
                continue
            current = messages[id_] = Message(id_, name, min(int(found[3]), 1785))
        elif line.startswith("SG_ ") and current is not None:
            made = _signal(line, current, number, mend) if signals < MOST_SIGNALS else None
            if made is not None:
                current.signals.append(made)
                signals += 1
        elif line.startswith("SIG_VALTYPE_") and (found := _FLOAT.match(line)):
            id_ = int(found[1])
            whose = messages.get(id_) or messages.get(id_ | EXTENDED)
            if whose is not None:
                whose.signals = [_real(s) if s.name == found[2] and s.length in (32, 64) else s for s in whose.signals]
        elif line.startswith("SG_MUL_VAL_") and (found := _CHOICE.match(line)):
            id_ = int(found[1])
            whose = messages.get(id_) or messages.get(id_ | EXTENDED)
            if whose is None or not _chosen(whose, found[2], found[3], found[4]):
                mend(number, "a choice between signals that are not there")
        elif line.startswith('CM_ "IMPORT '):
            mend(number, "another file that this one builds on is not read with it")
        elif line.startswith("VAL_ "):
            told = line.split(None, 2)[1]
            if told.isdigit() and len(told) < 11 and not {int(told), int(told) | EXTENDED} & messages.keys():
                mend(number, "names of values of a message that is not there")
    for message in messages.values():
        _choosers(message)
    return Dbc(messages, repairs)


def _chosen(message: Message, name: str, chooser: str, ranges: str) -> bool:
    """Gives a signal the ranges of its multiplexer's values; False where one of the two is not there."""
    names = {s.name for s in message.signals}
    told = [part.strip().partition("-") for part in ranges.split(",") if part.strip()]
    try:
        selects = tuple((int(low), int(high or low)) for low, _, high in told)
    except ValueError:
        return False
    if not {name, chooser} <= names or name == chooser:
        return False
    message.signals = [
        replace(s, chooser=chooser, selects=selects) if s.name == name
        else replace(s, multiplexer=True) if s.name == chooser else s
        for s in message.signals
    ]  # fmt: skip
    return True


def _choosers(message: Message) -> None:
    """Names the multiplexer of those that only say a value: the one that is always there."""
    root = next((s.name for s in message.signals if s.multiplexer and not s.selects), "")
    message.signals = [replace(s, chooser=root) if s.selects and not s.chooser else s for s in message.signals]


def _named(name: str, number: int, mend) -> str:  # type: ignore[no-untyped-def]
    if name[0].isdigit():
        mend(number, f"the name {name[:60]} begins with a digit")
    return name[:128]


def _signal(line: str, message: Message, number: int, mend) -> Signal | None:  # type: ignore[no-untyped-def]
    found = _SIGNAL.match(line)
    try:
        if found is None:
            raise ValueError
        scale, offset = float(found[7]), float(found[8])
        if not (np.isfinite(scale) and np.isfinite(offset)):
            raise ValueError
    except ValueError:
        mend(number, "a signal that cannot be read is left out")
        return None
    name, start, length, little = _named(found[1], number, mend), int(found[3]), int(found[4]), found[5] == "1"
    first = start if little else 8 * (start // 8) + 7 - start % 8
    if not 0 < length <= 64 or first + length > 8 * max(message.length, 8):
        mend(number, f"the signal {name[:60]} does not fit into its message and is left out")
        return None
    if any(other.name == name for other in message.signals):
        mend(number, f"the second signal {name[:60]} of one message is left out")
        return None
    mark = found[2] or ""
    value = int(mark[1:].rstrip("M")) if mark.startswith("m") else -1
    selects = ((value, value),) if value >= 0 else ()
    return Signal(
        name, start, length, little, found[6] == "-", scale, offset, found[9] or "", mark.endswith("M"), "", selects
    )


def _real(signal: Signal) -> Signal:
    return replace(signal, real=True)


def last_bit(signal: Signal) -> int:
    """How many bits of a payload a signal needs."""
    first = signal.start if signal.little else 8 * (signal.start // 8) + 7 - signal.start % 8
    return first + signal.length


__all__ = ["Dbc", "Message", "Repair", "Signal", "last_bit", "parse_dbc"]
