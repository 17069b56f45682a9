"""What the console shows of a file: what it is, how its bytes are spread, what its headers or its list of members say, a script's text
with what lay under it, and the bytes around each place that a finding names. The file is opened anew, within the same bounds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.core.finding import Finding
from assay.formats.program import Program, entropies, entropy
from assay.kinds.files.notes import shown
from assay.kinds.files.opened import Opened, open_file

BARS = 96  # blocks that the picture of the entropy has
MEMBERS, SECTIONS, LIBRARIES, PLACES = 60, 40, 12, 12
TEXT = 6000  # characters of a script
AROUND = 32  # bytes before a place, from the start of its line of 16
LINES = 6


def view(decision: Decision, exhibits: Sequence[Enclosed]) -> dict[str, Any]:
    """`kept`, and where it is: `facts`, `bars` (entropy 0..8 of each part), `program`, `members`, `texts`, `places` (bytes around a
    finding's place); `rules` and `techniques` come from the record."""
    told: dict[str, Any] = {
        "kept": False, "facts": [], "bars": [], "program": None, "members": [], "left_out": 0, "texts": [], "places": [],
        "rules": [rule for finding in decision.findings for rule in _rules(finding)],
        "techniques": list(dict.fromkeys(t for finding in decision.findings for t in finding.techniques)),
    }  # fmt: skip
    file = next((one for one in exhibits if one.content), None)
    if file is None:
        return told
    opened = open_file(file.content, file.name)
    told["kept"] = True
    told["facts"] = _facts(opened)
    told["bars"] = _bars(file.content)
    told["places"] = _places(decision.findings, file.content)
    if opened.program is not None:
        told["program"] = _program(opened.program, file.content)
    walk = opened.archive or opened.behind
    if walk is not None:
        told["members"] = [
            {"name": shown(m.name), "size": m.size, "note": shown(m.problem or m.target), "unpacked": m.content is not None, "locked": m.encrypted}
            for m in walk.members[:MEMBERS]
        ]  # fmt: skip
        told["left_out"] = max(0, walk.count - MEMBERS)
    told["texts"] = _texts(opened)
    return told


def _facts(opened: Opened) -> list[dict[str, str]]:
    content = opened.content
    sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return [{"name": "other-digests", "value": f"{sha1} {md5}"}]


def _bars(content: bytes) -> list[float]:
    """The entropy along the file, in as many parts as the picture has bars, each at least 256 bytes."""
    block = max(256, -(-len(content) // BARS))
    return [round(float(value), 2) for value in entropies(content, block)]


def _program(program: Program, content: bytes) -> dict[str, Any]:
    sections = [
        {
            "name": shown(s.name), "offset": s.offset, "size": s.size,
            "may": "r" + "w" * s.writable + "x" * s.executable,
            "entropy": round(entropy(memoryview(content)[s.offset : s.offset + s.size]), 2),
        }
        for s in program.sections[:SECTIONS]
    ]  # fmt: skip
    libraries = [
        {"name": shown(name) or "–", "count": len(functions), "first": shown(", ".join(functions[:8]))}
        for name, functions in list(program.imports.items())[:LIBRARIES]
    ]
    return {
        "form": program.form, "kind": program.kind, "machine": program.machine, "imphash": program.imphash,
        "signed": program.signed, "linked": _linked(program.stamp), "entry": f"{program.entry:#x}" if program.entry is not None else "",
        "sections": sections, "libraries": libraries, "left_out": max(0, len(program.imports) - LIBRARIES),
    }  # fmt: skip


def _linked(stamp: int | None) -> str:
    """When a program says that it was linked; many linkers write something else there."""
    if stamp is None or not 631_152_000 < stamp < 4_102_444_800:  # 1990 to 2100
        return ""
    return datetime.fromtimestamp(stamp, UTC).date().isoformat()


def _texts(opened: Opened) -> list[dict[str, str]]:
    """A script as it stands, then what lay under it; of an office file its macros."""
    out = []
    script = opened.script
    if script is not None:
        out.append({"how": "", "text": _plain(script.text)})
        out += [{"how": layer.how, "text": _plain(layer.text)} for layer in script.layers[:6]]
    elif opened.shortcut is not None:
        out.append({"how": "", "text": _plain(opened.shortcut.command)})
    elif opened.office is not None:
        out += [{"how": "", "text": _plain(f"' {name}\n{source}")} for name, source in opened.office.macros[:6]]
    return out


def _plain(text: str) -> str:
    kept = "".join(c if c.isprintable() or c in "\n\t" else "·" for c in text[: TEXT + 1].replace("\r\n", "\n"))
    return kept[:TEXT] + "…" if len(kept) > TEXT else kept


def _places(findings: Sequence[Finding], content: bytes) -> list[dict[str, Any]]:
    """The bytes around each place, sixteen to a line, with those that were met marked."""
    out: list[dict[str, Any]] = []
    for finding in findings:
        for where in finding.where:
            if where.byte is None or where.part or not 0 <= where.byte < len(content) or len(out) >= PLACES:
                continue
            start = int(where.span[0]) if where.span else where.byte
            stop = int(where.span[1]) if where.span else where.byte + 1
            out.append({"byte": where.byte, "rule": where.rule.partition("#")[0], "lines": _dump(content, start, stop)})
    return out


def _dump(content: bytes, start: int, stop: int) -> list[dict[str, Any]]:
    first = max(0, (start - AROUND // 2) & ~15)
    lines = []
    for at in range(first, min(len(content), first + 16 * LINES), 16):
        row = content[at : at + 16]
        met = [start <= at + i < stop for i in range(len(row))]
        lines.append({
            "at": f"{at:08x}", "bytes": [{"hex": f"{byte:02x}", "met": hit} for byte, hit in zip(row, met, strict=True)],
            "text": "".join(chr(b) if 32 <= b < 127 else "·" for b in row),
        })  # fmt: skip
    return lines


def _rules(finding: Finding) -> list[dict[str, str]]:
    names = ("rule", "set", "author", "what", "strings")
    return [
        {name: str(reason.values.get(name, "")) for name in names}
        for reason in finding.reasons if reason.code == "files.rule"
    ]  # fmt: skip


__all__ = ["view"]
