"""From what a line recogniser saw to a zone's text: exact length, the right kind of character in each field, check digits.

`spell` aligns the recogniser's frames with exactly n characters. `decide` weighs, field by field, the likeliest text against
the likeliest one whose check digits all hold; the difference in log-probability, the *gap*, tells a blurred letter (small:
repaired) from a digit that is plainly there and plainly wrong (large: a finding).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from assay.kinds.documents.identity.countries import CODES, known
from assay.kinds.documents.identity.zone import ALLOWED, ALPHABET, FRANCE, Check, Layout, Zone

_N = len(ALPHABET)
_RESIDUE = np.array([i % 10 for i in range(36)] + [0])  # a character's value modulo 10
# Recognisers are surer than they are right: a character they rule out keeps this much.
_FLOOR = 2e-4
# Confused whatever the recogniser says, since some printers' founts hardly tell them apart.
_LOOKALIKE = {"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "G": "6", "B": "8", "T": "7"}
_IMPOSSIBLE = -1e9
_STATES = tuple(sorted(code.ljust(3, "<") for code in CODES))


def spell(log: np.ndarray, length: int, expected: np.ndarray | None = None) -> tuple[float, np.ndarray, np.ndarray]:
    """The likeliest path through `log` float[t, 38] (class 0 blank) that says exactly `length` characters.

    expected: frame at which each character should stand, where known. Returns the path's log-probability (-inf where t is
    too short), the characters' probabilities float[length, 37] and their frames float[length].
    """
    frames = len(log)
    if frames < length or length < 1:
        return -np.inf, np.full((length, _N), 1 / _N), np.zeros(length)
    blank = np.full(length + 1, _IMPOSSIBLE)
    blank[0] = 0.0
    symbol = np.full((length, _N), _IMPOSSIBLE)
    into_blank = np.zeros((frames, length + 1), np.int16)  # -1 from blank, else the character before
    into_symbol = np.zeros((frames, length, _N), np.int16)  # -2 stayed, -1 from blank, else the character before
    late = None
    if expected is not None:
        pitch = max(1.0, (expected[-1] - expected[0]) / max(1, length - 1))
        late = -2.0 * np.maximum(0, np.abs(np.arange(frames)[:, None] - expected[None]) / pitch - 0.35) ** 2
    for t in range(frames):
        best = symbol.argmax(1)
        top = symbol[np.arange(length), best]
        rest = symbol.copy()
        rest[np.arange(length), best] = _IMPOSSIBLE
        second = rest.argmax(1)
        next_second = rest[np.arange(length), second]
        new_blank = blank.copy()
        into_blank[t] = -1
        better = top > new_blank[1:]
        new_blank[1:][better] = top[better]
        into_blank[t, 1:][better] = best[better]
        # A character comes from itself, from the blank before it, or straight from another character.
        other = np.full((length, _N), _IMPOSSIBLE)
        whence = np.zeros((length, _N), np.int16)
        other[1:], whence[1:] = top[:-1, None], best[:-1, None]
        same = np.arange(1, length)
        other[same, best[:-1]], whence[same, best[:-1]] = next_second[:-1], second[:-1]
        choice = np.full((length, _N), -2, np.int16)
        value = symbol.copy()
        from_blank = np.broadcast_to(blank[:-1, None], value.shape)
        for candidate, mark in ((from_blank, np.int16(-1)), (other, whence)):
            better = candidate > value
            value = np.where(better, candidate, value)
            choice = np.where(better, mark, choice)
        into_symbol[t] = choice
        blank = new_blank + log[t, 0]
        symbol = value + log[t, 1:] + (late[t][:, None] if late is not None else 0.0)
    last = int(symbol[-1].argmax())
    ends_blank = blank[-1] >= symbol[-1, last]
    score = float(max(blank[-1], symbol[-1, last]))
    weight = np.zeros((length, frames))
    j, c, in_blank = length - 1, last, bool(ends_blank)
    for t in range(frames - 1, -1, -1):
        if in_blank:
            if into_blank[t, j + 1] >= 0:
                in_blank, c = False, int(into_blank[t, j + 1])
            continue
        weight[j, t] = 1.0
        step = int(into_symbol[t, j, c])
        if step == -1:
            j, in_blank = j - 1, True
        elif step >= 0:
            j, c = j - 1, step
    return score, *_probabilities(log, weight)


def _probabilities(log: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each character's frames, weighed by how little blank is in them."""
    ink = 1 - np.exp(log[:, 0]) + 1e-6
    weight = weight * ink[None]
    total = weight.sum(1, keepdims=True)
    weight = weight / np.maximum(total, 1e-12)
    seen = np.exp(log[:, 1:])
    seen /= seen.sum(1, keepdims=True)
    return weight @ seen, weight @ np.arange(len(log))


def evenly(frames: np.ndarray) -> np.ndarray:
    """Where characters of a fixed pitch should stand, from where most of them were found: a parabola (perspective), fitted
    without the fifth that fits worst."""
    index = np.arange(len(frames))
    use = np.ones(len(frames), bool)
    fitted = frames
    for _ in range(3):
        fitted = np.polyval(np.polyfit(index[use], frames[use], 2), index)
        error = np.abs(fitted - frames)
        use = error <= np.quantile(error, 0.8)
    return np.asarray(fitted, np.float64)


@cache
def _masks() -> dict[str, np.ndarray]:
    return {kind: np.array([c in allowed for c in ALPHABET]) for kind, allowed in ALLOWED.items()}


def typed(seen: np.ndarray, kind: str) -> np.ndarray:
    """Log-probabilities float[37] of a character in a field of this kind: what may not stand there is impossible, and what
    looks like something that may stand there counts for it."""
    mask = _masks()[kind]
    p = seen * (1 - _N * _FLOOR) + _FLOOR
    allowed = np.where(mask, p, 0.0)
    for letter, digit in _LOOKALIKE.items():
        a, b = ALPHABET.index(letter), ALPHABET.index(digit)
        if mask[b] and not mask[a]:
            allowed[b] += p[a]
        elif mask[a] and not mask[b] and letter in "OISZBGDT":
            allowed[a] += p[b] / 2
    if kind == "mixed":  # both may stand there, and not every fount tells them apart
        for letter, digit in _LOOKALIKE.items():
            a, b, share = ALPHABET.index(letter), ALPHABET.index(digit), 0.06 if letter in "OI" else 0.01
            allowed[a], allowed[b] = allowed[a] + share * p[b], allowed[b] + share * p[a]
    total = allowed.sum()
    return np.where(mask, np.log(np.maximum(allowed, 1e-12) / max(total, 1e-12)), _IMPOSSIBLE)


def alien(seen: np.ndarray, kind: str) -> float:
    """The probability that a character stands where its kind may not, look-alikes aside."""
    mask = _masks()[kind].copy()
    for letter, digit in _LOOKALIKE.items():
        a, b = ALPHABET.index(letter), ALPHABET.index(digit)
        mask[a], mask[b] = mask[a] or mask[b], mask[b] or mask[a]
    return float(seen[~mask].sum())


@dataclass(frozen=True)
class Decided:
    """zone: as printed, as far as can be told; mended: the likeliest with every check digit right, None where there is none.

    gap: log-probability (nats) that separates the two, 0 where they are one; gaps: the same for each check digit alone, only
    those over 0; sure: the probability of each character of `zone`, by line.
    """

    zone: Zone
    mended: Zone | None
    gap: float
    gaps: dict[str, float]
    sure: tuple[np.ndarray, ...]


def decide(layout: Layout, seen: Sequence[np.ndarray]) -> Decided:
    """`seen`: float[width, 37] for each line."""
    log = [
        np.stack([typed(row[place], layout.field_at(line, place).kind) for place in range(layout.width)])
        for line, row in enumerate(seen)
    ]
    plain = _with_states(layout, ["".join(ALPHABET[i] for i in row.argmax(1)) for row in log], log)
    zone = Zone(layout, plain)
    sure = tuple(np.exp(row.max(1)) for row in log)
    variants = [layout, *_long_variants(zone)]
    best = max((_consistent(v, log) for v in variants), key=lambda found: found[0])
    gap = -best[0]
    mended = Zone(layout, _with_states(layout, best[1], log)) if best[0] > _IMPOSSIBLE / 2 else None
    gaps: dict[str, float] = {}
    if gap > 1e-9:
        for check in layout.checks:
            single = max(_single(v, check.of, log) for v in variants)
            if single < -1e-9:
                gaps[check.of] = -single
    return Decided(zone, mended, max(0.0, gap), gaps, sure)


_ONE_LETTER = 4.5  # nats: a state's code with one unclear letter is taken for the code it nearly is


def _with_states(layout: Layout, lines: Sequence[str], log: Sequence[np.ndarray]) -> list[str]:
    """Codes of states that are none as the likeliest that is one, where that is nearly as likely. No check digit covers
    them, but in the French card."""
    rows = list(lines)
    for f in layout.fields:
        if f.kind != "country" or layout is FRANCE or known(rows[f.line][f.start : f.stop]):
            continue
        row = log[f.line][f.start : f.stop]
        scores = {code: sum(float(row[i][ALPHABET.index(c)]) for i, c in enumerate(code)) for code in _STATES}
        best = max(scores, key=lambda code: scores[code])
        if float(row.max(1).sum()) - scores[best] < _ONE_LETTER:
            rows[f.line] = rows[f.line][: f.start] + best + rows[f.line][f.stop :]
    return rows


def _long_variants(zone: Zone) -> list[Layout]:
    """The layout with a number check over more than nine characters, for each length it might have."""
    where = {"TD1": (0, 15, 30), "TD2": (1, 28, 35)}.get(zone.layout.name)
    if where is None or zone.raw("number check") != "<":
        return []
    line, start, stop = where
    spread = [c for c in zone.layout.checks if c.of != "number"]
    number = next(c for c in zone.layout.checks if c.of == "number")
    return [
        replace(zone.layout, checks=(Check("number", (*number.spans, (line, start, at)), line, at), *spread))
        for at in range(start + 1, stop)
        if at + 1 == stop or zone.lines[line][at + 1] == "<"
    ]


def _positions(check: Check) -> list[tuple[int, int]]:
    return [(line, place) for line, start, stop in check.spans for place in range(start, stop)]


def _fixed(layout: Layout) -> dict[tuple[int, int], str]:
    """What stands where a check digit of a long number does not."""
    number = next(c for c in layout.checks if c.of == "number")
    first = number.spans[0]
    if len(number.spans) == 1:
        return {}
    fixed = {(first[0], first[2]): "<"}
    if number.place + 1 < layout.field_at(number.line, number.place).stop:
        fixed[number.line, number.place + 1] = "<"
    return fixed


def _single(layout: Layout, of: str, log: Sequence[np.ndarray]) -> float:
    """Log-probability lost (at most 0) by making one check digit of `layout` right."""
    check = next(c for c in layout.checks if c.of == of)
    fixed = _fixed(layout) if of == "number" else {}
    return _walk(_steps((check,), None), log, fixed)[0]


def _consistent(layout: Layout, log: Sequence[np.ndarray]) -> tuple[float, list[str]]:
    """The log-probability lost (at most 0) by making every check digit of `layout` right, and the likeliest such text."""
    rows = [[ALPHABET[i] for i in row.argmax(1)] for row in log]
    composite = next((c for c in layout.checks if c.of == "composite"), None)
    inner = tuple(c for c in layout.checks if c.of != "composite")
    lost, fixed = 0.0, _fixed(layout)
    for steps in [_steps(inner, composite)] if composite else [_steps((check,), None) for check in inner]:
        more, said = _walk(steps, log, fixed)
        lost += more
        for step, c in zip(steps, said, strict=True):
            rows[step.line][step.place] = c
    return lost, ["".join(row) for row in rows]


@dataclass(frozen=True)
class _Step:
    """One character on the walk: its weights in the field's sum and in the composite's, and the sum it must equal if it is
    a check digit."""

    line: int
    place: int
    field: int = 0
    whole: int = 0
    equals: str = ""  # "field" or "whole"
    may_be_empty: bool = False


def _steps(inner: Sequence[Check], composite: Check | None) -> list[_Step]:
    """The characters in order, a field's check digit right behind it, the composite's last."""
    weights = (7, 3, 1)
    field = {at: weights[i % 3] for check in inner for i, at in enumerate(_positions(check))}
    digits = {(check.line, check.place): check for check in inner}
    over = _positions(composite) if composite else [at for c in inner for at in (*_positions(c), (c.line, c.place))]
    steps = []
    for i, at in enumerate(over):
        check = digits.get(at)
        whole = weights[i % 3] if composite else 0
        empty = check is not None and check.may_be_empty
        steps.append(_Step(*at, 0 if check else field.get(at, 0), whole, "field" if check else "", empty))
    if composite:
        steps.append(_Step(composite.line, composite.place, equals="whole"))
    return steps


def _walk(steps: Sequence[_Step], log: Sequence[np.ndarray], fixed: dict[tuple[int, int], str]) -> tuple[float, str]:
    """Viterbi over the characters; the state is the two running sums modulo 10. Exact: no text with these check digits right
    is likelier. Returns what it loses against the likeliest text of all (at most 0), and the text."""
    sums = np.arange(100)
    field, whole = sums // 10, sums % 10
    score = np.full(100, _IMPOSSIBLE)
    score[0] = 0.0
    back: list[tuple[np.ndarray, np.ndarray]] = []
    for step in steps:
        row = log[step.line][step.place] - log[step.line][step.place].max()
        only = fixed.get((step.line, step.place))
        if only is not None:
            row = np.where(np.arange(_N) == ALPHABET.index(only), row, _IMPOSSIBLE)
        if step.equals:
            options = [(v, v) for v in range(10)] + ([(0, 36)] if step.may_be_empty else [])
        else:
            options = [(v, int(np.where(v == _RESIDUE, row, 2 * _IMPOSSIBLE).argmax())) for v in range(10)]
        new, before, said = np.full(100, _IMPOSSIBLE), np.zeros(100, np.int16), np.zeros(100, np.int16)
        for v, c in options:
            come = sums[(field if step.equals == "field" else whole) == v] if step.equals else sums
            to = (field[come] + step.field * v) % 10 * 10 + (whole[come] + step.whole * v) % 10
            if step.equals == "field":
                to %= 10  # the next field begins at 0
            better = score[come] + row[c] > new[to]
            to, come = to[better], come[better]
            new[to], before[to], said[to] = score[come] + row[c], come, c
        score = new
        back.append((before, said))
    at = int(score.argmax())
    lost, text = float(score[at]), []
    for before, said in reversed(back):
        text.append(ALPHABET[said[at]])
        at = int(before[at])
    return lost, "".join(reversed(text))
