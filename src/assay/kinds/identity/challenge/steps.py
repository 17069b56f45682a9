"""Did the person do what was asked, when it was asked? Poses and openings of eyes and mouth from the mesh, frame by frame,
against the prompts: each action must begin after its prompt, within the time it had, and before any other one.

Thresholds are far from what people do in passing: 18 degrees of turn cannot be had from a flat picture that is tilted less
than about 50 (its mesh reads a third of the tilt). Latency 0.2 to 3 s: a start sooner than that anticipates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from assay.kinds.identity.challenge.plan import ACTIONS, Action, Plan
from assay.kinds.identity.evidence import Prompt

State = Literal["done", "missed", "wrong", "early", "unseen"]
SOONEST, LATEST = 0.2, 3.0  # seconds from prompt to the beginning of the action
NEEDED: dict[Action, float] = {
    "turn-left": 18.0, "turn-right": 18.0, "look-up": 10.0, "look-down": 10.0,  # degrees
    "blink": 0.25,  # share by which the eyes' likeness to how they mostly look falls; open ones lose less than a tenth
    "open-mouth": 0.25,  # rise of the mouth's aspect ratio
}  # fmt: skip
_LIDS = 0.4  # share by which the aspect ratio of eyes that shut falls below its median, where the mesh follows it
_AHEAD = 10.0  # degrees from how the head is mostly held, within which eyes can be compared
_USUAL = 10  # frames from which it is known how eyes mostly look
_SHUT = 2  # frames in a row that eyes must be shut: a passing blink is over sooner
_LEAST = 0.5  # share of a window's frames that must show a face
_PACE = (0.15, 2.5)  # seconds by which prompts may come sooner and later than planned


class Signals(NamedTuple):
    """float64[n] each: degrees towards the picture's right (the person's left) and upwards; how far the eyes are shut, 0 as
    they mostly are (see `NEEDED`); aspect ratio of the mouth. NaN where no face was seen."""

    yaw: np.ndarray
    pitch: np.ndarray
    shut: np.ndarray
    mouth: np.ndarray


class Step(NamedTuple):
    """`asked`: seconds; `latency` seconds; `measured`: the most of it, in the units of `NEEDED`; `frame`: which of the
    watched frames shows the most, -1 none; `instead`: what was done first, where it was wrong."""

    action: Action
    asked: float
    state: State
    latency: float = float("nan")
    measured: float = float("nan")
    frame: int = -1
    instead: str = ""


def signals(points: np.ndarray, pictures: Sequence[np.ndarray] = ()) -> Signals:
    """Of meshes float32[n, 468, 3] and the uint8 RGB pictures that they lie in. Without pictures the mesh alone tells of the
    lids, and hardly does."""
    from assay.vision.mesh import Mesh
    from assay.vision.quality import eyes_open, mouth_open, pose

    found = np.full((len(points), 4), np.nan)
    for i, each in enumerate(points):
        if np.isfinite(each).all():
            shape = Mesh(each, 1.0)
            turned, tipped, _ = pose(shape)
            found[i] = turned, tipped, float(np.mean(eyes_open(shape))), mouth_open(shape)
    yaw, pitch, opened, mouth = found.T
    seen = np.isfinite(opened)
    shut = 1 - opened / max(float(np.median(opened[seen])), 1e-6) if seen.any() else opened
    # Lids of the mesh that close by two fifths say as much as pixels that change by a quarter.
    return Signals(yaw, pitch, np.fmax(shut * (NEEDED["blink"] / _LIDS), _changed(points, pictures, yaw, pitch)), mouth)


def _changed(points: np.ndarray, pictures: Sequence[np.ndarray], yaw: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """float64[n]: the share by which the eyes look less like themselves than usual; NaN for a head turned away, whose eyes
    look otherwise anyhow."""
    from assay.vision.eyes import eyes, likeness

    out = np.full(len(points), np.nan)
    if len(pictures) != len(points) or not np.isfinite(yaw).any():
        return out
    ahead = np.abs(yaw - np.nanmedian(yaw)) < _AHEAD
    ahead &= np.abs(pitch - np.nanmedian(pitch)) < _AHEAD
    rows = np.flatnonzero(ahead)
    if len(rows) < _USUAL:
        return out
    like = likeness([eyes(pictures[i], points[i]) for i in rows.tolist()])
    out[rows] = 1 - like / max(float(np.median(like)), 1e-6)
    return out


def prompted(plan: Plan, prompts: Sequence[Prompt]) -> list[float] | None:
    """When each action was asked for, in seconds; None where the prompts are not those of the plan, in its order and pace."""
    names = [p.name for p in prompts if p.name in ACTIONS]
    at = [p.at / 1000 for p in prompts if p.name in ACTIONS]
    if names != list(plan.actions):
        return None
    pace = (plan.hold + plan.rest) / 1000
    gaps = np.diff(at)
    return at if bool(((gaps >= pace - _PACE[0]) & (gaps <= pace + _PACE[1])).all()) and at[0] >= 0 else None


def steps(plan: Plan, asked: Sequence[float], at: np.ndarray, told: Signals) -> list[Step]:
    """One step an action. `at`: seconds of each frame."""
    return [_step(plan, k, start, at, told) for k, start in enumerate(asked)]


def _step(plan: Plan, k: int, asked: float, at: np.ndarray, told: Signals) -> Step:
    action = plan.actions[k]
    ends = min(asked + LATEST, asked + plan.hold / 1000 + 0.2)
    window = np.flatnonzero((at >= asked) & (at <= ends))
    seen = np.isfinite(told.yaw[window])
    if not len(window) or seen.mean() < _LEAST or seen.sum() < 5:
        return Step(action, asked, "unseen")
    window = window[seen]
    rest = np.flatnonzero((at >= asked - plan.rest / 1000) & (at < asked) & np.isfinite(told.yaw))
    moved = {a: _moved(a, told, rest if len(rest) > 2 else np.flatnonzero(np.isfinite(told.yaw))) for a in ACTIONS}
    done = _begins(action, moved[action], at, window, asked)
    others = {a: _begins(a, moved[a], at, window, asked) for a in ACTIONS if _would_differ(a, action)}
    first = min((found[0], a) for a, found in others.items() if found is not None) if any(others.values()) else None
    if done is None:
        peak = int(window[np.argmax(moved[action][window])])
        least = float(moved[action][peak])
        return Step(
            action, asked, "wrong" if first else "missed", measured=least, frame=peak, instead=first[1] if first else ""
        )
    began, peak = done
    measured, latency = float(moved[action][peak]), began - asked
    if first is not None and first[0] < began - 0.05:
        return Step(action, asked, "wrong", latency, measured, peak, first[1])
    return Step(action, asked, "done" if latency >= SOONEST else "early", latency, measured, peak)


def _would_differ(other: Action, asked: Action) -> bool:
    """Is the other a different thing to do, that does not come along with the one asked? Eyes blink all the time; an open
    mouth lowers the chin; who looks down lowers the lids."""
    along = {
        "open-mouth": {"look-up", "look-down"},
        "turn-left": {"look-up", "look-down"},
        "turn-right": {"look-up", "look-down"},
    }
    return other not in (asked, "blink") and other not in along.get(asked, set())


def _moved(action: Action, told: Signals, rest: np.ndarray) -> np.ndarray:
    """float64[n]: how far along the action is, from rest, in the units of `NEEDED`."""
    if action in ("turn-left", "turn-right"):
        turn = told.yaw - np.nanmedian(told.yaw[rest])
        return np.asarray(turn if action == "turn-left" else -turn)
    if action in ("look-up", "look-down"):
        tip = told.pitch - np.nanmedian(told.pitch[rest])
        return np.asarray(tip if action == "look-up" else -tip)
    if action == "blink":
        return told.shut
    return np.asarray(told.mouth - np.nanmedian(told.mouth[rest]))


def _begins(
    action: Action, moved: np.ndarray, at: np.ndarray, window: np.ndarray, asked: float
) -> tuple[float, int] | None:
    """When the action begins and which frame shows the most of it; None where it is not done."""
    enough = moved[window] >= NEEDED[action]
    if action == "blink":
        enough &= at[window] >= asked + SOONEST  # eyes that fall shut sooner do so by themselves
        runs = [i for i in range(len(window) - _SHUT + 1) if enough[i : i + _SHUT].all()]
        if not runs:
            return None
        start = runs[0]
    else:
        if not enough.any():
            return None
        start = int(np.argmax(enough))
    k = start
    while k > 0 and moved[window[k - 1]] >= NEEDED[action] / 2:
        k -= 1
    began = float(at[window[k]])
    if k == 0 and action != "blink":  # under way when it was asked?
        before = np.flatnonzero((at < asked) & np.isfinite(moved))
        if len(before) and moved[before[-1]] >= NEEDED[action] / 2:
            began = asked
    return began, int(window[start + int(np.argmax(moved[window[start:]]))])
