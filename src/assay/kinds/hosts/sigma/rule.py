"""A Sigma rule (v2) out of its YAML: what it looks for, where it applies, who wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay.core.errors import InvalidSetting
from assay.kinds.hosts.sigma.atoms import KEYWORD, Expression, field_expression
from assay.kinds.hosts.sigma.condition import parse_condition

LEVELS = ("informational", "low", "medium", "high", "critical")
MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class LogSource:
    """Absent parts are ""."""

    product: str = ""
    category: str = ""
    service: str = ""


@dataclass(frozen=True)
class Rule:
    """`expression` over atoms; `source` the file it came from."""

    id: str
    title: str
    source: LogSource
    expression: Expression
    level: str = "medium"
    name: str = ""
    status: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    path: str = ""

    @property
    def techniques(self) -> tuple[str, ...]:
        """ATT&CK techniques, such as "T1059.001"."""
        return tuple(t[7:].upper() for t in self.tags if t.lower().startswith("attack.t") and t[8:9].isdigit())


@dataclass
class Loaded:
    """Rules of some files: `refused` (file, reason) are those that could not be used; `correlations` their YAML."""

    rules: list[Rule] = field(default_factory=list)
    correlations: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    filters: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def load_rules(paths: Sequence[Path], lists: Mapping[str, Sequence[str]] | None = None) -> Loaded:
    """Every rule in files and folders (`*.yml`, `*.yaml`), in path order. A broken one is refused alone."""
    loaded = Loaded()
    for path in _files(paths):
        try:
            if path.stat().st_size > MAX_BYTES:
                raise InvalidSetting(f"a rule file of more than {MAX_BYTES} bytes")
            for document in documents(path.read_text("utf-8")):
                if "correlation" in document:
                    loaded.correlations.append((document, str(path)))
                elif "filter" in document:
                    loaded.filters.append((document, str(path)))
                elif "detection" in document:
                    loaded.rules.append(parse_rule(document, dict(lists or {}), str(path)))
        except InvalidSetting as error:
            loaded.refused.append((str(path), str(error)))
        except (UnicodeDecodeError, OSError, RecursionError) as error:
            loaded.refused.append((str(path), f"unreadable ({type(error).__name__})"))
    return loaded


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix in (".yml", ".yaml") and p.is_file())
        else:
            yield path


def documents(text: str) -> Iterator[dict[str, Any]]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    if text.count("&") and ("<<:" in text or text.count("*") > 10_000):
        raise InvalidSetting("YAML merges and masses of aliases are not read")
    try:
        for document in yaml.load_all(text, Loader=loader):
            if isinstance(document, dict):
                yield document
    except (yaml.YAMLError, ValueError) as error:
        raise InvalidSetting(f"not YAML: {str(error).splitlines()[0]}") from None


def parse_rule(document: Mapping[str, Any], lists: dict[str, Sequence[str]], path: str = "") -> Rule:
    """Raises `InvalidSetting` that names the part at fault."""
    detection, source = document.get("detection"), document.get("logsource")
    if not isinstance(detection, dict) or not isinstance(source, dict):
        raise InvalidSetting("a rule needs a detection and a logsource", where=path)
    named = {
        str(name): _part(value, lists, 0) for name, value in detection.items() if name not in ("condition", "timeframe")
    }
    conditions = detection.get("condition")
    texts = conditions if isinstance(conditions, list) else [conditions]
    if not texts or not all(isinstance(t, str) for t in texts):
        raise InvalidSetting("the condition is missing", where=path)
    parts = [parse_condition(str(t), named) for t in texts]
    level = str(document.get("level", "medium")).lower()
    return Rule(
        id=str(document.get("id") or document.get("title") or path),
        title=str(document.get("title", ""))[:300],
        source=LogSource(*(str(source.get(k) or "").lower() for k in ("product", "category", "service"))),
        expression=parts[0] if len(parts) == 1 else ("or", *parts),
        level=level if level in LEVELS else "medium",
        name=str(document.get("name") or ""),
        status=str(document.get("status") or ""),
        author=str(document.get("author") or "")[:300],
        tags=tuple(str(t) for t in document.get("tags") or ()),
        fields=tuple(str(f) for f in document.get("fields") or ()),
        path=path,
    )


def _part(value: Any, lists: dict[str, Sequence[str]], depth: int) -> Expression:
    """A named part of a detection: a map is all of it, a list any of it, a bare value a keyword."""
    if depth > 20:
        raise InvalidSetting("the detection nests too deep")
    if isinstance(value, Mapping):
        each = [
            field_expression(str(key), inner, lists)
            if not str(key).startswith("|")
            else field_expression(KEYWORD + str(key), inner, lists)
            for key, inner in value.items()
        ]
        return each[0] if len(each) == 1 else ("and", *each)
    if isinstance(value, list):
        each = [_part(one, lists, depth + 1) for one in value]
        return each[0] if len(each) == 1 else ("or", *each)
    return field_expression(KEYWORD, value, lists)


__all__ = ["LEVELS", "Loaded", "LogSource", "Rule", "documents", "load_rules", "parse_rule"]
