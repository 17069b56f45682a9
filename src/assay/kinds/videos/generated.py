"""`videos.generated`: what the whole-picture model makes of a film's frames over time, and how straight the film runs.

The model was calibrated on pictures, not on films, and what it says of one film's frames is one opinion many times over. So no
probability is given, nearly all frames must be beyond its doubt for a suspicion, and all else is open.
"""

from __future__ import annotations

from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Where
from assay.core.profile import Profile
from assay.kinds.videos.curvature import Curvature, curvature
from assay.kinds.videos.evidence import Video
from assay.kinds.videos.media import GIF
from assay.kinds.videos.opened import open_video
from assay.kinds.videos.timeline import Pooled, Score, curve, pooled
from assay.kinds.videos.watch import Watched

LEAST = 5  # frames that can be judged
MOSTLY = 0.8  # share of the frames beyond the model's doubt
SURE = 0.95  # of the trimmed mean: the model's own doubt ends at .91
CLEAR = 0.5  # share of the frames below the doubt from which nothing is said
UNSTEADY = 105.0  # degrees: the most bent film of a camera at hand has 91, frames that have nothing in common 120
SLOW = 5.0  # levels a step: what moves fast has as little in common from frame to frame as what flickers
_PLACES = 20


class Generated:
    """Pixels alone: never more than a suspicion."""

    name = "videos.generated"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Video,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._finding(batch.item(i)) for i in range(len(batch))))

    def _finding(self, video: Video) -> Finding | None:
        opened = open_video(video)
        seen = opened.watched
        if seen is None or opened.continuity is None:
            return None
        scores = scores_of(seen)
        reason, verdict, places = _judged(scores, len(seen.looks), opened.media == GIF)
        reasons = [] if reason is None else [reason]
        bent = curvature(seen.sketches, opened.continuity.cuts)
        if bent is not None and _unsteady(bent):
            reasons.append(Reason("videos.unsteady", 0.1, {"degrees": round(bent.angle)}))
            verdict = verdict or "inconclusive"
        if not reasons:
            return None
        return Finding(
            detector=self.name, version=self.version, verdict=verdict,
            severity="low" if verdict == "suspicious" else "informational", reasons=tuple(reasons), where=tuple(places),
        )  # fmt: skip


def scores_of(seen: Watched) -> list[Score]:
    """Of the frames that the model can judge."""
    return [
        Score(one.at, one.generated, one.doubt) for one in seen.looks if one.generated is not None and not one.why_not
    ]


def _judged(scores: list[Score], looked: int, dithered: bool) -> tuple[Reason | None, str, list[Where]]:
    """The reason, the verdict ("" for none) and the seconds. Pictures of a GIF have few colours left, and dots for the others: never suspicious."""
    unsure = Reason("videos.generated-unsure", 0.1, {"frames": len(scores), "looked": looked, "curve": curve(scores)})
    if len(scores) < max(LEAST, looked // 4):
        return unsure, "inconclusive", []
    found = pooled(scores)
    if found.high >= MOSTLY and found.probability >= SURE and not dithered:
        code = "videos.generated-frames"
        values = {"share": round(100 * found.high), "frames": found.n, "curve": curve(scores)}
        return Reason(code, 0.4, values), "suspicious", _places(found, code)
    if found.low >= CLEAR and not found.spans:
        return None, "", []
    return unsure, "inconclusive", _places(found, "videos.generated-unsure")


def _places(found: Pooled, code: str) -> list[Where]:
    return [Where(span=(round(a, 2), round(b, 2)), rule=code) for a, b in found.spans[:_PLACES]]


def _unsteady(bent: Curvature) -> bool:
    """It flickers though little moves. A film of few pictures a second turns more, whoever made it."""
    return bent.angle > UNSTEADY and bent.length < SLOW and bent.rate >= 9.0


__all__ = ["Generated", "scores_of"]
