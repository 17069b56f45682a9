"""YARA rule files compiled by yara-x: each file in a namespace of its own, a rule that does not compile left out and reported, and
the rest kept on disk by the content of every file that it was made of.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from assay.formats.kept import read_kept, write_kept

EXTERNALS = ("filename", "filepath", "extension", "filetype", "owner")
OWN_RULES = Path(__file__).parent / "rules"
MAGIC = b"assay yara 1\n"
MAX_RULE_FILE, MAX_FILES, MAX_KEPT = 8 << 20, 100_000, 1 << 30
TOLD = 500  # rules that were refused


@dataclass
class Compiled:
    """`rules` is a `yara_x.Rules`; `count` of them; `refused`: (namespace, rule or line, why)."""

    rules: Any
    count: int
    refused: list[tuple[str, str, str]] = field(default_factory=list)


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    count: int
    refused: list[tuple[str, str, str]]
    compiled: bytes


def rule_files(folder: Path) -> list[Path]:
    """Every YARA file below a folder, in order; links are not followed."""
    found = (p for p in folder.rglob("*") if p.suffix.lower() in (".yar", ".yara") and p.is_file())
    return sorted(p for p in found if not p.is_symlink())[:MAX_FILES]


def sources(folders: Sequence[Path]) -> list[tuple[str, bytes]]:
    """(namespace, text) of every rule file: its path below the folder, whose name our own rules lend to themselves."""
    found = []
    for folder in folders:
        ahead = "assay/" if folder == OWN_RULES else ""
        for path in rule_files(folder):
            with suppress(OSError):
                if path.stat().st_size <= MAX_RULE_FILE:
                    found.append((ahead + path.relative_to(folder).as_posix(), path.read_bytes()))
    return found


def load_rules(folders: Sequence[Path], kept: Path | None = None) -> Compiled:
    """The rules of these folders; from the file `kept` where it holds just those, else compiled and put there."""
    found = sources(folders)
    identity = _identity(found)
    compiled = _read(kept, identity) if kept is not None else None
    if compiled is None:
        compiled = compile_rules(found)
        if kept is not None:
            with suppress(OSError):  # a folder that cannot be written to: the next start compiles again
                write_kept(kept, MAGIC, identity, _encoded(compiled))
    return compiled


def compile_rules(found: Sequence[tuple[str, bytes]]) -> Compiled:
    """Never raises for what a rule file holds. Other files are not included: a rule set reads nothing on this machine."""
    import yara_x

    make: Any = yara_x.Compiler  # whose stubs are older than it is
    compiler = make(relaxed_re_syntax=True, includes_enabled=False, ignore_invalid_rules=True)
    for name in EXTERNALS:
        compiler.define_global(name, "")
    refused: list[tuple[str, str, str]] = []
    for namespace, content in found:
        compiler.new_namespace(namespace)
        before, errors = len(compiler.ignored_rules()), len(compiler.errors())
        try:
            compiler.add_source(content.decode("utf-8", "replace"), origin=namespace)
        except Exception as error:  # of the compiler itself, on a hostile rule
            refused.append((namespace, "", " ".join(str(error).split("\n")[0].split())[:200]))
        lost = [(rule.name, str(rule.message).split("\n")[0][:200]) for rule in compiler.ignored_rules()[before:]]
        refused += [(namespace, name, why) for name, why in lost]
        told = "\n".join(why for _, why in lost)
        refused += [
            (namespace, "", f"line {error.get('line', '?')}: {error['title']}"[:200])
            for error in compiler.errors()[errors:] if error["title"] not in told
        ]  # fmt: skip
    rules = compiler.build()
    return Compiled(rules, sum(1 for _ in rules), refused)


@cache
def _code() -> bytes:
    """A new version of this file or of the compiler compiles anew."""
    from importlib.metadata import version

    return hashlib.sha256(Path(__file__).read_bytes() + version("yara-x").encode()).digest()


def _identity(found: Sequence[tuple[str, bytes]]) -> bytes:
    whole = hashlib.sha256(_code())
    for namespace, content in found:
        whole.update(msgspec.msgpack.encode((namespace, hashlib.sha256(content).digest())))
    return whole.digest()


def _encoded(compiled: Compiled) -> bytes:
    packed = io.BytesIO()
    compiled.rules.serialize_into(packed)
    return msgspec.msgpack.encode(_Kept(compiled.count, compiled.refused[:TOLD], packed.getvalue()))


def _read(path: Path, identity: bytes) -> Compiled | None:
    import yara_x

    payload = read_kept(path, MAGIC, identity, MAX_KEPT)
    if payload is None:
        return None
    try:
        kept = msgspec.msgpack.decode(payload, type=_Kept)
        return Compiled(yara_x.Rules.deserialize_from(io.BytesIO(kept.compiled)), kept.count, kept.refused)
    except Exception:  # made by another version: compiled anew
        return None


__all__ = ["EXTERNALS", "OWN_RULES", "Compiled", "compile_rules", "load_rules", "rule_files", "sources"]
