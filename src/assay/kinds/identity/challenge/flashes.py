"""Does the face answer the colours that the screen showed? The light on the skin, interval by interval, is compared with the
colours in their order; every other order that could have been asked is compared too, so that how well the right one does can
be said as a chance: the share of orders that do at least as well. Nothing about camera, skin or room needs to be known.

The background is the control. A face near the screen answers more than the wall behind; a flat picture and what is printed
round it answer alike; what was recorded before, or is fed in, answers not at all, or to another order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np

from assay.kinds.identity.challenge.plan import COLOURS, Colour, Plan
from assay.kinds.identity.evidence import Prompt

_LIGHT = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "white": (1, 1, 1)}
_LAGS = (0.05, 0.15, 0.25, 0.35)  # seconds from script to screen, camera and canvas
SURE = 0.02  # chance below which the answer is to these colours and no others
_STRONG = 0.6  # likeness below which nothing was answered, whatever the chance
_ALIKE = 0.8  # of the skin's strength: a background that answers so much answers alike
_DARK, _BRIGHT = 0.004, 0.9  # linear light on the skin beyond which nothing can be read


class Flashed(NamedTuple):
    """`likeness` -1..1 of the skin's light to the colours shown; `chance` 0..1 that an order drawn blindly does as well;
    `other`: the best likeness to any other order; `strength`: the skin's answer as a share of its light; `beside`: the
    background's share of that strength; `dark`, `bright`: nothing can be read."""

    likeness: float
    chance: float
    other: float
    strength: float
    beside: float
    dark: bool = False
    bright: bool = False

    @property
    def answered(self) -> bool:
        return self.chance <= SURE and self.likeness >= _STRONG

    @property
    def alike(self) -> bool:
        """Does the background answer as much as the face?"""
        return self.answered and self.beside >= _ALIKE

    @property
    def another(self) -> bool:
        """Does the face answer, plainly, another order than the one shown?"""
        return not self.answered and self.other >= 0.9 and self.likeness < 0.4 and self.strength > 0.05


def flashed(
    plan: Plan, prompts: Sequence[Prompt], at: np.ndarray, skin: np.ndarray, ground: np.ndarray
) -> Flashed | None:
    """`at` seconds, `skin` and `ground` float64[n, 3] linear light; None where the colours were not shown as planned, or too
    few frames show a face meanwhile."""
    shown = [(p.name, p.at / 1000) for p in prompts if p.name in COLOURS]
    if not plan.flashes or [name for name, _ in shown] != list(plan.flashes):
        return None
    starts = np.array([start for _, start in shown])
    length = plan.flash / 1000
    if (np.diff(starts) < 0.7 * length).any() or (np.diff(starts) > 3 * length + 0.5).any():
        return None
    best: Flashed | None = None
    for lag in _LAGS:
        lit = _by_interval(at, skin, starts + lag, length)
        if lit is None:
            continue
        found = _judged(plan.flashes, lit, _by_interval(at, ground, starts + lag, length))
        if best is None or found.likeness > best.likeness:
            best = found
    if best is None:
        return None
    # The best of several lags was taken: the chance is of any of them (Bonferroni).
    return best._replace(chance=min(1.0, best.chance * len(_LAGS)))


def _by_interval(at: np.ndarray, light: np.ndarray, starts: np.ndarray, length: float) -> np.ndarray | None:
    """float64[colours, 3]: mean light of each interval; None where one has no frame."""
    out = np.empty((len(starts), 3))
    known = np.isfinite(light[:, 0])
    for k, start in enumerate(starts):
        inside = known & (at >= start) & (at < start + length)
        if not inside.any():
            return None
        out[k] = light[inside].mean(0)
    return out


def _judged(colours: Sequence[Colour], skin: np.ndarray, ground: np.ndarray | None) -> Flashed:
    level = float(np.median(skin.mean(1)))
    dark, bright = level < _DARK, level > _BRIGHT
    answer = _relative(skin)
    strength = float(np.sqrt((answer**2).mean()))
    scores, orders = _likeness(answer), _orders(len(colours))
    own = orders.index(tuple(colours))
    likeness = float(scores[own])
    others = np.delete(scores, own)
    chance = float((1 + (others >= likeness - 1e-12).sum()) / len(scores))
    beside = float("nan")
    if ground is not None and np.isfinite(ground).all() and strength > 0:
        # The strength of the background's answer to these colours, beside that of the skin's
        design = _design(len(colours))[own]
        beside = float(abs((_relative(ground) * design).sum()) / max(abs((answer * design).sum()), 1e-12))
    return Flashed(likeness, chance, float(others.max()), strength, beside, dark, bright)


def _relative(light: np.ndarray) -> np.ndarray:
    """Each channel as a share of its own mean, about zero."""
    mean = np.maximum(light.mean(0), 1e-6)
    return np.asarray(light / mean - 1)


def _likeness(answer: np.ndarray) -> np.ndarray:
    """float64[orders]: cosine of the answer with what each order would give."""
    designs = _design(len(answer))
    norm = np.sqrt((answer**2).sum()) * np.sqrt((designs**2).sum((1, 2)))
    return np.asarray(np.einsum("okc,kc->o", designs, answer) / np.maximum(norm, 1e-12))


@cache
def _orders(length: int) -> list[tuple[Colour, ...]]:
    """Every order of so many colours without an immediate repeat."""
    found = product(COLOURS, repeat=length)
    return [order for order in found if all(a != b for a, b in pairwise(order))]


@cache
def _design(length: int) -> np.ndarray:
    """float64[orders, length, 3]: the screen's light in each interval, about zero."""
    light = np.array([[_LIGHT[colour] for colour in order] for order in _orders(length)], np.float64)
    return np.asarray(light - light.mean(1, keepdims=True))
