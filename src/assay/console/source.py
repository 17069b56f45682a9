"""What the pages ask of the rest of Assay, as two small interfaces. The service hands in the real ones; tests hand in others.

`Source` reads decisions, entities, models and policy, and takes labels. `Access` knows who is looking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from assay.campaigns.told import Line
from assay.console.graph import Edge
from assay.core.decision import Decision
from assay.core.entity import Entity
from assay.core.label import Label


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which decisions a list shows, newest first. Empty means any."""

    outcomes: frozenset[str] = frozenset()
    kind: str = ""
    text: str = ""  # the start of the evidence's id, or the whole id of an entity
    entity: Entity | None = None
    at_least: float = 0.0  # probability
    before: int | None = None  # only decisions with a smaller ledger number
    limit: int = 50


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """An entity in one line. `outcomes` counts in the order of `OUTCOMES`, `noted` what nobody decided upon; times are event times
    in microseconds."""

    entity: Entity
    events: int
    first: int
    last: int
    outcomes: tuple[int, int, int, int] = (0, 0, 0, 0)
    noted: int = 0


class PolicyRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule as the page lists it: where `when` holds, the outcome lies in `lowest`..`highest`. `line` is where it stands
    in the text, 1-based, 0 if unknown."""

    name: str
    lowest: str
    highest: str
    when: str = ""
    line: int = 0


class PolicyText(msgspec.Struct, frozen=True, kw_only=True):
    """A policy in force: its name and version, its text, and what the page picks out of it. `rooms`: all that have one."""

    name: str
    room: str = ""
    rooms: tuple[str, ...] = ()
    text: str
    rules: tuple[PolicyRule, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()  # cost model and budget: term of the policy file, value
    backtest: dict[str, Any] | None = None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in. `csrf` goes into every form of this session."""

    name: str
    role: str
    csrf: str = ""
    may_label: bool = False
    may_check: bool = False
    key: str = ""  # id of the API key behind the session: who looked, in the audit trail


class Job(Protocol):
    """A file being examined; see `assay.service.checks`."""

    @property
    def name(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def problem(self) -> str: ...
    @property
    def result(self) -> Any: ...


Usual = tuple[float, float, float]
"""p05, p50 and p95 of a feature over the rows a model was trained on."""


class Source(Protocol):
    """Reads are called from worker threads, several at a time."""

    def decisions(self, query: Query) -> Sequence[Decision]:
        """At most `query.limit` decisions, newest first."""
        ...

    def rates(self, until: int, step: int, steps: int) -> Sequence[tuple[int, int, int, int]]:
        """Decisions counted by outcome over `steps` steps of `step` microseconds of decision time, the last ending at
        `until`; oldest first."""
        ...

    def decision(self, id_: str) -> Decision | None: ...

    def view(self, decision: Decision, person: Person) -> Mapping[str, Any]:
        """What the room's page has as `view`; empty where the room has none. That this person looked goes on record."""
        ...

    def picture(self, decision: Decision, name: str, person: Person) -> bytes:
        """A picture that the room's page shows, PNG, JPEG or WebP. Raises `NotFound`."""
        ...

    def kept(self, decision: Decision) -> Sequence[bool]:
        """For each of the decision's files whether it is still kept."""
        ...

    def job(self, id_: str) -> Job:
        """A file that was sent to be examined. Raises `NotFound`."""
        ...

    def labels(self, id_: str) -> Sequence[Label]:
        """Labels on one piece of evidence, oldest first."""
        ...

    def add_label(self, label: Label) -> None:
        """Record a label and let profiles learn of it. Raises `NotFound` for evidence nobody decided on."""
        ...

    def summary(self, entity: Entity) -> Summary | None: ...

    def history(self, entity: Entity, limit: int) -> Sequence[Decision]:
        """The entity's latest decisions, newest first."""
        ...

    def links(self, entity: Entity, limit: int) -> Sequence[Edge]:
        """Entities seen together with this one, and those with each other, busiest first."""
        ...

    def cases(self, entities: Sequence[Entity]) -> Sequence[Line]:
        """The cases that these entities are part of, open ones first."""
        ...

    def search(self, text: str, limit: int) -> Sequence[Summary]:
        """Entities lately seen whose id holds `text`, and any with exactly that id; busiest first."""
        ...

    def sealed(self, text: str) -> str:
        """What stands in the records for a card or account number; any other text as it is."""
        ...

    def cards(self) -> Mapping[str, Mapping[str, Any]]:
        """Detector name -> model card, for the detectors in use; an empty card for one that has none."""
        ...

    def usual(self, kind: str) -> Mapping[str, Usual]:
        """Feature -> what is usual for evidence of this tag, where a model card says it."""
        ...

    def costs(self, decision: Decision) -> Mapping[str, float]:
        """Outcome -> expected loss by the policy in force, in the evidence's major unit; empty where unknown."""
        ...

    def policy(self, room: str = "") -> PolicyText | None:
        """The policy of a room, or of the first that has one; None where there is none."""
        ...

    def hits(self, room: str = "") -> Mapping[str, int]:
        """Rule of that policy -> decisions it settled, among the latest that were not allowed; '' for the cost model."""
        ...


class Access(Protocol):
    """Sessions, as far as pages need them."""

    def person(self, request: Request) -> Person | None:
        """Who sent this request, or None: then pages lead to the sign-in form."""
        ...

    def sign_in(self, request: Request, key: str, response: Response) -> bool:
        """Check an API key; when it is good, start a session on `response` (its cookie)."""
        ...

    def sign_out(self, request: Request, response: Response) -> None: ...
