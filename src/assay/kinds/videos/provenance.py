"""`videos.provenance`: what the file says of its making, and where that contradicts itself. Exact about what stands there, silent
about what does not: nearly every film on the net lost its notes on the way, and that says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason
from assay.core.profile import Profile
from assay.formats.c2pa import judge
from assay.formats.c2pa_signer import Trust, read_trust
from assay.kinds.videos.evidence import Video
from assay.kinds.videos.facts import Facts
from assay.kinds.videos.opened import Opened, open_video
from assay.kinds.videos.signs import editor_of, generator_of

_DAY = 86_400
_HIDDEN = 1.0  # seconds: less is how decoders are primed
_OFF = 0.05  # share of the file that may lack at its end without a word: a box's padding
# What names a camera is written by that camera; these write files anew and carry its name over.
_REWRITERS = ("lavf", "lavc", "handbrake", "mencoder", "gpac", "x264", "x265")


class Said(NamedTuple):
    """A reason with what it means: the verdict and severity that it alone would give."""

    reason: Reason
    verdict: str
    severity: str


_ORDER = ("genuine", "inconclusive", "suspicious", "counterfeit")
_GRAVITY = ("informational", "low", "medium", "high", "critical")


class Provenance:
    """The file's own account."""

    name = "videos.provenance"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Video,)

    def __init__(self, roots: Path | None = None) -> None:
        """roots: a folder of certificates whose signatures the operator trusts."""
        self._roots = roots

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._finding(batch.item(i)) for i in range(len(batch))))

    def _finding(self, video: Video) -> Finding | None:
        opened = open_video(video)
        if opened.problem:
            return self._of([Said(Reason(opened.problem, 0.1), "inconclusive", "low")])
        said = [*self._signed(opened, video.time), *_said(opened, video.time)]
        if opened.watched is None:
            values = {"why": opened.why, "coding": _coding(opened.facts)}
            said.append(Said(Reason("videos.undecodable", 0.1, values), "inconclusive", "low"))
        return self._of(said)

    def _signed(self, opened: Opened, at: datetime) -> Iterator[Said]:
        """What a signed account (C2PA) says, as far as it holds."""
        facts = opened.facts
        signed = facts.origin.signed if facts.origin is not None else None
        if facts.c2pa is not None:
            with opened.path.open("rb") as file:
                signed = judge(facts.c2pa, file, read_trust(self._roots) if self._roots is not None else Trust(), at)
        if signed is None:
            return
        if signed.valid is False:
            problem = signed.problems[0]
            yield Said(Reason("videos.provenance-broken", 0.6, {"problem": problem}), "suspicious", "medium")
        elif signed.generated:
            values = {"generator": (signed.generator or signed.signer)[:60]}
            severity = "high" if signed.valid else "medium"
            yield Said(Reason("videos.generated-signed", 1.0 if signed.valid else 0.6, values), "counterfeit", severity)
        elif signed.valid and signed.trusted and "digitalCapture" in signed.sources:
            yield Said(Reason("videos.provenance-holds", 0.5, {"signer": signed.signer}), "genuine", "informational")

    def _of(self, said: list[Said]) -> Finding | None:
        if not said:
            return None
        return Finding(
            detector=self.name,
            version=self.version,
            verdict=max((one.verdict for one in said), key=_ORDER.index),
            severity=max((one.severity for one in said), key=_GRAVITY.index),
            reasons=tuple({one.reason.code: one.reason for one in said}.values()),
        )


def _said(opened: Opened, handed_in: datetime) -> Iterator[Said]:
    facts = opened.facts
    drawn = facts.origin.generator if facts.origin is not None else ""
    if generator := drawn or generator_of(facts.texts):
        yield Said(Reason("videos.generated-said", 0.9, {"generator": generator}), "counterfeit", "high")
    elif editor := editor_of(facts.texts):
        yield Said(Reason("videos.editor", 0.2, {"software": editor}), "inconclusive", "informational")
    yield from _contradictions(facts, handed_in)


def _contradictions(facts: Facts, handed_in: datetime) -> Iterator[Said]:
    latest = max(facts.created, facts.modified)
    if latest > handed_in.timestamp() + 2 * _DAY:
        day = datetime.fromtimestamp(min(latest, 1 << 36), UTC).strftime("%Y-%m-%d")
        yield Said(Reason("videos.date-future", 0.4, {"date": day}), "suspicious", "low")
    if facts.disagree is not None:
        said, summed = facts.disagree
        yield Said(Reason("videos.lengths-disagree", 0.4, {"said": said, "summed": summed}), "suspicious", "low")
    for stream in facts.of("video"):
        if stream.entries > 1:
            yield Said(Reason("videos.joined", 0.5, {"codings": stream.entries}), "suspicious", "low")
    if facts.hidden > _HIDDEN:
        yield Said(Reason("videos.hidden-media", 0.2, {"seconds": round(facts.hidden, 1)}), "inconclusive", "low")
    if facts.camera and _rewritten(facts):
        values = {"software": (facts.tools or [facts.encoder])[0][:40]}
        yield Said(Reason("videos.camera-rewritten", 0.2, values), "inconclusive", "low")
    if facts.missing > max(1024, _OFF * facts.size):
        yield Said(Reason("videos.cut-off", 0.1, {"bytes": facts.missing}), "inconclusive", "low")


def _coding(facts: Facts) -> str:
    """How the pictures are coded, as the container names it."""
    named = next((stream.codec for stream in facts.of("video") if stream.codec), "?")
    return "".join(c for c in named if c.isprintable())[:24]


def _rewritten(facts: Facts) -> bool:
    """Was a file that names a camera last written by a program that no camera uses?"""
    names = " ".join([*facts.tools, facts.encoder]).lower()
    return any(name in names for name in _REWRITERS)


__all__ = ["Provenance", "Said"]
