"""The pages of rules: what of ATT&CK they cover and what of that was met, which of them held lately and how often wrongly, and
one rule whole, as its author wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from assay.console.page import page_class, who
from assay.console.render import BASE, render
from assay.console.source import Access
from assay.core.errors import NotFound
from assay.core.tactics import TACTICS, tactic_of
from assay.ledger.base import FindingRecord

RULES = f"{BASE}/rules"
SHOWN = 300  # rules of a list
FOUND = 50  # findings of one rule


class Held(msgspec.Struct):
    """How often a rule held among the newest findings, how many of those a label confirmed or dismissed, and when last."""

    times: int = 0
    confirmed: int = 0
    dismissed: int = 0
    last: int = 0


class Technique(msgspec.Struct, frozen=True):
    """`rules` that name it, and how often they `held`."""

    id: str
    rules: int
    held: int


class Rulebooks(Protocol):
    """What the pages ask of the rest; called from worker threads."""

    def rules(self) -> Sequence[Mapping[str, Any]]:
        """Every rule of every room in use, with the room's name as `room`."""
        ...

    def text(self, room: str, id_: str) -> str: ...
    def newest(self) -> Sequence[FindingRecord]:
        """The newest findings of detectors that run rules."""
        ...


def router(books: Rulebooks, access: Access) -> APIRouter:
    """Stands before the console's own router, whose last route takes every other address."""
    pages = APIRouter(include_in_schema=False, route_class=page_class(access))

    @pages.get(RULES)
    def rules(request: Request) -> Response:
        """Coverage and what held; with `?q=` the rules whose name, id, technique or source holds that."""
        person = who(request, access)
        every, held = books.rules(), held_by(books.newest())
        asked = request.query_params.get("q", "").strip()[:128]
        found = matching(every, asked) if asked else []
        return render(
            request, "rules.html", person, RULES=RULES, total=len(every), asked=asked, found=found[:SHOWN], more=len(found) - SHOWN,
            coverage=coverage(every, held), held=held, lately=lately(every, held)[:SHOWN],
        )  # fmt: skip

    @pages.get(RULES + "/{room}/{id_:path}")
    def rule(request: Request, room: str, id_: str) -> Response:
        person = who(request, access)
        told = next((one for one in books.rules() if one["room"] == room and one["id"] == id_), None)
        if told is None:
            raise NotFound(f"no rule {id_!r}")
        newest = books.newest()
        by_it = [record for record in newest if id_ in rules_of(record)][:FOUND]
        held = held_by(newest).get(id_, Held())
        return render(
            request, "rule.html", person, RULES=RULES, rule=told, text=books.text(room, id_), found=by_it, held=held,
        )  # fmt: skip

    return pages


def rules_of(record: FindingRecord) -> set[str]:
    """The ids of the rules that a finding's reasons name."""
    named = (reason.values.get("rule") for reason in record.finding.reasons)
    return {rule for rule in named if isinstance(rule, str)}


def held_by(records: Iterable[FindingRecord]) -> dict[str, Held]:
    """Rule id -> how often it held."""
    held: dict[str, Held] = {}
    for record in records:
        for rule in rules_of(record):
            told = held.setdefault(rule, Held())
            told.times += 1
            told.confirmed += record.status == "confirmed"
            told.dismissed += record.status == "dismissed"
            told.last = max(told.last, record.time)
    return held


def coverage(rules: Iterable[Mapping[str, Any]], held: Mapping[str, Held]) -> list[tuple[str, list[Technique]]]:
    """(tactic, its techniques, those of most rules first), in the order of an attack: each technique once, at the tactic that it
    tells of (`core.tactics`), or where its rule says. Tactics without a rule are left in: what is not covered is what one wants
    to see."""
    table: dict[str, dict[str, list[int]]] = {tactic: {} for tactic in TACTICS if tactic != "defense-evasion"}
    for rule in rules:
        times = held[rule["id"]].times if rule["id"] in held else 0
        for technique in rule["techniques"]:
            tactic = tactic_of(technique) or next(iter(rule["tactics"]), "")
            cell = table.setdefault(tactic, {}).setdefault(technique, [0, 0])
            cell[0] += 1
            cell[1] += times
    return [
        (tactic, sorted((Technique(t, *n) for t, n in row.items()), key=lambda one: (-one.rules, one.id)))
        for tactic, row in sorted(table.items(), key=lambda item: TACTICS.index(item[0]) if item[0] in TACTICS else 99)
    ]  # fmt: skip


def matching(rules: Iterable[Mapping[str, Any]], text: str) -> list[Mapping[str, Any]]:
    """By title, id, technique, source, author or collection."""
    words = text.casefold().split()

    def said(rule: Mapping[str, Any]) -> str:
        parts = (
            rule["title"],
            rule["id"],
            *rule["techniques"],
            rule["source"],
            rule["author"],
            rule["collection"],
            *rule["tactics"],
        )
        return " ".join(parts).casefold()

    return [rule for rule in rules if all(word in said(rule) for word in words)]


def lately(rules: Iterable[Mapping[str, Any]], held: Mapping[str, Held]) -> list[Mapping[str, Any]]:
    """Those that held, most often first."""
    return sorted((r for r in rules if r["id"] in held), key=lambda r: (-held[r["id"]].times, r["title"]))
