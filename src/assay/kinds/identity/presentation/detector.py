"""`identity.presentation`: does the selfie look like a face, or like a picture of one on paper or on a screen?

Passive and weak: it learned from few people and few cameras, so it suspects, at medium severity at most, or leaves the matter
open, and says by which kinds of traces. A mask, or a good print in good light, it does not see; the challenge is for those.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Where
from assay.core.profile import Profile
from assay.kinds.identity.evidence import IdentityCheck
from assay.kinds.identity.presentation.model import FILE, SHIPPED, Model, opened
from assay.kinds.identity.seen import NO_NETWORKS, Seen, seen, spread
from assay.learning import registry

_GREY = 3.0  # mean spread of a pixel's three channels: less is no colour picture
_CUE = 0.25  # share of what speaks for an attack that a kind of traces must have to be named
ATTACK, OPEN, NONE = "identity.presentation-attack", "identity.presentation-open", "identity.presentation-none"
UNSEEN, NETWORKS = "identity.presentation-unseen", "identity.presentation-networks"


class Presentation:
    """`folder`: a model that the operator trained; the shipped one without."""

    name = "identity.presentation"
    reads: tuple[type[Evidence], ...] = (IdentityCheck,)

    def __init__(self, folder: Path = SHIPPED) -> None:
        self.folder = folder
        self._model, version = opened(folder)
        self.version = f"1:{version[:12]}"

    @classmethod
    def find(cls, models: Path | None) -> Presentation:
        """That of the operator's folder of the room's models, where there is one."""
        own = next((path for path in registry.find(models) if (path / FILE).is_file()), SHIPPED)
        return cls(own)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._finding(batch.item(i)) for i in range(len(batch))))

    def _finding(self, check: IdentityCheck) -> Finding | None:
        if not check.shown:
            return None
        pictures = [check.shown, *(frame.image for frame in spread(check.frames))]
        views = [seen(picture) for picture in pictures]
        if any(view.problem == NO_NETWORKS for view in views):
            return self._said("inconclusive", Reason(NETWORKS, 0.1))
        measured = [told for view in views if (told := _measured(view)) is not None]
        if not measured:
            return self._said("inconclusive", Reason(UNSEEN, 0.1))
        ranked = sorted(measured, key=self._model.score)
        middle = ranked[len(ranked) // 2]
        score = self._model.score(middle)
        line = self._model.line
        values = {"score": round(score, 2), "low": line.low, "high": line.high, "pictures": len(measured)}
        if not self._model.answers(middle) or line.low < score <= line.high:
            return self._said("inconclusive", Reason(OPEN, 0.1, values))
        if score <= line.low:
            return self._said("genuine", Reason(NONE, 0.05, values))
        box = views[0].box
        where = (Where(field="selfie", box=box, rule=ATTACK),) if box is not None and not views[0].problem else ()
        return self._said("suspicious", Reason(ATTACK, 0.5, values), *_cues(self._model, middle), where=where)

    def _said(self, verdict: str, *reasons: Reason, where: tuple[Where, ...] = ()) -> Finding:
        severity = {"suspicious": "medium", "inconclusive": "low"}.get(verdict, "informational")
        return Finding(
            detector=self.name, version=self.version, verdict=verdict, severity=severity, reasons=reasons, where=where
        )


def _measured(view: Seen) -> dict[str, float] | None:
    """The features of a view in colour with a face large enough; None for any other."""
    from assay.kinds.identity.presentation.features import features
    from assay.kinds.identity.presentation.region import region

    if view.shape is None:
        return None
    place = region(view.pixels, view.shape.points)
    if place is None or float(place.face.std(axis=2).mean()) < _GREY:
        return None
    return features(place)


def _cues(model: Model, features: dict[str, float]) -> list[Reason]:
    """The kinds of traces that speak most for an attack."""
    parts = {name: part for name, part in model.cues(features).items() if part > 0}
    whole = sum(parts.values())
    named = sorted(parts, key=lambda name: -parts[name])
    return [
        Reason(f"identity.presentation-{name}", 0.2, {"percent": round(100 * parts[name] / whole)})
        for name in named
        if parts[name] >= _CUE * whole
    ]
