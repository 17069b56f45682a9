"""`roads.security`: what a signature, its certificate and its permissions say of a message. The reader has verified them
(`assay.kinds.roads.wire.envelope`); here the outcome becomes findings.

A wrong signature is exact evidence. A signature that nobody here can verify is said to be so, and is no evidence of anything. Of
one sender the same is told once in ten seconds (`assay.kinds.roads.told`), by the order of messages alone.
"""

from __future__ import annotations

from contextlib import suppress
from threading import Lock
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict
from assay.core.profile import Profile
from assay.kinds.roads import reasons
from assay.kinds.roads.evidence import RoadMessage
from assay.kinds.roads.packed import packed, unpacked

NAME = "roads.security"
FAULTS = {code.partition(".")[2]: code for code in reasons.SECURITY if code != reasons.UNVERIFIED}
"""A word of `RoadMessage.faults` -> the reason it is."""
_GRAVE = (reasons.SIGNATURE, reasons.CERTIFICATE, reasons.EXPIRED)
_BIT = {code: np.uint64(1 << i) for i, code in enumerate(FAULTS.values())}
_NO_FAULTS = {"key": np.zeros(0, np.uint64), "time": np.zeros(0), "bits": np.zeros(0, np.uint64)}


class Security:
    """Grave where a signature or certificate is wrong; what cannot be verified is inconclusive."""

    name = NAME
    version = "1"
    reads: tuple[type[Evidence], ...] = (RoadMessage,)

    def __init__(self) -> None:
        self._lock = Lock()
        self._told: Any = None
        self._faults: dict[str, np.ndarray] = _NO_FAULTS  # of the batch examined last

    def forget(self) -> None:
        """As if no message had come yet."""
        self._told = None

    def kept(self) -> bytes:
        """What was told of whom, for a start of the service."""
        return b"" if self._told is None else packed(self._told.kept())

    def bring_back(self, kept: bytes) -> None:
        """Takes up what `kept` gave; one that already remembers something, or is given anything else, leaves it."""
        from assay.kinds.roads.told import Told

        if self._told is None and kept:
            told = Told()
            with suppress(ValueError, KeyError, IndexError):
                told.bring_back(unpacked(kept)[0])
                self._told = told

    def took(self, batch: Batch[Any]) -> bytes:
        """The faults of the batch just examined, and whose they are."""
        return packed(self._faults) if len(self._faults["bits"]) else b""

    def again(self, taken: bytes) -> None:
        """Remembers what `took` told."""
        with self._lock:
            self._choose(unpacked(taken)[0])

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        n = len(batch)
        verdict, severity = np.zeros(n, np.int8), np.ones(n, np.int8)
        codes: dict[str, np.ndarray] = {}
        signed = batch.columns.get("signed")
        if signed is not None and (unsure := np.asarray(signed == "unverified", np.bool_)).any():
            codes[reasons.UNVERIFIED] = unsure
            verdict[unsure] = Verdict.INCONCLUSIVE
        hits = _hits(batch.columns.get("faults"))
        told = self._chosen(batch, hits)
        for code, hit in hits.items():
            codes[code] = hit & told
            verdict[hit & told] = Verdict.SUSPICIOUS
            grave = Severity.HIGH if code in _GRAVE else Severity.MEDIUM
            severity[hit & told] = np.maximum(severity[hit & told], grave)

        def explain(rows: np.ndarray) -> list[Finding]:
            return [self._finding(batch, int(i), codes, verdict, severity) for i in rows]

        return Findings(self.name, self.version, verdict, severity=severity, codes=codes, explain=explain)

    def _chosen(self, batch: Batch[Any], hits: dict[str, np.ndarray]) -> np.ndarray:
        """bool[n]: whose faults are told."""
        from assay.kinds.roads.rows import keys

        told, bits = np.zeros(len(batch), np.bool_), np.zeros(len(batch), np.uint64)
        for code, hit in hits.items():
            bits[hit] |= _BIT[code]
        wrong = np.flatnonzero(bits)
        with self._lock:
            self._faults = _NO_FAULTS
            if len(wrong):
                self._faults = {"key": keys(batch)[0][wrong], "time": batch.time[wrong] / 1e6, "bits": bits[wrong]}
                told[wrong] = self._choose(self._faults)
        return told

    def _choose(self, faults: dict[str, np.ndarray]) -> np.ndarray:
        from assay.kinds.roads.told import Told

        self._told = self._told or Told()
        return np.asarray(self._told.choose(faults["key"], faults["time"], faults["bits"]))

    def _finding(
        self, batch: Batch[Any], i: int, codes: dict[str, np.ndarray], verdict: np.ndarray, severity: np.ndarray
    ) -> Finding:
        told = []
        for code, hit in codes.items():
            if hit[i]:
                name = reasons.STANDARD.get(code)
                told.append(
                    Reason(code, 0.1 if code == reasons.UNVERIFIED else 1.0, {"observation": name} if name else {})
                )
        return Finding(
            detector=self.name, version=self.version, verdict=Verdict(int(verdict[i])).word,
            severity=Severity(int(severity[i])).word, reasons=tuple(told),
            entities=tuple(Entity(kind, id_) for kind in batch.entity_kinds() if (id_ := batch.entity(kind)[i])),
            techniques=tuple(n for reason in told if (n := reasons.STANDARD.get(reason.code))),
        )  # fmt: skip


def _hits(faults: np.ndarray | None) -> dict[str, np.ndarray]:
    """Reason -> bool[n], for the words that are there."""
    if faults is None:
        return {}
    there = {text: text.split() for text in set(faults.tolist()) if text}
    return {
        code: np.array([bool(text) and word in there[text] for text in faults.tolist()], np.bool_)
        for word, code in FAULTS.items()
        if any(word in words for words in there.values())
    }


__all__ = ["FAULTS", "Security"]
