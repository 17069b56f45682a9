"""Parsed rules kept on disk, so that a start need not read thousands of YAML files anew.

The file is known by the content of every rule file, the site's lists and the code that parses: whatever changes makes it
another, and then it is written anew. It is plain data in MessagePack (no pickle), checked by its SHA-256 before it is decoded
and piece by piece after; it is taken only where nobody else could have written it. Anything wrong with it, and it is as if it
were not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from assay.core.errors import InvalidSetting
from assay.formats.kept import read_kept, write_kept
from assay.kinds.hosts.sigma.atoms import TESTS, Atom, Expression
from assay.kinds.hosts.sigma.correlation import Correlation
from assay.kinds.hosts.sigma.filter import Filter
from assay.kinds.hosts.sigma.load import MAX_BYTES, Loaded, load_rules, rule_files
from assay.kinds.hosts.sigma.rule import LogSource, Rule

MAGIC = b"assay rules 1\n"
MAX_STORED = 256 << 20
MAX_DEPTH = 200


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """Expressions hold the numbers of `atoms` in place of them."""

    atoms: list[tuple[str, str, str, bool, str]]
    rules: list[tuple[list[Any], Any]]
    filters: list[tuple[list[Any], Any]]
    correlations: list[Correlation]
    refused: list[tuple[str, str]]
    retired: int


class _RuleText(msgspec.Struct, array_like=True, frozen=True):
    """A rule without its expression."""

    id: str
    title: str
    source: tuple[str, str, str]
    level: str
    name: str
    status: str
    author: str
    tags: tuple[str, ...]
    fields: tuple[str, ...]
    path: str


class _FilterText(msgspec.Struct, array_like=True, frozen=True):
    id: str
    title: str
    source: tuple[str, str, str]
    rules: list[str]
    path: str


def load_stored(
    paths: Sequence[Path], lists: Mapping[str, Sequence[str]] | None = None, kept: Path | None = None
) -> Loaded:
    """What `load_rules` gives; from the file `kept` where it holds just that, else read and put there."""
    if kept is None:
        return load_rules(paths, lists)
    identity = _identity(paths, lists or {})
    loaded = _read(kept, identity)
    if loaded is None:
        loaded = load_rules(paths, lists)
        with suppress(OSError):  # a folder that cannot be written to: the next start reads again
            write_kept(kept, MAGIC, identity, _encoded(loaded))
    return loaded


@cache
def _parser_code() -> bytes:
    """The hash of the code that parses: a new version reads rules anew."""
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        code.update(path.read_bytes())
    return code.digest()


def _identity(paths: Sequence[Path], lists: Mapping[str, Sequence[str]]) -> bytes:
    whole = hashlib.sha256(_parser_code())
    whole.update(msgspec.msgpack.encode({name: list(values) for name, values in lists.items()}))
    for path in rule_files(paths):
        try:
            content = path.read_bytes() if path.stat().st_size <= MAX_BYTES else b"too large"
        except OSError as error:
            content = type(error).__name__.encode()
        whole.update(msgspec.msgpack.encode((str(path), hashlib.sha256(content).digest())))
    return whole.digest()


def _read(path: Path, identity: bytes) -> Loaded | None:
    payload = read_kept(path, MAGIC, identity, MAX_STORED)
    try:
        return None if payload is None else _decoded(payload)
    except (msgspec.MsgspecError, InvalidSetting, TypeError, ValueError, RecursionError):
        return None


def _encoded(loaded: Loaded) -> bytes:
    numbers: dict[Atom, int] = {}

    def plain(expression: Expression) -> Any:
        if isinstance(expression, Atom):
            return numbers.setdefault(expression, len(numbers))
        return [expression[0], *map(plain, expression[1:])]

    rules = [
        ([r.id, r.title, _source(r.source), r.level, r.name, r.status, r.author, r.tags, r.fields, r.path], plain(r.expression))
        for r in loaded.rules
    ]  # fmt: skip
    filters = [
        ([f.id, f.title, _source(f.source), sorted(f.rules), f.path], plain(f.expression)) for f in loaded.filters
    ]
    atoms = [(a.field, a.test, a.value, a.cased, a.part) for a in numbers]
    return msgspec.msgpack.encode(_Kept(atoms, rules, filters, loaded.correlations, loaded.refused, loaded.retired))


def _source(source: LogSource) -> tuple[str, str, str]:
    return source.product, source.category, source.service


def _decoded(payload: bytes) -> Loaded:
    """Raises `InvalidSetting` or `msgspec.MsgspecError` for what no rule file makes."""
    kept = msgspec.msgpack.decode(payload, type=_Kept)
    atoms = [_atom(*one) for one in kept.atoms]

    def expression(value: Any, depth: int = 0) -> Expression:
        if isinstance(value, int) and 0 <= value < len(atoms):
            return atoms[value]
        if not isinstance(value, list) or not value or value[0] not in ("and", "or", "not") or depth > MAX_DEPTH:
            raise InvalidSetting("no expression")
        if value[0] == "not" and len(value) != 2:
            raise InvalidSetting("no expression")
        return (value[0], *(expression(part, depth + 1) for part in value[1:]))

    rules = []
    for told, found in kept.rules:
        r = msgspec.convert(told, _RuleText)
        rules.append(
            Rule(r.id, r.title, LogSource(*r.source), expression(found), r.level, r.name, r.status, r.author, r.tags, r.fields, r.path)
        )  # fmt: skip
    filters = []
    for told, found in kept.filters:
        f = msgspec.convert(told, _FilterText)
        filters.append(Filter(f.id, f.title, LogSource(*f.source), frozenset(f.rules), expression(found), f.path))
    return Loaded(rules, kept.correlations, filters, kept.refused, kept.retired)


def _atom(field: str, test: str, value: str, cased: bool, part: str) -> Atom:
    if test not in TESTS:
        raise InvalidSetting(f"there is no test {test!r}")
    return Atom(field, test, value, cased, part)


__all__ = ["load_stored"]
