"""Reports for people outside: what a room needs to make one of what was found, and to check one that comes back.

A room that can names a module as its `Kind.reporter`; `assay report` calls it and knows nothing of what a report holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from assay.core.evidence import Evidence
from assay.core.finding import Finding


@dataclass(frozen=True)
class Wanted:
    """What a report is for. `about`: entity kind -> id, as whoever asked for it calls them; `consent`: who agreed to the
    examination, as its file says; `nonce`: good for one report, made up where none is given; `options`: what only some
    rooms know of; `language` of its page."""

    keys: Path
    consent: Mapping[str, Any]
    about: Mapping[str, str] = field(default_factory=dict)
    nonce: str = ""
    case: str = ""
    days: float = 7.0
    options: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"


@dataclass(frozen=True)
class Shown:
    """For what a report is shown, to be held against what it says; what is empty is not held against anything."""

    about: Mapping[str, str] = field(default_factory=dict)
    nonce: str = ""
    case: str = ""


class Reporter(Protocol):
    """The module.

    report   (files by name, what to tell in plain values)
    verify   {"believed": bool, "reasons": [reason, …], …} in plain values; `signers`: folder of the cards that are believed
    key      "create", "rotate", "revoke", "trust" or "list" in a folder of keys or of cards
    """

    def report(
        self, evidence: Evidence, findings: Sequence[Finding], source: Path, wanted: Wanted
    ) -> tuple[dict[str, bytes], dict[str, Any]]: ...

    def verify(self, content: bytes, shown: Shown, signers: Path) -> dict[str, Any]: ...

    def key(self, action: str, folder: Path, *, name: str, why: str, card: bytes) -> list[dict[str, Any]]: ...


__all__ = ["Reporter", "Shown", "Wanted"]
