"""`videos.continuity`: stretches that come again, jumps within a scene, pictures that stand still in a film that moves, and how
much of the film was seen at all. Editing and bad lines do all of this; in a film handed in as one unbroken recording it counts.
"""

from __future__ import annotations

from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Where
from assay.core.profile import Profile
from assay.kinds.videos.evidence import Video
from assay.kinds.videos.opened import open_video

MOST = 20  # places told of each reason
SEEN_ENOUGH = 0.02  # share of a long film
GRAPHIC = 3.0  # seconds: shorter films that repeat are animations, made to


class Continuity:
    """Says where a person should look."""

    name = "videos.continuity"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Video,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._finding(batch.item(i)) for i in range(len(batch))))

    def _finding(self, video: Video) -> Finding | None:
        opened = open_video(video)
        seen, found = opened.watched, opened.continuity
        if seen is None or found is None:
            return None
        reasons: list[Reason] = []
        where: list[Where] = []
        again = found.again if seen.seconds >= GRAPHIC else ()
        if again:
            code = "videos.comes-again"
            reasons.append(
                Reason(code, 0.5, {"seconds": round(sum(one.length for one in again), 1), "times": len(again)})
            )
            for one in again[:MOST]:
                where.append(Where(span=_span(one.first, one.length), rule=code))
                where.append(Where(span=_span(one.second, one.length), rule=code))
        if found.jumps and len(found.jumps) > len(found.cuts):  # where a film is cut often, a jump is one more cut
            code = "videos.jump"
            reasons.append(Reason(code, 0.2, {"times": len(found.jumps)}))
            where += [Where(span=_span(at - 0.2, 0.4), rule=code) for at in found.jumps[:MOST]]
        if found.frozen:
            code = "videos.frozen"
            total = sum(stop - start for start, stop in found.frozen)
            reasons.append(Reason(code, 0.2, {"seconds": round(total, 1), "times": len(found.frozen)}))
            where += [Where(span=(round(a, 2), round(b, 2)), rule=code) for a, b in found.frozen[:MOST]]
        if seen.cut or seen.broken:
            share = round(100 * min(1.0, seen.covered / seen.seconds)) if seen.seconds else 0
            reasons.append(Reason("videos.partly-seen", 0.1, {"percent": share}))
        if not reasons:
            return None
        verdict, severity = ("suspicious", "low") if again else ("inconclusive", "informational")
        return Finding(
            detector=self.name, version=self.version, verdict=verdict, severity=severity, reasons=tuple(reasons),
            where=tuple(where),
        )  # fmt: skip


def _span(start: float, length: float) -> tuple[float, float]:
    return round(max(0.0, start), 2), round(max(0.0, start) + length, 2)


__all__ = ["Continuity"]
