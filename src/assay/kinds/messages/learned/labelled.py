"""Labelled messages read for learning: tables of texts or of links, each with a label, a file or a folder of them.

Columns are known by their names (`text`, `message`, `url` …; `label`, `class`, `phishing` …) or named by a mapping; labels
by their words. Rows that repeat are dropped, rows with a label nobody knows are counted and left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from assay.core.errors import InvalidSetting, UnreadableInput
from assay.formats.guess import plain_name
from assay.formats.mapping import Mapping, load_mapping
from assay.formats.tabular import frames
from assay.kinds.messages.learned.near import groups
from assay.kinds.messages.links.anatomy import anatomy

TABLES = (".csv", ".tsv", ".parquet", ".pq", ".jsonl", ".ndjson")
_TEXT = ("text", "message", "sms", "body", "content", "messagetext", "v2", "短信", "内容")
_LINK = ("url", "link", "uri", "address", "网址")
_LABEL = (
    "label",
    "phishing",
    "class",
    "isphishing",
    "category",
    "type",
    "target",
    "truth",
    "v1",
    "result",
    "status",
    "标签",
)
_LURE = {
    "1",
    "1.0",
    "spam",
    "smishing",
    "scam",
    "phishing",
    "phish",
    "fraud",
    "bad",
    "malicious",
    "lure",
    "true",
    "yes",
}
_OTHER = {"0", "0.0", "ham", "legit", "legitimate", "genuine", "benign", "good", "safe", "false", "no", "normal"}


@dataclass
class Labelled:
    """Texts, or links, of one or more tables; row i of each.

    truth   float64[n], 1 a lure
    label   as the table says it: "smishing", "spam", "ham"
    source  the table's name without suffix
    told    further columns of the tables ("language", "category", "template"), "" where a table has none
    group   int64[n]: rows that must not be torn apart: near duplicates, or one registered domain
    """

    content: list[str]
    truth: np.ndarray
    label: np.ndarray
    source: np.ndarray
    told: dict[str, np.ndarray]
    group: np.ndarray
    refused: int = 0
    repeated: int = 0

    def __len__(self) -> int:
        return len(self.content)

    @property
    def simulated(self) -> bool:
        """Was every row made from a template?"""
        return bool((self.told["template"] != "").all())

    def take(self, rows: np.ndarray) -> Labelled:
        """These rows (indices), in their order."""
        told = {name: values[rows] for name, values in self.told.items()}
        content = [self.content[i] for i in rows]
        return Labelled(content, self.truth[rows], self.label[rows], self.source[rows], told, self.group[rows])


@dataclass
class Tables:
    """What was read: `texts` and `links`, either None where no table had any."""

    texts: Labelled | None
    links: Labelled | None


@dataclass
class _Gathered:
    content: list[str] = field(default_factory=list)
    truth: list[float] = field(default_factory=list)
    label: list[str] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    told: list[tuple[str, str, str]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    refused: int = 0
    repeated: int = 0


_TOLD = ("language", "category", "template")


def read_labelled(data: Path, mapping: Path | None = None) -> Tables:
    """Raises `UnreadableInput` where no labelled message could be read, `InvalidSetting` for a mapping without a text or
    a label."""
    plan = load_mapping(mapping) if mapping else None
    texts, links = _Gathered(), _Gathered()
    files = sorted(f for f in data.iterdir() if f.suffix.lower() in TABLES) if data.is_dir() else [data]
    for file in files:
        for _, frame in frames(file):
            named = _columns(frame.columns, plan, file)
            if named is None:
                break
            content, label, is_link = named
            for row in _rows(frame, [content, label, *_TOLD, "channel"]):
                as_link = is_link or row[-1] == "link"
                _gather(links if as_link else texts, row, file.stem, as_link)
    if not texts.content and not links.content:
        raise UnreadableInput(
            "no labelled message could be read", where=str(data), hint="a table needs a text or url and a label column"
        )
    return Tables(_labelled(texts, is_link=False), _labelled(links, is_link=True))


def of_rows(content: Sequence[str], truth: Sequence[float], told: dict[str, Sequence[str]], source: str) -> Labelled:
    """Labelled texts that did not come from a table; rows of one `template` are one group."""
    n = len(content)
    columns = {name: np.array(list(told.get(name, [""] * n)), object) for name in _TOLD}
    group = np.unique(columns["template"].astype(str), return_inverse=True)[1]
    label = np.array(["lure" if t else "genuine" for t in truth], object)
    return Labelled(list(content), np.array(truth, np.float64), label, np.full(n, source, object), columns, group)


def _columns(names: Sequence[str], plan: Mapping | None, file: Path) -> tuple[str, str, bool] | None:
    """(content column, label column, is it a link); None for a table of something else."""
    if plan is not None:
        said = plan.fields.get("text")
        if said is None or said.column is None or plan.label is None:
            raise InvalidSetting(
                "the mapping names no text or no label", where=str(file), hint="fields: {text: …}, label"
            )
        channel = plan.fields.get("channel")
        return said.column, plan.label.column, channel is not None and channel.constant == "link"
    plain = {plain_name(name): name for name in reversed(names)}
    label = next((plain[n] for n in _LABEL if n in plain), None)
    text = next((plain[n] for n in _TEXT if n in plain), None)
    link = next((plain[n] for n in _LINK if n in plain), None)
    if label is None or (text is None and link is None):
        return None
    return (text, label, False) if text is not None else (str(link), label, True)


def _gather(into: _Gathered, row: list[str], source: str, is_link: bool) -> None:
    text, said = row[0].strip(), row[1].strip().lower()
    truth = 1.0 if said in _LURE else 0.0 if said in _OTHER else None
    if truth is None or not text:
        into.refused += 1
        return
    key = _link_key(text) if is_link else " ".join(text.lower().split())
    if key in into.seen:
        into.repeated += 1
        return
    into.seen.add(key)
    into.content.append(text)
    into.truth.append(truth)
    into.label.append(said)
    into.source.append(source)
    into.told.append((row[2], row[3], row[4]))


def _rows(frame: pl.DataFrame, names: Sequence[str]) -> Iterator[list[str]]:
    columns = [frame[name].cast(pl.String).to_list() if name in frame.columns else [""] * len(frame) for name in names]
    for row in zip(*columns, strict=True):
        yield [value or "" for value in row]


def _link_key(url: str) -> str:
    parts = anatomy(url)
    return f"{parts.bare}#{parts.fragment}" if parts.host else url


def _labelled(found: _Gathered, *, is_link: bool) -> Labelled | None:
    if not found.content:
        return None
    told = {name: np.array([row[i] for row in found.told], object) for i, name in enumerate(_TOLD)}
    if is_link:
        domains = [(a := anatomy(url)).registered or a.host or url for url in found.content]
        group = np.unique(domains, return_inverse=True)[1].astype(np.int64)
    else:
        group = _text_groups(found.content, told["template"])
    return Labelled(
        found.content, np.array(found.truth), np.array(found.label, object), np.array(found.source, object), told, group,
        found.refused, found.repeated,
    )  # fmt: skip


def _text_groups(texts: Sequence[str], template: np.ndarray) -> np.ndarray:
    """Near duplicates; texts made from one template belong together as well."""
    group = groups(texts)
    first: dict[str, int] = {}
    merged: dict[int, int] = {}
    for i, name in enumerate(template.tolist()):
        if name:
            at = merged.get(int(group[i]), int(group[i]))
            merged[int(group[i])] = first.setdefault(name, at)
    return np.array([merged.get(int(g), int(g)) for g in group], np.int64)
