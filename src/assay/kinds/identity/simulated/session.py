"""Sessions before a simulated camera: a person who does what is asked, and attacks that do something else. Each is what the
detectors read (meshes, light, times), so nothing here says anything about finding faces in pictures.

A *bona fide* person reacts after .35 to 1.6 s, turns 22 to 45 degrees, blinks now and then, shakes a little; one in eight sits
in light so bright that the screen does not show on the skin. The species of attack:
`print` a sheet that is tilted and moved; `replay` a recording of somebody who answered another challenge; `wrong-order` the
right actions, in another order; `cycle` a recording that goes through all actions again and again; `still` a photograph fed in;
`puppet` a picture animated in real time: it obeys, but no light of the screen falls on it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from assay.kinds.identity.challenge.plan import ACTIONS, Action, Plan, draw
from assay.kinds.identity.challenge.watched import Watched
from assay.kinds.identity.evidence import Prompt
from assay.kinds.identity.simulated.head import points, seen

BONA_FIDE = "bona-fide"
ATTACKS = ("print", "replay", "wrong-order", "cycle", "still", "puppet")
SETTLE, TAIL, EVERY = 0.8, 0.4, 0.14  # seconds
_PAPER = 0.32  # of a sheet's tilt that the mesh takes for a turn of the head (measured on tilted photographs)
_SCREEN = {"red": (1.0, 0.1, 0.1), "green": (0.1, 1.0, 0.1), "blue": (0.1, 0.1, 1.0), "white": (1.0, 1.0, 1.0)}


class Session(NamedTuple):
    """`species` is `BONA_FIDE` or one of `ATTACKS`."""

    species: str
    plan: Plan
    prompts: tuple[Prompt, ...]
    watched: Watched


class Motion(NamedTuple):
    """An action that somebody makes: seconds from the first frame, how far (1 = plainly)."""

    action: Action
    begins: float
    lasts: float
    much: float


def session(species: str, seed: int) -> Session:
    """The same seed gives the same session."""
    chance, rng = random.Random(seed), np.random.default_rng(seed)  # noqa: S311 - a simulation
    plan = draw("simulated", 1_767_225_600_000_000, chance=chance)
    prompts = schedule(plan)
    asked = [p.at / 1000 for p in prompts if p.name in ACTIONS]
    length = prompts[-1].at / 1000 + plan.flash / 1000 + TAIL
    at = np.arange(0.0, length, EVERY) + rng.uniform(0, 0.02, len(np.arange(0.0, length, EVERY)))
    motions = _MOTIONS[species](plan, asked, rng)
    flashes = [p for p in prompts if p.name in _SCREEN]
    strength, beside = _answer(species, rng)
    shown = [(p.name, p.at / 1000) for p in flashes]
    if species in ("replay", "wrong-order", "cycle"):  # the recording holds the colours of its own challenge
        other = draw("simulated", 0, chance=chance)
        shown = list(zip(other.flashes, [start for _, start in shown], strict=True))
    light = _light(at, shown, plan.flash / 1000, rng)
    skin = np.array([0.3, 0.2, 0.16]) * (1 + strength * light) * rng.normal(1, 0.006, (len(at), 3))
    ground = np.array([0.1, 0.1, 0.1]) * (1 + strength * beside * light) * rng.normal(1, 0.01, (len(at), 3))
    meshes = faces(at, motions, rng, flat=species == "print", frozen=species == "still")
    none = np.zeros(len(at), bool)
    return Session(species, plan, prompts, Watched(at, np.arange(len(at)), meshes, skin, ground, (), none))


def schedule(plan: Plan) -> tuple[Prompt, ...]:
    """When the page asks for what."""
    out, now = [], SETTLE * 1000.0
    for action in plan.actions:
        now += plan.rest
        out.append(Prompt(name=action, at=now))
        now += plan.hold
    now += plan.rest
    for colour in plan.flashes:
        out.append(Prompt(name=colour, at=now))
        now += plan.flash
    return tuple(out)


def faces(
    at: np.ndarray, motions: Sequence[Motion], rng: np.random.Generator, *, flat: bool = False, frozen: bool = False
) -> np.ndarray:
    """float32[n, 468, 3]: the head as it moves."""
    size = {"turn-left": 30.0, "turn-right": -30.0, "look-up": 17.0, "look-down": -17.0}
    much = {action: np.zeros(len(at)) for action in ACTIONS}
    for motion in motions:
        rise = np.clip((at - motion.begins) / 0.35, 0, 1) * np.clip((motion.begins + motion.lasts - at) / 0.35, 0, 1)
        much[motion.action] = np.maximum(much[motion.action], motion.much * rise)
    share = _PAPER if flat else 1.0
    yaw = share * (size["turn-left"] * much["turn-left"] + size["turn-right"] * much["turn-right"])
    pitch = share * (size["look-up"] * much["look-up"] + size["look-down"] * much["look-down"])
    eyes = 1 - 0.85 * (0 if flat else much["blink"]) * np.ones(len(at))
    mouth = 0.6 * (0 if flat else much["open-mouth"]) * np.ones(len(at))
    still = 0.0 if frozen else 1.0
    sway = np.cumsum(rng.normal(0, 0.0006, (len(at), 2)), 0) * still
    out = np.empty((len(at), 468, 3), np.float32)
    for i in range(len(at)):
        wobble = rng.normal(0, 0.8 * still, 3)
        mesh = seen(
            points(float(eyes[i]), float(mouth[i])),
            yaw[i] + wobble[0],
            pitch[i] + wobble[1],
            wobble[2],
            shift=tuple(sway[i]),
        )
        out[i] = mesh + rng.normal(0, 0.25 * still, mesh.shape)
    return out


def _light(at: np.ndarray, shown: Sequence[tuple[str, float]], length: float, rng: np.random.Generator) -> np.ndarray:
    """float64[n, 3]: the screen's light as a camera sees it, a little late."""
    out, lag = np.zeros((len(at), 3)), rng.uniform(0.08, 0.22)
    for name, start in shown:
        out[(at >= start + lag) & (at < start + lag + length)] = _SCREEN[name]
    return out


def _answer(species: str, rng: np.random.Generator) -> tuple[float, float]:
    """How much light of the screen falls on the skin, as a share of what is there; and on the background beside that."""
    if species == BONA_FIDE:
        return (0.0 if rng.random() < 0.125 else float(rng.uniform(0.04, 0.3))), float(rng.uniform(0.05, 0.5))
    if species == "print":
        return float(rng.uniform(0.04, 0.3)), float(rng.uniform(0.9, 1.1))
    if species in ("replay", "wrong-order", "cycle"):
        return float(rng.uniform(0.04, 0.3)), float(rng.uniform(0.05, 0.5))
    return 0.0, 0.0


def _blinks(until: float, rng: np.random.Generator) -> list[Motion]:
    """Eyes blink by themselves some fifteen times a minute, for a fifth of a second."""
    starts = np.cumsum(rng.exponential(4.0, 12))
    return [Motion("blink", float(t), 0.42, 1.0) for t in starts if t < until]


def _obeys(plan: Plan, asked: Sequence[float], rng: np.random.Generator) -> list[Motion]:
    done = [
        Motion(
            action, start + float(rng.uniform(0.35, 1.6)), float(rng.uniform(1.1, 1.8)), float(rng.uniform(0.75, 1.5))
        )
        for action, start in zip(plan.actions, asked, strict=True)
    ]
    return done + _blinks(asked[-1] + 6, rng)


def _other_order(plan: Plan, asked: Sequence[float], rng: np.random.Generator) -> list[Motion]:
    """The same actions, moved on by one."""
    actions = (*plan.actions[1:], plan.actions[0])
    done = [Motion(a, start + float(rng.uniform(0.35, 1.4)), 1.4, 1.2) for a, start in zip(actions, asked, strict=True)]
    return done + _blinks(asked[-1] + 6, rng)


def _replays(plan: Plan, asked: Sequence[float], rng: np.random.Generator) -> list[Motion]:
    """Another challenge's actions, at that challenge's times."""
    other = random.Random(int(rng.integers(1 << 30)))  # noqa: S311 - a simulation
    actions: list[Action] = [other.choice(ACTIONS) for _ in asked]
    late = float(rng.uniform(-0.8, 0.8))
    return [Motion(a, start + late + 0.8, 1.4, 1.2) for a, start in zip(actions, asked, strict=True)] + _blinks(16, rng)


def _cycles(plan: Plan, asked: Sequence[float], rng: np.random.Generator) -> list[Motion]:
    order = list(ACTIONS)
    rng.shuffle(order)
    begins = float(rng.uniform(0, 2))
    return [Motion(order[k % len(order)], begins + 1.1 * k, 0.9, 1.2) for k in range(14)]


def _nothing(plan: Plan, asked: Sequence[float], rng: np.random.Generator) -> list[Motion]:
    return []


_MOTIONS: dict[str, Callable[[Plan, Sequence[float], np.random.Generator], list[Motion]]] = {
    BONA_FIDE: _obeys, "print": _obeys, "replay": _replays, "wrong-order": _other_order, "cycle": _cycles,
    "still": _nothing, "puppet": _obeys,
}  # fmt: skip
