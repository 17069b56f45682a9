"""The detectors `messages.model` (how a text is worded) and `messages.url-model` (how a link is built).

A finding is at most `suspicious` and its severity at most medium: a learned likeness is never proof. Bands are scores that
one genuine text in two hundred, and one in a thousand, lay above when not learned from; the card holds them. Too
little text, or a script the model has not met, is `inconclusive`; what is neither likely nor unlikely gets no verdict.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.errors import ModelError
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict, Where
from assay.core.profile import Profile
from assay.kinds.messages.cues import about, examined, excerpt
from assay.kinds.messages.evidence import Message
from assay.kinds.messages.learned import links, texts
from assay.kinds.messages.learned.link_rows import STRUCTURE, Parts
from assay.kinds.messages.learned.prepared import Prepared, script_of
from assay.kinds.messages.learned.spans import loudest
from assay.kinds.messages.opened import Opened
from assay.learning import registry
from assay.learning.calibrate import Calibration

UNSURE, SURE = "unsure", "sure"  # bands of a card: false alarms of 0.5 % and of 0.1 %
GENUINE = 0.05  # probability below which it is called so
MOST_LINKS = 8  # links of one message that are looked at
TECHNIQUES = ("T1566",)  # ATT&CK: phishing
UNREADABLE = "messages.model.unreadable"


class TextDetector:
    """`messages.model`. `version` is the content hash of the model folder."""

    name = texts.NAME
    reads: tuple[type[Evidence], ...] = (Message,)

    def __init__(self, model: texts.TextModel, version: str, card: dict[str, Any]) -> None:
        self.model, self.version, self.scripts = model, version, frozenset(card.get("scripts", ()))
        self.card = card
        self.bands, self.base_rate = _bands(card)

    @classmethod
    def of(cls, folder: registry.ModelFolder) -> TextDetector:
        return cls(texts.TextModel.of(folder), folder.version, folder.card)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return examined(self.name, self.version, batch, self.look, UNREADABLE)

    def look(self, opened: Opened) -> Finding | None:
        """The statement on one message; None for a bare link or code, and for a message without a word."""
        if opened.message.channel in ("link", "code"):
            return None
        subject = opened.message.subject
        whole = f"{subject}\n{opened.body}" if subject else opened.body
        if not whole.strip():
            return None
        read = Prepared(whole)
        if not texts.readable(read) or script_of(read.plain) not in self.scripts:
            return _silent(self.name, self.version, UNREADABLE)
        score = self.model.score(read)
        probability = _probability(self.model.calibration, score)
        if score < self.bands[UNSURE]:
            return _nothing_found(self.name, self.version, probability)
        worded = self.model.worded(read)
        places = self.model.places(read)
        ordinary = (
            places.clip(min=0.0).mean() / 2
        )  # half of what an ordinary character of it adds: the stretch must be louder
        start, end = read.span(*loudest(places - ordinary, read.plain))
        field, lead = ("subject", 0) if start < len(subject) else (opened.field, len(subject) + 1 if subject else 0)
        most = len(subject) if field == "subject" else len(whole)
        return Finding(
            detector=self.name,
            version=self.version,
            verdict=Verdict.SUSPICIOUS.word,
            severity=(Severity.MEDIUM if score >= self.bands[SURE] else Severity.LOW).word,
            probability=probability,
            reasons=(
                Reason("messages.model.worded" if worded > score - worded else "messages.model.means", round(score, 3)),
            ),
            where=(Where(field=field, span=(float(start - lead), float(min(end, most) - lead))),),
            techniques=TECHNIQUES,
            entities=about(opened.message, sender=False),
        )


class LinkDetector:
    """`messages.url-model`. Speaks of the worst link of a message; `version` is the content hash of the model folder."""

    name = links.NAME
    reads: tuple[type[Evidence], ...] = (Message,)

    def __init__(self, model: links.LinkModel, version: str, card: dict[str, Any]) -> None:
        self.model, self.version, self.card = model, version, card
        self.bands, self.base_rate = _bands(card)

    @classmethod
    def of(cls, folder: registry.ModelFolder) -> LinkDetector:
        return cls(links.LinkModel.of(folder), folder.version, folder.card)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return examined(self.name, self.version, batch, self.look, "messages.url-model.unreadable")

    def look(self, opened: Opened) -> Finding | None:
        """The statement on the worst link of a message; None where it has none."""
        judged = [link for link in opened.links if link.target.registered or link.target.ip][:MOST_LINKS]
        if not judged:
            return None
        parts = [Parts(link.target) for link in judged]
        scores = self.model.score(parts)
        worst = int(np.argmax(scores))
        score, link = float(scores[worst]), judged[worst]
        probability = _probability(self.model.calibration, score)
        if score < self.bands[UNSURE]:
            return _nothing_found(self.name, self.version, probability)
        return Finding(
            detector=self.name,
            version=self.version,
            verdict=Verdict.SUSPICIOUS.word,
            severity=(Severity.MEDIUM if score >= self.bands[SURE] else Severity.LOW).word,
            probability=probability,
            reasons=(Reason(self._code(parts[worst]), round(score, 3), {"host": excerpt(link.target.host, 60)}),),
            where=(Where(field=link.field, span=(float(link.start), float(link.end))),),
            techniques=TECHNIQUES,
            entities=about(opened.message, sender=False),
        )

    def _code(self, parts: Parts) -> str:
        """What of the link tipped it: its host or its path, by what the trees' columns added (TreeSHAP)."""
        told = self.model.trees.contributions(self.model.row(parts)[None, :])[0]
        path = host = 0.0
        for name, value in zip(links.COLUMNS, told.tolist(), strict=False):
            if name in _OF_HOST:
                host += value
            elif name in _OF_PATH:
                path += value
        return "messages.url-model.path" if path > host else "messages.url-model.host"


_OF_HOST = {n for n in STRUCTURE if n.startswith(("host", "below", "label", "suffix", "userinfo", "port"))} | {
    "score.host"
}
_OF_PATH = {n for n in STRUCTURE if n not in _OF_HOST} | {"score.path"}


def open_models(models: Path | None) -> list[TextDetector | LinkDetector]:
    """The detectors whose model folders lie at or directly under a path. Raises `ModelError` for one that is not ours."""
    found: list[TextDetector | LinkDetector] = []
    for path in registry.find(models):
        folder = registry.open_folder(path)
        kinds: dict[str, type[TextDetector] | type[LinkDetector]] = {texts.NAME: TextDetector, links.NAME: LinkDetector}
        name = str(folder.card.get("detector", ""))
        if name not in kinds:
            raise ModelError(f"the messages room has no detector {name!r}", where=str(path))
        found.append(kinds[name].of(folder))
    return found


def _bands(card: dict[str, Any]) -> tuple[dict[str, float], float]:
    """The bands of a card, and the share of lures its probabilities are stated for."""
    try:
        return {name: float(card["bands"][name]) for name in (UNSURE, SURE)}, float(card["base_rate"]["stated"])
    except (KeyError, TypeError, ValueError):
        raise ModelError("the card says no bands or no base rate") from None


def _probability(calibration: Calibration, score: float) -> float:
    return float(calibration(np.array([score]))[0])


def _nothing_found(name: str, version: str, probability: float) -> Finding:
    """Below the bands: genuine where it is unlikely to be a lure, else nothing is said but how likely."""
    verdict = Verdict.GENUINE if probability < GENUINE else Verdict.NONE
    return Finding(detector=name, version=version, verdict=verdict.word, probability=probability)


def _silent(name: str, version: str, code: str) -> Finding:
    return Finding(detector=name, version=version, verdict=Verdict.INCONCLUSIVE.word, reasons=(Reason(code, 0.0),))
