"""`faces.quality`: is the face seen well enough to decide anything? `faces.forged`: does it carry traces of blending?

Pixels alone: never more than a suspicion of medium severity, and readily none. A face seen too badly is `inconclusive` and
gets no verdict of the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Where
from assay.core.kind import Detector
from assay.core.profile import Profile
from assay.kinds.faces.evidence import Face
from assay.kinds.faces.opened import Opened, judged, open_face
from assay.vision.forged import SHIPPED, hottest, version_of

_WHOLE = 0.55  # of the face's outline: a marked part as large is the face and no part


def detectors(models: Path | None) -> list[Detector]:
    """`models` is a folder that `assay train faces` made, or one that holds it; None: the network that ships."""
    from assay.learning import registry

    fitted = registry.find(models)
    return [SeenWell(), Forged(fitted[0] if fitted else None)]


class SeenWell:
    """The gate: silent where the face is seen well."""

    name = "faces.quality"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Face,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.of(self.name, self.version, len(batch), self._found(batch))

    def _found(self, batch: Batch[Any]) -> Iterator[tuple[int, Finding]]:
        for i in range(len(batch)):
            seen = open_face(batch.item(i).content)
            if seen.problem:
                reason = Reason(f"faces.{seen.problem}", 1.0, _measured(seen))
                yield i, Finding(detector=self.name, version=self.version, verdict="inconclusive", reasons=(reason,))


def _measured(seen: Opened) -> dict[str, float]:
    """The value that a gate's sentence names."""
    view = seen.view
    if view is None:
        return {}
    measured: dict[str, dict[str, float]] = {
        "small": {"size": round(view.size / seen.scale)},
        "blurred": {"blur": round(view.blur, 2)},
        "turned": {"yaw": round(view.yaw), "pitch": round(view.pitch)},
        "dark": {"light": round(view.exposure, 2)},
        "bright": {"light": round(view.exposure, 2)},
        "flat": {"contrast": round(view.contrast, 2)},
    }
    return measured.get(seen.problem, {})


class Forged:
    """Traces of blending. `folder` is the model's, None the one that ships."""

    name = "faces.forged"
    reads: tuple[type[Evidence], ...] = (Face,)

    def __init__(self, folder: Path | None = None) -> None:
        self.models = folder
        self.folder = folder or SHIPPED  # where its card lies
        self.version = version_of(self.folder)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._finding(batch.item(i).content) for i in range(len(batch))))

    def _finding(self, content: bytes) -> Finding | None:
        seen = open_face(content)
        if seen.problem or seen.shape is None:
            return None  # the gate has told it
        said = judged(content, self.models)
        if said is None or said.probability is None or said.why_not:
            code = "faces.cut" if said is not None and said.why_not == "cut" else "faces.no-model"
            return self._told("inconclusive", "informational", None, (Reason(code, 1.0),), ())
        p, (low, high) = said.probability, said.doubt
        values = {"probability": round(p, 2)}
        if p <= low:
            return self._told(
                "genuine", "informational", p, (Reason("faces.no-blending", round(1 - p, 2), values),), ()
            )
        if p < high and low == 0.0:
            return None  # what cannot vouch for any face has nothing to say of one below its threshold
        if p < high:
            return self._told("inconclusive", "informational", p, (Reason("faces.unsure", round(p, 2), values),), ())
        reasons, where = [Reason("faces.blended", round(p, 2), values)], []
        box = hottest(said)
        if box is not None:
            x0, y0, x1, y1 = (value / seen.scale for value in box)
            outline = (seen.view.size / seen.scale) if seen.view is not None else 1.0
            share = (x1 - x0) * (y1 - y0) / max(outline**2, 1.0)
            if share < _WHOLE:
                reasons.append(Reason("faces.blended-part", round(p, 2), {"share": round(share, 2)}))
            where.append(Where(box=(x0, y0, x1, y1), rule=reasons[-1].code))
        severity = "medium" if p >= (1 + high) / 2 else "low"
        return self._told("suspicious", severity, p, tuple(reasons), tuple(where))

    def _told(
        self, verdict: str, severity: str, p: float | None, reasons: tuple[Reason, ...], where: tuple[Where, ...]
    ) -> Finding:
        return Finding(
            detector=self.name, version=self.version, verdict=verdict, severity=severity, probability=p,
            reasons=reasons, where=where,
        )  # fmt: skip
