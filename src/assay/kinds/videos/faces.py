"""`videos.faces`: what the face-forgery network makes of each face over time, and signs of life in the largest.

Faces are followed by where they are; the film's answer is that of its worst face. A mouth that moves on a body that keeps still
as no living one can is a suspicion of its own. Other signs of life are weak cues: they are told and leave the matter open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Where
from assay.core.profile import Profile
from assay.kinds.videos.body import body
from assay.kinds.videos.evidence import Video
from assay.kinds.videos.life import life, longest
from assay.kinds.videos.looks import Followed, Look, SeenFace
from assay.kinds.videos.opened import open_video
from assay.kinds.videos.timeline import Pooled, Score, curve, pooled

LEAST = 4  # views of one face that can be judged
MOSTLY = 0.6  # share of the views beyond the network's doubt; their trimmed mean must lie there, too
CLEAR = 0.5
STEADY = 0.6  # jitter, per cent of the distance of the eyes: twice that of the shakiest real face at hand
STARES = 10.0  # seconds without a blink or a glance
FROZEN = 0.1  # per cent of the face's length by which a body sways while its mouth moves: people at hand .23 and more in any five seconds
SPEAKS = 0.04  # of the mouth's aspect ratio
STILL = 6e-4  # swing of the skin's tone: below, there is less than any heartbeat at hand has
_NEAR = 0.2  # intersection over union from which two boxes are one face
_GAP = 3.0  # seconds a face may be away


class Track:
    """One face over time."""

    def __init__(self) -> None:
        self.views: list[tuple[float, SeenFace]] = []

    @property
    def scores(self) -> list[Score]:
        """Of the views that can be judged; of those alone that the CLIP tower was heard on, where they are enough."""
        told = [
            (Score(at, f.forged, f.doubt), f.tower) for at, f in self.views if f.forged is not None and not f.why_not
        ]
        heard = [score for score, tower in told if tower]
        return heard if len(heard) >= LEAST else [score for score, _ in told]


def tracks(looks: Sequence[Look]) -> list[Track]:
    """Faces joined from look to look by where they are, longest first."""
    found: list[Track] = []
    for look in looks:
        free = [t for t in found if look.at - t.views[-1][0] <= _GAP]
        for face in sorted(look.faces, key=lambda one: -one.size):
            best = max(free, key=lambda t: _overlap(t.views[-1][1].box, face.box), default=None)
            if best is None or _overlap(best.views[-1][1].box, face.box) < _NEAR:
                best = Track()
                found.append(best)
            elif best in free:
                free.remove(best)
            best.views.append((look.at, face))
    return sorted(found, key=lambda t: -len(t.views))


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    wide, tall = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0.0, wide) * max(0.0, tall)
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / both if both > 0 else 0.0


class Faces:
    """Pixels alone: never more than a suspicion."""

    name = "videos.faces"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Video,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._finding(batch.item(i)) for i in range(len(batch))))

    def _finding(self, video: Video) -> Finding | None:
        seen = open_video(video).watched
        if seen is None:
            return None
        reason, verdict, where = _judged(tracks(seen.looks))
        posed, at = _posed(seen.followed)
        weak = _weak(seen.followed)
        where += at
        reasons = [*([] if reason is None else [reason]), *posed, *weak]
        if not reasons:
            return None
        return Finding(
            detector=self.name,
            version=self.version,
            verdict="suspicious" if posed else verdict or "inconclusive",
            severity="low" if verdict == "suspicious" or posed or weak else "informational",
            reasons=tuple(reasons),
            where=tuple(where),
        )


def _judged(found: Sequence[Track]) -> tuple[Reason | None, str, list[Where]]:
    """By the worst face of those seen often enough; nothing where there is no face worth the name."""
    faces = [track for track in found if len(track.views) >= LEAST]
    if not faces:
        return None, "", []
    judged = worst_of(faces)
    if judged is None:
        return Reason("videos.face-unsure", 0.1, {"frames": max(len(t.scores) for t in faces)}), "inconclusive", []
    worst, track = judged
    values = {"frames": worst.n, "curve": curve(track.scores)}
    if worst.high >= MOSTLY and worst.probability >= track.scores[0].doubt[1]:
        code = "videos.face-forged"
        return (
            Reason(code, 0.4, values | {"share": round(100 * worst.high)}),
            "suspicious",
            _places(track, worst.spans, code),
        )
    if worst.low >= CLEAR and not worst.spans:
        return None, "", []
    code = "videos.face-unsure"
    return Reason(code, 0.1, values), "inconclusive", _places(track, worst.spans, code)


def worst_of(found: Sequence[Track]) -> tuple[Pooled, Track] | None:
    """The face that looks most forged, of those that can be judged often enough; None where none can."""
    judged = [(pooled(track.scores), track) for track in found if len(track.scores) >= LEAST]
    return max(judged, key=lambda one: one[0].probability, default=None)


def _places(track: Track, spans: Sequence[tuple[float, float]], code: str) -> list[Where]:
    """The seconds, each with the face's box at its beginning."""
    out = []
    for start, stop in spans[:20]:
        box = next((face.box for at, face in track.views if at >= start), None)
        out.append(Where(span=(round(start, 2), round(stop, 2)), box=box, rule=code))
    return out


def _posed(followed: Sequence[Followed]) -> tuple[list[Reason], list[Where]]:
    """A photograph that was made to speak: nothing but its head moves."""
    run = longest(followed)
    seen, place = body(run), next((one.place for one in run if one.place is not None), None)
    if seen is None or place is None or seen.speaks < SPEAKS or seen.sways >= FROZEN:
        return [], []
    code, span = "videos.body-still", (round(run[0].at, 2), round(run[-1].at, 2))
    box = (float(place.left), float(place.top), float(place.right), float(place.bottom))
    reason = Reason(code, 0.4, {"sways": round(seen.sways, 2), "seconds": round(seen.seconds)})
    return [reason], [Where(span=span, box=box, rule=code)]


def _weak(followed: Sequence[Followed]) -> list[Reason]:
    signs = life(followed)
    if signs is None:
        return []
    reasons = []
    seconds = round(signs.seconds)
    if signs.jitter > STEADY:
        reasons.append(Reason("videos.face-jitters", 0.1, {"jitter": round(signs.jitter, 2)}))
    if signs.stirs == 0 and signs.seconds >= STARES:
        reasons.append(Reason("videos.no-blink", 0.1, {"seconds": seconds}))
    if signs.light and signs.swing < STILL:
        reasons.append(Reason("videos.no-pulse", 0.05, {"seconds": seconds}))
    return reasons


__all__ = ["Faces", "Track", "tracks", "worst_of"]
