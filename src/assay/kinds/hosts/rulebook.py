"""The rules an operator keeps: adding a collection, running rules against their own samples, and what of ATT&CK they cover."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assay.core.errors import NotFound, UnreadableInput
from assay.core.tactics import TACTICS
from assay.formats.collection import collection_name, collections, licences, rule_files_in, take_over
from assay.formats.collection import remove as remove_collection
from assay.kinds.hosts.detector import OWN_RULES, PARSED
from assay.kinds.hosts.samples import test_samples
from assay.kinds.hosts.sigma.correlate import linked
from assay.kinds.hosts.sigma.correlation import Correlation
from assay.kinds.hosts.sigma.load import Loaded, documents, load_rules, site_lists
from assay.kinds.hosts.sigma.rule import LEVELS, Rule
from assay.kinds.hosts.sigma.store import load_stored

_RULES = re.compile(r".*\.(yml|yaml)", re.IGNORECASE)
_KEPT = re.compile(r".*\.(yml|yaml|evtx)", re.IGNORECASE)
_TECHNIQUE = re.compile(r"T\d{4}(\.\d{3})?")


def holds(source: Path) -> int:
    """How many files of a folder or archive look like Sigma rules."""
    return rule_files_in(source, _RULES)


def add(source: Path, models: Path) -> dict[str, Any]:
    """Takes a folder or archive (zip, tar, tar.gz, tar.zst) of rules over into the room's `rules`, licences and authors with them;
    a collection of the same name is replaced. Raises `UnreadableInput` where nothing in it is a rule."""
    into = models / "hosts" / "rules"

    def judge(copied: Path) -> tuple[Counter[str], dict[str, Any]]:
        loaded = load_rules([copied], site_lists(models / "hosts" / "lists"))
        if not (loaded.rules or loaded.correlations or loaded.filters):
            why = loaded.refused[0][1] if loaded.refused else "it holds no rule file"
            raise UnreadableInput(f"nothing in it is a rule: {why}", where=str(source))
        others = [path for path in collections(into) if path.name != collection_name(source)]
        loaded.refused += _unlinked(loaded, [OWN_RULES, *others])
        written = [rule.author for rule in loaded.rules] + [one.author for one in loaded.correlations]
        return Counter(filter(None, written)), {
            "rules": len(loaded.rules), "correlations": len(loaded.correlations),
            "filters": len(loaded.filters), "retired": loaded.retired, "refused": len(loaded.refused),
            "why": [f"{Path(path).name}: {reason}" for path, reason in loaded.refused[:50]],
        }  # fmt: skip

    told = take_over(source, into, _KEPT, judge)
    _ready(models)
    return told


def _ready(models: Path) -> None:
    """The next start is quick."""
    load_stored(folders(models), site_lists(models / "hosts" / "lists"), models / "hosts" / PARSED)


def collected(models: Path) -> dict[str, Any]:
    """Collection -> its rules, licences and where they came from."""
    told = {}
    for path in collections(models / "hosts" / "rules"):
        loaded = load_rules([path], site_lists(models / "hosts" / "lists"))
        told[path.name] = {
            "rules": len(loaded.rules), "correlations": len(loaded.correlations), "licences": licences(path),
        }  # fmt: skip
    return told


def remove(name: str, models: Path) -> None:
    """Raises `NotFound` where there is no such collection."""
    remove_collection(models / "hosts" / "rules", name)
    _ready(models)


def _unlinked(loaded: Loaded, others: Sequence[Path]) -> list[tuple[str, str]]:
    """Correlations of a collection that name rules which are neither in it nor here already."""
    here = load_rules(others)
    return linked([*here.rules, *loaded.rules], [*here.correlations, *loaded.correlations])[2]


def folders(models: Path | None) -> list[Path]:
    """Where rules are: our own, then an operator's."""
    added = models / "hosts" / "rules" if models is not None else None
    return [OWN_RULES] + ([added] if added is not None and added.is_dir() else [])


def test(models: Path | None) -> dict[str, Any]:
    """Runs every rule and correlation that brings samples against them; `failed` says which and how."""
    loaded = _everything(models)
    return {
        "rules": len(loaded.rules), "correlations": len(loaded.correlations), **test_samples(loaded, folders(models)),
    }  # fmt: skip


def _everything(models: Path | None) -> Loaded:
    return load_rules(folders(models), site_lists(models / "hosts" / "lists") if models is not None else None)


def coverage(models: Path | None) -> dict[str, Any]:
    """Tactic -> technique -> number of rules, in the order of an attack; and how many rules name none."""
    loaded = _everything(models)
    every: list[Rule | Correlation] = [*loaded.rules, *loaded.correlations]
    table: dict[str, dict[str, int]] = {tactic: {} for tactic in TACTICS}
    for rule in every:
        for tactic in _tactics(rule):
            row = table.setdefault(tactic, {})
            for technique in rule.techniques or ("",):
                row[technique] = row.get(technique, 0) + 1
    untold = sum(not rule.techniques for rule in every)
    levels = {level: sum(rule.level == level for rule in every) for level in LEVELS}
    filled = {tactic: dict(sorted(row.items())) for tactic, row in table.items() if row}
    return {
        "rules": len(loaded.rules), "correlations": len(loaded.correlations), "levels": levels,
        "without a technique": untold, "tactics": filled,
    }  # fmt: skip


def listed(models: Path | None) -> list[dict[str, Any]]:
    """Every rule and correlation in a line: what it is called, what it is asked of, what it tells of, and where it is from."""
    loaded, told = _stored(models), []
    every: list[Rule | Correlation] = [*loaded.rules, *loaded.correlations]
    for rule in every:
        source = rule.source if isinstance(rule, Rule) else None
        told.append({
            "id": rule.id, "title": rule.title, "level": rule.level, "author": rule.author, "status": rule.status,
            "source": " / ".join(filter(None, (source.product, source.category, source.service))) if source else "",
            "correlation": source is None, "techniques": list(rule.techniques), "tactics": list(_tactics(rule)),
            "collection": _collection(rule.path, models),
        })  # fmt: skip
    return told


def text(id_: str, models: Path | None) -> str:
    """A rule as its author wrote it. Raises `NotFound`."""
    loaded = _stored(models)
    every: list[Rule | Correlation] = [*loaded.rules, *loaded.correlations]
    rule = next((one for one in every if one.id == id_), None)
    if rule is None:
        raise NotFound("no such rule", where=id_)
    parts = re.split(r"^---[ \t]*$", Path(rule.path).read_text("utf-8"), flags=re.MULTILINE)
    for part in parts:
        if any(str(one.get("title", ""))[:300] == rule.title for one in documents(part)):
            return part.strip() + "\n"
    return "\n---\n".join(part.strip() for part in parts) + "\n"


def _stored(models: Path | None) -> Loaded:
    """As `_everything`, from what was parsed before where an operator added rules."""
    if models is None or len(folders(models)) == 1:
        return load_rules([OWN_RULES])
    return load_stored(folders(models), site_lists(models / "hosts" / "lists"), models / "hosts" / PARSED)


def _collection(path: str, models: Path | None) -> str:
    """The name under which an operator added it; empty for our own."""
    added = models / "hosts" / "rules" if models is not None else None
    return Path(path).relative_to(added).parts[0] if added is not None and Path(path).is_relative_to(added) else ""


def layer(models: Path | None) -> dict[str, Any]:
    """The coverage as a layer for ATT&CK Navigator (layer format 4.5): a technique's score is how many rules and correlations
    name it. No tactic is given, so that it shows wherever the reader's version of ATT&CK has the technique."""
    loaded = _everything(models)
    every: list[Rule | Correlation] = [*loaded.rules, *loaded.correlations]
    named: dict[str, list[str]] = {}
    for rule in every:
        for technique in rule.techniques:
            named.setdefault(technique, []).append(rule.title)
    techniques = [
        {
            "techniqueID": technique, "score": len(titles), "enabled": True, "comment": _first(titles),
            "showSubtechniques": False,
        }
        for technique, titles in sorted(named.items()) if _TECHNIQUE.fullmatch(technique)
    ]  # fmt: skip
    most = max((len(titles) for titles in named.values()), default=1)
    return {
        "name": "Assay: rules for hosts", "versions": {"layer": "4.5"}, "domain": "enterprise-attack",
        "description": f"{len(loaded.rules)} rules and {len(loaded.correlations)} correlations; "
                       f"{sum(not rule.techniques for rule in every)} name no technique",
        "sorting": 3, "layout": {"layout": "side", "showID": True, "showAggregateScores": True, "aggregateFunction": "sum", "countUnscored": False},
        "gradient": {"colors": ["#e6f2ef", "#16705f"], "minValue": 0, "maxValue": most},
        "legendItems": [], "metadata": [], "techniques": techniques,
    }  # fmt: skip


def _first(titles: Sequence[str], most: int = 5) -> str:
    """Some of the rules by name, and how many more there are."""
    shown = "\n".join(titles[:most])
    return shown + (f"\n… {len(titles) - most} more" if len(titles) > most else "")


def _tactics(rule: Rule | Correlation) -> Sequence[str]:
    names = [tag[7:].lower() for tag in rule.tags if tag.lower().startswith("attack.")]
    return [name for name in names if not re.fullmatch(r"[tsg]\d.*", name)] or ["no tactic"]


__all__ = ["TACTICS", "add", "collected", "coverage", "folders", "holds", "listed", "remove", "test", "text"]
