"""Detector `identity.injection`: a camera that is a program, frames that are older than their challenge or come again, and
what camera, browser and pictures say against each other.

What is exact (a label on the list, the same noise twice, more time than has passed) is of high severity; what honest devices do
now and then is low, and two such cues together ask again.
"""

from __future__ import annotations

from typing import Any

from assay.core.batch import Batch
from assay.core.clock import micros
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict, Where
from assay.core.profile import Profile
from assay.kinds.identity.evidence import IdentityCheck
from assay.kinds.identity.injection.cameras import contradicts, encodes, headless, sort_of
from assay.kinds.identity.injection.stream import LEAST, made, noiseless, repeats, times

BEFORE = -50.0  # milliseconds before the challenge that a frame may be dated by the sender's rounding
SLACK = 2.0  # seconds by which frames may span more than has passed: two clocks, and a page that waits
_LOOPED = 3  # frames that come again
_REPEATED = 0.7  # share of frames like the one before: a camera in the dark gives five a second, and ten are taken
_EVEN = 0.00005  # seconds: no browser's clock and scheduler keep time to a twentieth of a millisecond
_PAUSE = 2.5  # seconds between two frames
_UNCHANGED = 0.6  # share of blocks without any change
_TABLES = 3  # sets of JPEG tables: the page itself uses two at most
_ASPECT = 0.03  # by which the frames' shape may differ from the camera's


class Injection:
    """Reads the evidence itself and looks at nothing else."""

    name = "identity.injection"
    version = "1"
    reads: tuple[type[Evidence], ...] = (IdentityCheck,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._one(batch.item(i)) for i in range(len(batch))))

    def _one(self, check: IdentityCheck) -> Finding | None:
        proofs: list[Reason] = []  # no camera could have made these frames
        graves: list[Reason] = []  # exact, though somebody may have a reason
        middling: list[Reason] = []
        weak: list[Reason] = []
        where: list[Where] = []
        camera = check.camera
        if camera is not None and (sort := sort_of(camera.label)):
            reason = Reason("identity.virtual-camera", 1.0, {"camera": camera.label[:80], "sort": sort})
            (middling if sort == "relays" else graves).append(reason)
        if headless(check.agent):
            middling.append(Reason("identity.browser-headless", 0.6))
        if check.frames:
            proofs += _impossible(check)
            again = repeats(check.frames)
            if again.still:
                proofs.append(Reason("identity.frames-still", 1.0, {"count": len(check.frames)}))
            elif again.looped >= _LOOPED:
                proofs.append(Reason("identity.frames-looped", 1.0, {"count": again.looped}))
                where.append(Where(rule="identity.frames-looped", frame=again.first))
            elif again.repeated > _REPEATED and len(check.frames) >= LEAST:
                weak.append(Reason("identity.frames-repeated", 0.2, {"percent": round(100 * again.repeated)}))
            weak += _weak(check)
        reasons = proofs + graves + middling + weak
        if not reasons:
            return None
        if proofs or graves:
            verdict, severity = (Verdict.COUNTERFEIT if proofs else Verdict.SUSPICIOUS), Severity.HIGH
        elif middling:
            verdict, severity = Verdict.SUSPICIOUS, Severity.MEDIUM
        else:
            verdict, severity = (Verdict.SUSPICIOUS if len(weak) > 1 else Verdict.INCONCLUSIVE), Severity.LOW
        return Finding(
            detector=self.name,
            version=self.version,
            verdict=verdict.word,
            severity=severity.word,
            reasons=tuple(reasons),
            where=tuple(where),
        )


def _impossible(check: IdentityCheck) -> list[Reason]:
    """Frames from before they were asked for, or that span more time than has passed since."""
    plan = check.plan
    if plan is None:
        return []
    found = []
    first, last = min(f.at for f in check.frames), max(f.at for f in check.frames)
    if first < BEFORE:
        found.append(Reason("identity.frames-older", 1.0, {"seconds": round(-first / 1000, 1)}))
    passed = (micros(check.time) - plan.issued) / 1e6
    if last / 1000 > max(0.0, passed) + SLACK:
        values = {"seconds": round(last / 1000, 1), "passed": round(passed, 1)}
        found.append(Reason("identity.frames-longer", 1.0, values))
    return found


def _weak(check: IdentityCheck) -> list[Reason]:
    """Cues that honest devices give now and then."""
    if len(check.frames) < LEAST:
        return []
    found: list[Reason] = []

    def cue(code: str, weight: float = 0.2, **values: Any) -> None:
        found.append(Reason(f"identity.{code}", weight, values))

    clock, wrote, camera = times(check.frames), made(check.frames), check.camera
    if clock.spread < _EVEN:
        cue("timing-even")
    if clock.backwards or clock.longest > _PAUSE:
        cue("timing-odd", seconds=round(clock.longest, 1))
    if camera is not None and camera.rate and clock.rate > 1.5 * camera.rate + 1:
        cue("rate-differs", camera=round(camera.rate), frames=round(clock.rate))
    if camera is not None and camera.width and camera.height and wrote.sizes:
        shapes = [max(w, h) / max(1, min(w, h)) for w, h in wrote.sizes]
        claimed = max(camera.width, camera.height) / min(camera.width, camera.height)
        larger = any(max(size) > max(camera.width, camera.height) + 8 for size in wrote.sizes)
        if larger or any(abs(shape - claimed) > _ASPECT * claimed for shape in shapes):
            cue("size-differs", width=camera.width, height=camera.height)
    if wrote.tables > _TABLES:
        cue("encoders-mixed", count=wrote.tables)
    if wrote.exif:
        cue("frames-annotated", count=wrote.exif)
    if any(not encodes(check.agent, media) for media in wrote.media):
        cue("encoder-differs")
    if camera is not None and contradicts(camera.label, check.agent):
        cue("device-differs", 0.3)
    unchanged = noiseless(check.frames)
    if unchanged is not None and unchanged > _UNCHANGED:
        cue("noise-missing", 0.3, percent=round(100 * unchanged))
    return found
