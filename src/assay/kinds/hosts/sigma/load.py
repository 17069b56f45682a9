"""Rule files into rules, correlations and filters. A broken one is refused alone, with its reason; filters are added to the
rules that they concern."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay.core.errors import InvalidSetting
from assay.kinds.hosts.sigma.correlation import Correlation, parse_correlation
from assay.kinds.hosts.sigma.filter import Filter, filtered, parse_filter
from assay.kinds.hosts.sigma.rule import Rule, parse_rule

MAX_BYTES = 1 << 20
_RETIRED = ("deprecated", "unsupported")


@dataclass
class Loaded:
    """What some files hold: `refused` (file, reason) are those that could not be used; `retired` counts those that their
    authors call deprecated or unsupported: they are left out."""

    rules: list[Rule] = field(default_factory=list)
    correlations: list[Correlation] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    retired: int = 0


def load_rules(paths: Sequence[Path], lists: Mapping[str, Sequence[str]] | None = None) -> Loaded:
    """Every rule in files and folders (`*.yml`, `*.yaml`), in path order."""
    loaded = Loaded()
    for path in rule_files(paths):
        try:
            if path.stat().st_size > MAX_BYTES:
                raise InvalidSetting(f"a rule file of more than {MAX_BYTES} bytes")
            for document in documents(path.read_text("utf-8")):
                _take(document, dict(lists or {}), str(path), loaded)
        except InvalidSetting as error:
            loaded.refused.append((str(path), str(error)))
        except (UnicodeDecodeError, OSError, RecursionError) as error:
            loaded.refused.append((str(path), f"unreadable ({type(error).__name__})"))
    loaded.rules = filtered(loaded.rules, loaded.filters)
    return loaded


def _take(document: dict[str, Any], lists: dict[str, Sequence[str]], path: str, loaded: Loaded) -> None:
    if str(document.get("status", "")).lower() in _RETIRED:
        loaded.retired += 1
        return
    try:
        if "correlation" in document:
            loaded.correlations.append(parse_correlation(document, path))
        elif "filter" in document:
            loaded.filters.append(parse_filter(document, lists, path))
        elif "detection" in document:
            loaded.rules.append(parse_rule(document, lists, path))
    except (InvalidSetting, RecursionError) as error:
        loaded.refused.append((path, str(error)))


def rule_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The YAML files at and under the paths, those of each folder in order; links are not followed."""
    for path in paths:
        if path.is_dir():
            yield from sorted(
                p for p in path.rglob("*") if p.suffix in (".yml", ".yaml") and p.is_file() and not p.is_symlink()
            )
        else:
            yield path


MAX_LISTED = 100_000  # values of one list


def site_lists(folder: Path) -> dict[str, list[str]]:
    """An operator's lists for `expand`: `NAME.txt` holds the values of `%NAME%`, one a line; `#` begins a remark."""
    lists = {}
    for path in sorted(folder.glob("*.txt")) if folder.is_dir() else ():
        lines = (line.strip() for line in path.read_text("utf-8", "replace").splitlines()[:MAX_LISTED])
        lists[path.stem] = [line for line in lines if line and not line.startswith("#")]
    return lists


def documents(text: str) -> Iterator[dict[str, Any]]:
    """The maps of a YAML text. Raises `InvalidSetting`."""
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


__all__ = ["Loaded", "documents", "load_rules", "rule_files", "site_lists"]
