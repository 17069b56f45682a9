"""`identity.match`: is it one face on the selfie, on the document, on the picture on file and in the challenge's frames?

It compares the pictures of one check with each other and never looks for a face anywhere else. Pixels alone are never more
than a suspicion of medium severity: people age, and a small or pale portrait is no good likeness.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict, Where
from assay.core.profile import Profile
from assay.kinds.identity.evidence import IdentityCheck
from assay.kinds.identity.matching.compare import Compared, compare, fit
from assay.kinds.identity.seen import NO_NETWORKS, Seen, seen, spread

_PERSON = "selfie"
_ANOTHER = 0.6  # of the largest face's side: a second one of that size leaves open whose check it is
_WEIGHT = {"match": 0.3, "differ": 0.7, "unsure": 0.2}
_CODE = {"match": "identity.face-matches", "differ": "identity.face-differs", "unsure": "identity.face-unsure"}
_GRADE = {
    "match": (Verdict.GENUINE, Severity.INFORMATIONAL),
    "unsure": (Verdict.INCONCLUSIVE, Severity.LOW),
    "differ": (Verdict.SUSPICIOUS, Severity.MEDIUM),
}
Said = tuple[Reason, Verdict, Severity, Where | None]


class FaceMatch:
    """Version 1. `examine` opens at most seven pictures of a check, each once."""

    name = "identity.match"
    version = "1"
    folder = Path(__file__).parent / "shipped"  # where its card lies
    reads: tuple[type[Evidence], ...] = (IdentityCheck,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._finding(batch.item(i)) for i in range(len(batch))))

    def _finding(self, check: IdentityCheck) -> Finding | None:
        said = list(_said(check))
        if not said:
            return None
        verdict = max(verdict for _, verdict, _, _ in said)
        severity = max(severity for _, _, severity, _ in said)
        ranked = sorted(said, key=lambda one: (-one[1], -one[0].weight))
        return Finding(
            detector=self.name,
            version=self.version,
            verdict=verdict.word,
            severity=severity.word,
            reasons=tuple(reason for reason, _, _, _ in ranked),
            where=tuple(where for _, _, _, where in ranked if where is not None),
        )


def _said(check: IdentityCheck) -> Iterator[Said]:
    """Everything that can be said of the faces of one check; nothing where there is no picture of a person."""
    if not check.shown:
        return
    against = {name: content for name in ("document", "portrait") if (content := getattr(check, name))}
    frames = [seen(frame.image) for frame in spread(check.frames)]
    person = seen(check.shown)
    if person.problem == NO_NETWORKS:
        yield _open("identity.face-networks")
        return
    if not against and not frames:
        return
    usable = [view for view in (person, *frames) if not view.problem and fit(view)]
    if not usable:
        yield _poor(_PERSON, person)
        return
    if not person.problem and (count := _large(person)) > 1:
        yield _open("identity.face-several", count=count)
    for name, content in against.items():
        yield from _against(usable[0], name, seen(content, document=name == "document"))
    yield from _throughout(usable)


def _against(person: Seen, name: str, other: Seen) -> Iterator[Said]:
    if other.problem or not fit(other, document=name == "document"):
        yield _poor(name, other)
    elif (compared := compare(person, other)) is not None:
        verdict, severity = _GRADE[compared.answer]
        code = f"{_CODE[compared.answer]}-{name}"
        where = Where(field=name, box=other.box, rule=code) if other.box else None
        yield Reason(code, _WEIGHT[compared.answer], _told(compared)), verdict, severity, where


def _throughout(usable: Sequence[Seen]) -> Iterator[Said]:
    """Is the person of the selfie that of the frames? Said only where two frames differ: one may be an unlucky instant."""
    compared = [found for view in usable[1:] if (found := compare(usable[0], view)) is not None]
    differing = [found for found in compared if found.answer == "differ"]
    if len(differing) >= 2 or (differing and len(compared) == 1):
        least = min(differing, key=lambda found: found.share)
        values = _told(least) | {"frames": len(differing)}
        yield Reason("identity.face-differs-frames", 0.7, values), *_GRADE["differ"], None


def _large(view: Seen) -> int:
    """Faces that are nearly as large as the largest."""
    sides = [max(face.box[2:]) for face in view.faces]
    return sum(side >= _ANOTHER * sides[0] for side in sides)


def _told(compared: Compared) -> dict[str, float]:
    return {"percent": round(100 * compared.share), "strangers": _one_in(compared.false_match)}


def _one_in(rate: float) -> int:
    """1 in how many, rounded down to one digit: the bound is no better known than that."""
    number = int(1 / rate) if rate > 0 else 1
    unit: int = 10 ** (len(str(number)) - 1)
    return int(number // unit * unit)


def _poor(name: str, view: Seen) -> Said:
    """There is no face to compare, or no good view of it."""
    if view.problem:
        return _open(f"identity.face-missing-{name}")
    q = view.quality
    turn = max(abs(q.yaw), abs(q.pitch))
    said = _open(f"identity.face-unfit-{name}", size=round(q.size), turn=round(turn), blur=round(100 * q.blur))
    return said[0], said[1], said[2], Where(field=name, box=view.box, rule=said[0].code) if view.box else None


def _open(code: str, **values: float) -> Said:
    return Reason(code, 0.2, values), Verdict.INCONCLUSIVE, Severity.LOW, None
