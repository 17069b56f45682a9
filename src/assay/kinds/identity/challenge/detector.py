"""Detector `identity.answer`: do the frames answer the challenge? Steps in order and time, one face throughout, a head and no
flat picture, light that follows the screen. What the frames cannot tell is said to be open, never taken for granted.

It judges pictures, so it is of medium severity at most: a policy asks again or shows it to a person.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from assay.core.batch import Batch
from assay.core.errors import ModelError
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict, Where
from assay.core.profile import Profile
from assay.core.progress import doing
from assay.kinds.identity.challenge.continuity import EXCHANGED, LOST, Continuity, continuity, many
from assay.kinds.identity.challenge.flashes import Flashed, flashed
from assay.kinds.identity.challenge.plan import Plan
from assay.kinds.identity.challenge.relief import DEEP, FLAT, Relief, relief
from assay.kinds.identity.challenge.steps import Signals, Step, prompted, signals, steps
from assay.kinds.identity.challenge.watched import Watched, watch
from assay.kinds.identity.evidence import IdentityCheck, Prompt

LEAST_FRAMES, LEAST_RATE = 30, 4.0  # frames, and frames a second
_DARK = 0.01  # linear light of the skin below which a face cannot be judged
AGAINST, OPEN, FOR = Verdict.SUSPICIOUS, Verdict.INCONCLUSIVE, Verdict.GENUINE


class Said(NamedTuple):
    """One statement: what it makes of the answer, its reason, and which watched frame and seconds it is about."""

    verdict: Verdict
    reason: Reason
    frame: int = -1
    span: tuple[float, float] | None = None


class Answer:
    """Reads the evidence itself and looks at nothing else."""

    name = "identity.answer"
    version = "1"
    reads: tuple[type[Evidence], ...] = (IdentityCheck,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._one(batch.item(i)) for i in range(len(batch))))

    def _one(self, check: IdentityCheck) -> Finding | None:
        plan = check.plan
        if plan is None:
            return None
        span = (check.frames[-1].at - check.frames[0].at) / 1000 if check.frames else 0.0
        if len(check.frames) < LEAST_FRAMES or len(check.frames) < LEAST_RATE * span:
            return self._finding([_said(OPEN, "frames-few", 0.5, count=len(check.frames))], None)
        try:
            doing("identity.frames")
            watched = watch(check.frames)
            doing("identity.answer")
            return self._finding(judged(plan, check.prompts, watched), watched)
        except ModelError:
            return self._finding([_said(OPEN, "faces-unavailable", 0.3)], None)

    def _finding(self, said: list[Said], watched: Watched | None) -> Finding:
        verdict = max(((one.verdict for one in said)), default=FOR)
        severity = {AGAINST: Severity.MEDIUM, OPEN: Severity.LOW}.get(verdict, Severity.INFORMATIONAL)
        where = [
            Where(
                rule=f"{one.reason.code}#{k}",
                frame=int(watched.number[one.frame]) if watched is not None and one.frame >= 0 else None,
                span=one.span,
            )
            for k, one in enumerate(said)
            if one.frame >= 0 or one.span is not None
        ]
        return Finding(
            detector=self.name,
            version=self.version,
            verdict=verdict.word,
            severity=severity.word,
            reasons=tuple(one.reason for one in said),
            where=tuple(where),
        )


def judged(plan: Plan, prompts: tuple[Prompt, ...], watched: Watched) -> list[Said]:
    """Every statement about the watched frames, gravest kinds first."""
    if watched.broken > len(watched) / 4:
        return [_said(OPEN, "frames-unreadable", 0.5, count=watched.broken)]
    told = signals(watched.points, watched.pictures)
    whole = continuity(watched, told.yaw)
    if whole.seen < 0.5:
        dark = _dark(watched)
        return [_said(OPEN, "too-dark" if dark else "no-face", 0.5, share=round(whole.seen, 2))]
    said = _of_face(whole, watched)
    asked = prompted(plan, prompts)
    if asked is None:
        said.append(_said(AGAINST, "prompts-differ", 0.6))
    else:
        found = steps(plan, asked, watched.at, told)
        said += _of_steps(found, plan)
        said += _of_relief(found, watched, told)
    return said + _of_flashes(plan, flashed(plan, prompts, watched.at, watched.skin, watched.ground))


def _said(verdict: Verdict, code: str, weight: float, frame: int = -1, span: tuple[float, float] | None = None, **values: Any) -> Said:  # fmt: skip
    return Said(verdict, Reason(f"identity.{code}", weight, values), frame, span)


def _dark(watched: Watched) -> bool:
    bright = [float(np.mean((p[::8, ::8] / 255.0) ** 2.2)) for p in watched.pictures[:: max(1, len(watched) // 10)]]
    return bool(bright) and float(np.median(bright)) < _DARK


def _of_face(found: Continuity, watched: Watched) -> list[Said]:
    said = []
    if found.jump >= 0:
        at = round(float(watched.at[found.jump]), 1)
        said.append(_said(AGAINST, "face-jumped", 0.5, found.jump, (at, at), seconds=at))
    if found.apart > EXCHANGED:
        said.append(_said(AGAINST, "face-exchanged", 0.7, distance=round(found.apart, 2)))
    if found.lost > LOST:
        said.append(_said(OPEN, "face-lost", 0.3, seconds=round(found.lost, 1)))
    if many(found):
        said.append(_said(OPEN, "several-faces", 0.3, count=found.others))
    return said


def _of_steps(found: list[Step], plan: Plan) -> list[Said]:
    said = []
    for number, step in enumerate(found, 1):
        span = (round(step.asked, 1), round(step.asked + plan.hold / 1000, 1))
        values: dict[str, Any] = {"number": number, "action": step.action}
        if step.state == "done":
            said.append(_said(FOR, "step-done", 0.1, step.frame, span, **values, seconds=round(step.latency, 1)))
        elif step.state == "unseen":
            said.append(_said(OPEN, "step-unseen", 0.3, step.frame, span, **values))
        elif step.state == "early":
            said.append(_said(AGAINST, "step-early", 0.6, step.frame, span, **values, seconds=round(step.latency, 1)))
        elif step.state == "wrong":
            said.append(_said(AGAINST, "step-wrong", 0.6, step.frame, span, **values, instead=step.instead))
        else:
            said.append(_said(AGAINST, "step-missed", 0.6, step.frame, span, **values))
    return said


def _of_relief(found: list[Step], watched: Watched, told: Signals) -> list[Said]:
    """Over every turn of the head that was made; the clearest one speaks."""
    if not len(watched.pictures):
        return []
    measured: list[Relief] = []
    for step in found:
        if step.action in ("turn-left", "turn-right") and step.frame >= 0:
            rest = [
                i
                for i in np.flatnonzero(np.isfinite(told.yaw))
                if step.asked - 0.6 <= watched.at[i] <= step.asked + 0.2
            ]
            one = relief(watched, told.yaw, int(rest[-1]), step.frame) if rest else None
            if one is not None and np.isfinite(one.left):
                measured.append(one)
    if not measured:
        return [_said(OPEN, "relief-unmeasured", 0.0)] if any(s.action.startswith("turn") for s in found) else []
    best = max(measured, key=lambda one: one.share)
    values: dict[str, Any] = {"degrees": round(best.turn), "share": round(best.share, 2), "spots": best.spots}
    if best.share < FLAT:
        return [_said(AGAINST, "flat", 0.8, best.frames[1], **values)]
    return [
        _said(
            FOR if best.share > DEEP else OPEN,
            "relief" if best.share > DEEP else "relief-unclear",
            0.1,
            best.frames[1],
            **values,
        )
    ]


def _of_flashes(plan: Plan, found: Flashed | None) -> list[Said]:
    if not plan.flashes:
        return [_said(FOR, "flash-declined", 0.0)]
    if found is None:
        return [_said(OPEN, "flash-unmeasured", 0.2)]
    values: dict[str, Any] = {"likeness": round(found.likeness, 2), "chance": round(found.chance, 3)}
    if found.another:
        return [_said(AGAINST, "flash-other", 0.7, **values)]
    if found.alike:
        return [_said(OPEN, "flash-even", 0.3, share=round(found.beside, 2))]
    if found.answered:
        return [_said(FOR, "flash-answered", 0.1, **values)]
    if found.dark or found.bright:
        return [_said(OPEN, "flash-unmeasured", 0.2)]
    return [_said(OPEN, "flash-absent", 0.4, **values)]
