"""Reads a policy's YAML with every place kept, so that each mistake is shown where it stands.

The schema is strict: an unknown or repeated key, a missing one or one of another type is a mistake. All are collected.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from assay.core.clock import micros
from assay.policy.expression import Expression, Names, Type, compile_expression
from assay.policy.problem import Problem, did_you_mean

LARGEST = 1 << 20
LARGEST_LIST = 64 << 20
_QUOTE = "wrap the whole expression in single quotes: '…'"


class Document:
    """One policy file being read. `folder` is where its list files are; None: it may not name any."""

    def __init__(self, text: str, where: str, folder: Path | None) -> None:
        self.text, self.where, self.folder = text, where, folder
        self.lines = text.splitlines()
        self.problems: list[Problem] = []

    def root(self) -> yaml.MappingNode | None:
        """The document's mapping; None (and a problem) when there is none."""
        if len(self.text) > LARGEST:
            self._add(0, 0, f"the policy is larger than {LARGEST} characters")
            return None
        try:
            node = yaml.compose(self.text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._add(mark.line if mark else 0, mark.column if mark else 0, f"not YAML: {error.problem}", _QUOTE)
            return None
        except yaml.YAMLError as error:
            self._add(0, 0, f"not YAML: {error}")
            return None
        except RecursionError:
            self._add(0, 0, "nested too deep")
            return None
        if not isinstance(node, yaml.MappingNode):
            self._add(0, 0, "a policy is a mapping of keys to values", "start with name: and version:")
            return None
        return node

    def _add(self, line: int, column: int, message: str, hint: str = "") -> None:
        source = self.lines[line] if line < len(self.lines) else ""
        self.problems.append(Problem(line + 1, column + 1, message, hint, self.where, source))

    def wrong(self, node: yaml.Node, message: str, hint: str = "") -> None:
        self._add(node.start_mark.line, node.start_mark.column, message, hint)

    def mapping(
        self, node: yaml.Node, what: str, allowed: Collection[str], required: Collection[str] = ()
    ) -> dict[str, yaml.Node]:
        """The known keys of a mapping; empty when it is none."""
        found: dict[str, yaml.Node] = {}
        for key, value in self.entries(node, what):
            if key.value not in allowed:
                self.wrong(key, f"{what} has no key {key.value!r}", did_you_mean(str(key.value), allowed))
            else:
                found[str(key.value)] = value
        if isinstance(node, yaml.MappingNode):
            for name in required:
                if name not in found:
                    self.wrong(node, f"{what} lacks {name}:")
        return found

    def entries(self, node: yaml.Node, what: str) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
        """Keys and values of a mapping with any keys; each key once."""
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, f"{what} must be a mapping of keys to values")
            return []
        seen: set[str] = set()
        pairs = []
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.wrong(key, "a key must be plain text")
            elif key.value in seen:
                self.wrong(key, f"{key.value!r} is given twice")
            else:
                seen.add(key.value)
                pairs.append((key, value))
        return pairs

    def items(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        self.wrong(node, f"{what} must be a list")
        return []

    def scalar(self, node: yaml.Node, what: str) -> Any:
        """A YAML scalar as a Python value (text, int, float, bool, date); None when it is something else."""
        if not isinstance(node, yaml.ScalarNode):
            self.wrong(node, f"{what} must be a single value")
            return None
        if not node.tag.startswith("tag:yaml.org,2002:"):
            self.wrong(node, f"{node.tag} reads as a YAML tag", _QUOTE)
            return None
        try:
            value = yaml.SafeLoader("").construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            self.wrong(node, f"{what} cannot be read: {error}")
            return None
        if value is None:
            self.wrong(node, f"{what} is empty")
        return value

    def word(self, node: yaml.Node, what: str, allowed: Collection[str] = ()) -> str:
        """Text; empty after a mistake."""
        value = self.scalar(node, what)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            self.wrong(node, f"{what} must be text")
            return ""
        text = str(node.value).strip()
        if allowed and text not in allowed:
            self.wrong(node, f"{what} cannot be {text!r}", did_you_mean(text, allowed))
            return ""
        return text

    def number(self, node: yaml.Node, what: str) -> float | None:
        """A number that is not below 0."""
        value = self.scalar(node, what)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
            self.wrong(node, f"{what} must be a number, 0 or more")
            return None
        return float(value)

    def moment(self, node: yaml.Node, what: str) -> int | None:
        """A date or a moment, UTC where it does not say, in microseconds."""
        value = self.scalar(node, what)
        if value is None:
            return None
        if isinstance(value, datetime):
            return micros(value)
        if isinstance(value, date):
            return micros(datetime(value.year, value.month, value.day, tzinfo=UTC))
        self.wrong(node, f"{what} must be a date", "write 2026-01-31 or 2026-01-31T12:00:00Z")
        return None

    def expression(self, node: yaml.Node, what: str, names: Names, wanted: Type) -> Expression | None:
        """A CEL expression; a plain number or true/false is a constant one."""
        value = self.scalar(node, what)
        if value is None:
            return None
        text = str(node.value)
        place = _places(self.text[node.start_mark.index : node.end_mark.index], text)

        def report(message: str, at: int, hint: str) -> None:
            index = node.start_mark.index + place(at)
            before = self.text[:index]
            line = before.count("\n")
            self._add(line, index - (before.rfind("\n") + 1), message, hint)

        return compile_expression(text, names, wanted, report)

    def values(self, node: yaml.Node, name: str) -> tuple[Any, ...]:
        """A list's values: given here, or `file: PATH` with one a line (blank lines and # comments left out)."""
        if isinstance(node, yaml.MappingNode):
            keys = self.mapping(node, f"list {name}", ("file",), ("file",))
            return self._file(keys["file"], name) if "file" in keys else ()
        values = [(item, self.scalar(item, f"a value of list {name}")) for item in self.items(node, f"list {name}")]
        found = [(item, v) for item, v in values if v is not None]
        for item, value in found:
            if isinstance(value, bool) or not isinstance(value, (str, int, float)):
                self.wrong(item, f"a value of list {name} must be text or a number", "put it in quotes")
            elif isinstance(value, str) is not isinstance(found[0][1], str):
                self.wrong(item, f"list {name} mixes text and numbers", "put the numbers in quotes")
            elif isinstance(value, int) and abs(value) >= 2**63:
                self.wrong(item, f"{value} does not fit in 64 bits", "put it in quotes")
        return tuple(value for _, value in found)

    def _file(self, node: yaml.Node, name: str) -> tuple[str, ...]:
        relative = self.word(node, f"the file of list {name}")
        if not relative:
            return ()
        if self.folder is None:
            self.wrong(node, "this policy was not read from a folder, so it cannot name files", "write the values here")
            return ()
        folder = self.folder.resolve()
        path = (folder / relative).resolve()
        if not path.is_relative_to(folder):
            self.wrong(node, f"{relative} is outside the policy's folder")
            return ()
        try:
            if path.stat().st_size > LARGEST_LIST:
                self.wrong(node, f"{relative} is larger than {LARGEST_LIST >> 20} MiB")
                return ()
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            self.wrong(node, f"{relative} cannot be read: {reason}")
            return ()
        return tuple(text for line in lines if (text := line.partition("#")[0].strip()))


def _places(raw: str, value: str) -> Any:
    """Maps an offset in a scalar's value to one in its source text, past quotes, indentation and folded lines."""
    at = 0
    if raw[:1] in ("'", '"'):
        at = 1
    elif raw[:1] in ("|", ">"):
        at = raw.find("\n") + 1
    places = []
    for char in value:
        while at < len(raw) and (not raw[at].isspace() if char.isspace() else raw[at] != char):
            at += 1
        places.append(min(at, len(raw)))
        at += 1
    end = places[-1] + 1 if places else 0
    return lambda offset: places[offset] if offset < len(places) else end
