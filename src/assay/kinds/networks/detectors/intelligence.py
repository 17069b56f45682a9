"""`networks.intelligence`: addresses, names, links, digests and fingerprints that somebody published as bad, at the time they were
seen. Connections are looked up as contacts, once a pair and day, so that one bad address is one finding and not ten thousand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Findings, Severity
from assay.core.profile import Profile
from assay.intelligence import Hit, Intelligence, folder_of
from assay.intelligence.indicator import link
from assay.kinds.networks.detectors.told import Rule, findings, texts
from assay.kinds.networks.evidence import Contact, Handshake, Lookup, Transfer, WebRequest
from assay.kinds.networks.reasons import KNOWN_BAD

SURE, UNSURE = 80, 50  # confidence from which, and below which, a match weighs more, or less
_DAY = 86_400_000_000
_DIGESTS = {32: "md5", 40: "sha1", 64: "sha256"}
_ASKED: dict[type[Evidence], tuple[tuple[str, str], ...]] = {  # column, kind
    Contact: (("destination", "domain"), ("destination", "ip"), ("address", "ip")),
    Lookup: (("name", "domain"), ("answers", "ip")),
    Handshake: (("name", "domain"), ("ja3", "ja3"), ("ja3s", "ja3"), ("ja4", "ja4"), ("certificate", "certificate")),
    WebRequest: (("link", "url"),),
    Transfer: (("sha256", "sha256"), ("sha1", "sha1"), ("md5", "md5")),
}


class KnownBad:
    """High where a domain, link, digest or fingerprint is surely meant; an address is shared by many, a network by more:
    medium, low. The confidence is the publisher's, or the operator's for a list that has none."""

    name = "networks.intelligence"
    version = "2"
    reads: tuple[type[Evidence], ...] = tuple(_ASKED)

    def __init__(self, models: Path | None = None) -> None:
        self.known = Intelligence(folder_of(models))

    @property
    def silent(self) -> bool:
        """Is nothing known?"""
        return not len(self.known)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        n = len(batch)
        hits: dict[int, Hit] = {}
        if len(self.known):
            days = batch.time // _DAY
            for column, kind in _ASKED[batch.type]:
                for i, hit in self._column(batch, column, kind, days).items():
                    if i not in hits or hit.confidence > hits[i].confidence:
                        hits[i] = hit
        hit_ = np.zeros(n, bool)
        severity = np.ones(n, np.int8)
        for i, hit in hits.items():
            hit_[i], severity[i] = True, _severity(hit)

        def told(i: int) -> dict[str, Any]:
            hit = hits[i]
            return {
                "what": f"{hit.kind} {hit.value}"[:200], "threat": hit.threat or "?", "source": hit.source,
                "confidence": hit.confidence, "since": hit.since or "?",
            }  # fmt: skip

        return findings(self, batch, [Rule(KNOWN_BAD, hit_, severity, told, ("T1071",))])

    def _column(self, batch: Batch[Any], column: str, kind: str, days: np.ndarray) -> dict[int, Hit]:
        values = _links(batch) if column == "link" else texts(batch, column)
        if column == "answers":
            at = [(i, word) for i, value in enumerate(values) if value for word in value.split()[:16]]
        else:
            at = [(i, value) for i, value in enumerate(values) if value]
        if not at:
            return {}
        distinct: dict[str, list[int]] = {}
        for i, value in at:
            distinct.setdefault(value, []).append(i)
        words = list(distinct)
        first = np.array([min(int(days[i]) for i in distinct[w]) for w in words], np.int64)
        found: dict[int, Hit] = {}
        for of, part in _by_kind(kind, words).items():
            for j, hit in self.known.look_up(of, [words[p] for p in part], first[part]).items():
                for i in distinct[words[part[j]]]:
                    found[i] = hit
        return found


def _by_kind(kind: str, words: list[str]) -> dict[str, list[int]]:
    """Which words are looked up as which kind; a certificate's digest by its length."""
    if kind != "certificate":
        return {kind: list(range(len(words)))}
    out: dict[str, list[int]] = {}
    for p, word in enumerate(words):
        if (of := _DIGESTS.get(len(word))) is not None:
            out.setdefault(of, []).append(p)
    return out


def _links(batch: Batch[Any]) -> list[str]:
    out = []
    for host, path in zip(texts(batch, "host"), texts(batch, "path"), strict=True):
        try:
            out.append(link(f"http://{host}{path}" if path.startswith("/") else path) if host else "")
        except ValueError:
            out.append("")
    return out


def _severity(hit: Hit) -> int:
    if hit.confidence < UNSURE or hit.kind == "network":
        return int(Severity.LOW)
    if hit.kind == "ip" or hit.confidence < SURE:
        return int(Severity.MEDIUM)
    return int(Severity.HIGH)


__all__ = ["KnownBad"]
