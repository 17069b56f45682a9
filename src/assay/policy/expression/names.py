"""The names a policy's expressions may use, their types, and how each is read from a `View` as a column.

evidence.<field>, evidence.<field>.<key> (pass-through values), profile.<feature>,
findings.<room>.<detector>.probability|verdict|severity, parts|open.count|severity|probability, reasons, parts.reasons,
open.reasons, campaign.count|strength|stages|tactics|rooms, lists.<name>, probability, and the constants verdict.<word> and severity.<word>.
There is no clock among them: the same evidence always gets the same decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from functools import cache
from typing import Any

import msgspec

from assay.core.errors import AssayError
from assay.core.evidence import Evidence
from assay.core.finding import UNEXAMINED, Severity, Verdict
from assay.core.kind import Kind, kinds, load
from assay.core.tactics import TACTICS
from assay.policy.expression.vector import Type
from assay.policy.problem import did_you_mean

Path = tuple[str, ...]
ROOTS = (
    "evidence",
    "profile",
    "findings",
    "parts",
    "open",
    "campaign",
    "reasons",
    "lists",
    "probability",
    "verdict",
    "severity",
)
CONSTANTS: dict[str, dict[str, int]] = {
    "verdict": {v.word: int(v) for v in Verdict},
    "severity": {"none": 0} | {s.word: int(s) for s in Severity},
}
_FINDING = {"probability": Type.DOUBLE, "verdict": Type.INT, "severity": Type.INT}
_STANDING = {"count": Type.INT, "probability": Type.DOUBLE, "severity": Type.INT, "reasons": Type.CODES}
_CAMPAIGN = {
    "count": Type.INT, "strength": Type.DOUBLE, "stages": Type.INT, "tactics": Type.CODES, "rooms": Type.CODES,
}  # fmt: skip


def spelled(path: Path) -> str:
    """A name as an expression writes it: what is no plain word stands in brackets.

    >>> spelled(("findings", "messages", "url-model", "severity"))
    'findings.messages["url-model"].severity'
    """
    return path[0] + "".join(f".{w}" if w.isascii() and w.isidentifier() else f'["{w}"]' for w in path[1:])


class UnknownName(Exception):
    """A name that means nothing here."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True)
class Field:
    """A column of evidence; rows that lack it have `default`, or are unknown when that is None."""

    type: Type
    default: Any = None


@dataclass(frozen=True)
class Names:
    """What is known when a policy is checked. `None` for features, detectors or reasons: any name will do.

    `lists` are the policy's own, already read; `weighed`: the name `probability` may be used.
    """

    fields: Mapping[str, Field]
    features: frozenset[str] | None = None
    detectors: frozenset[str] | None = None
    rooms: frozenset[str] | None = None
    reasons: frozenset[str] | None = None
    lists: Mapping[str, tuple[Any, ...]] = dataclass_field(default_factory=dict)
    weighed: bool = True

    def with_lists(self, lists: Mapping[str, tuple[Any, ...]]) -> Names:
        return replace(self, lists=lists)

    def unweighed(self) -> Names:
        return replace(self, weighed=False)

    def type_of(self, path: Path) -> Type:
        """The type of a dotted name; raises `UnknownName`."""
        root, rest = path[0], path[1:]
        if root not in ROOTS:
            raise UnknownName(f"unknown name {root!r}", self._guess(path))
        if root == "probability" and not rest:
            if not self.weighed:
                raise UnknownName("the probability cannot be read where it is defined")
            return Type.DOUBLE
        if root == "reasons" and not rest:
            return Type.CODES
        if not rest:
            raise UnknownName(f"{root!r} is not a value by itself", f"write {root}.<name>")
        check: Callable[[str, Path], Type] = getattr(self, f"_{root}", self._constant)
        return check(root, rest)

    def _guess(self, path: Path) -> str:
        word = ".".join(path)
        if path[0] in self.fields:
            return f"did you mean evidence.{word}?"
        if path[0] in (self.features or ()):
            return f"did you mean profile.{word}?"
        return did_you_mean(path[0], ROOTS)

    def _evidence(self, root: str, rest: Path) -> Type:
        found = self.fields.get(rest[0])
        if found is None:
            raise UnknownName(f"evidence has no field {rest[0]!r}", did_you_mean(rest[0], self.fields))
        if found.type is Type.UNTYPED:
            if len(rest) == 2:
                return Type.UNTYPED
            raise UnknownName(f"evidence.{rest[0]} holds values by name", f"write evidence.{rest[0]}.<name>")
        return self._leaf(root, rest, 1, found.type)

    def _profile(self, root: str, rest: Path) -> Type:
        if self.features is not None and rest[0] not in self.features:
            raise UnknownName(f"no profile feature {rest[0]!r}", did_you_mean(rest[0], self.features))
        return self._leaf(root, rest, 1, Type.DOUBLE)

    def _findings(self, root: str, rest: Path) -> Type:
        if len(rest) < 3:
            raise UnknownName(f"{spelled((root, *rest))} is not a value", self._finding(rest))
        detector = f"{rest[0]}.{rest[1]}"
        if self.rooms is not None and rest[0] not in self.rooms:
            raise UnknownName(f"no room {rest[0]!r} is installed", did_you_mean(rest[0], self.rooms))
        if self.detectors is not None and detector not in self.detectors:
            known = [spelled(tuple(name.split(".", 1))) for name in self.detectors]
            raise UnknownName(f"no detector {detector!r}", did_you_mean(spelled(rest[:2]), known))
        if rest[2] not in _FINDING:
            raise UnknownName(f"a finding has no {rest[2]!r}", did_you_mean(rest[2], _FINDING))
        return self._leaf(root, rest, 3, _FINDING[rest[2]])

    def _finding(self, rest: Path) -> str:
        """What to write where the name of a detector was cut short, at its hyphen, or stands in one bracket with its room."""
        begun = [name for name in sorted(self.detectors or ()) if name.startswith(".".join(rest) + "-")]
        room, _, detector = (*begun, rest[0])[0].partition(".")
        if detector:
            return f"write {spelled(('findings', room, detector, rest[-1] if rest[-1] in _FINDING else 'probability'))}"
        shape = f"findings.<room>.<detector>.{'|'.join(_FINDING)}"
        return f'write {shape}; a name with a hyphen stands in brackets, such as findings.<room>["a-b"]'

    def _parts(self, root: str, rest: Path) -> Type:
        if rest[0] not in _STANDING:
            raise UnknownName(f"{root} has no {rest[0]!r}", did_you_mean(rest[0], _STANDING))
        return self._leaf(root, rest, 1, _STANDING[rest[0]])

    _open = _parts

    def _campaign(self, root: str, rest: Path) -> Type:
        if rest[0] not in _CAMPAIGN:
            raise UnknownName(f"a campaign has no {rest[0]!r}", did_you_mean(rest[0], _CAMPAIGN))
        return self._leaf(root, rest, 1, _CAMPAIGN[rest[0]])

    def _lists(self, root: str, rest: Path) -> Type:
        if rest[0] not in self.lists:
            raise UnknownName(f"no list {rest[0]!r}", did_you_mean(rest[0], self.lists) or "define it under lists:")
        return self._leaf(root, rest, 1, Type.LIST)

    def _constant(self, root: str, rest: Path) -> Type:
        words = CONSTANTS.get(root, {})
        if rest[0] not in words:
            raise UnknownName(f"{root} has no {rest[0]!r}", did_you_mean(rest[0], words))
        return self._leaf(root, rest, 1, Type.INT)

    @staticmethod
    def _leaf(root: str, rest: Path, length: int, type_: Type) -> Type:
        if len(rest) > length:
            raise UnknownName(f"{'.'.join((root, *rest[:length]))} has no parts")
        return type_

    def check_among(self, path: Path, code: str) -> None:
        """Raises `UnknownName` where the codes of this name can never hold this one."""
        if path == ("campaign", "tactics"):
            if code not in TACTICS:
                raise UnknownName(f"no tactic {code!r}", did_you_mean(code, TACTICS))
        elif path == ("campaign", "rooms"):
            if self.rooms is not None and code not in self.rooms:
                raise UnknownName(f"no room {code!r} is installed", did_you_mean(code, self.rooms))
        else:
            self.check_code(code)

    def check_code(self, code: str) -> None:
        """Raises `UnknownName` for a reason code that nobody gives."""
        if self.reasons is not None and code not in self.reasons:
            raise UnknownName(f"no detector gives the reason {code!r}", did_you_mean(code, self.reasons))

    def check_codes(self, code: str) -> None:
        """As `check_code`; `room.*` stands for every code of a room."""
        room, star = code.removesuffix(".*"), code.endswith(".*")
        if not star:
            self.check_code(code)
        elif self.rooms is not None and room not in self.rooms:
            raise UnknownName(f"no room {room!r} is installed", did_you_mean(room, self.rooms))


def names_of(
    tags: Iterable[str],
    *,
    features: Iterable[str] | None = None,
    detectors: Iterable[str] | None = None,
    among: Mapping[str, Kind] | None = None,
) -> Names:
    """The names for these kinds of evidence, from what their rooms declare.

    A field is usable when every kind has it with one type. `features` and `detectors`, where given (a trained model
    may ask for more), take the place of the declared ones. Raises `UnknownName` for a tag that no room brings.
    """
    rooms = kinds() if among is None else among
    known = {type_.tag(): (type_, kind) for kind in rooms.values() for type_ in kind.evidence}
    shared: dict[str, Field] | None = None
    declared: set[str] | None = set()
    for tag in tags:
        if tag not in known:
            raise UnknownName(f"no kind of evidence {tag!r}", did_you_mean(tag, known))
        type_, kind = known[tag]
        fields = fields_of(type_)
        shared = fields if shared is None else {n: f for n, f in shared.items() if fields.get(n) == f}
        own = _features(kind, type_)
        declared = None if declared is None or own is None else declared | own
    codes = frozenset(code for kind in rooms.values() for code in kind.reasons)
    codes |= UNEXAMINED if codes else frozenset()
    return Names(
        shared or {},
        features=frozenset(features) if features is not None else None if declared is None else frozenset(declared),
        detectors=None if detectors is None else frozenset(detectors),
        rooms=frozenset(rooms),
        reasons=codes or None,
    )


def detectors_of(rooms: Iterable[str]) -> frozenset[str] | None:
    """The detectors of these rooms, those of the models they ship too; None where a room cannot say."""
    found: set[str] = set()
    for name in set(rooms) & set(kinds()):
        kind = kinds()[name]
        try:
            for models in dict.fromkeys((None, kind.models)):
                found.update(detector.name for detector in (load(kind.detectors)(models) if kind.detectors else ()))
        except (ImportError, AttributeError, OSError, AssayError):
            return None
    return frozenset(found)


def _features(kind: Kind, type_: type[Evidence]) -> frozenset[str] | None:
    """Names of the declared profile features; None where a room does not say."""
    if kind.features is None:
        return None
    try:
        declared = load(kind.features)()
    except (ImportError, AttributeError, AssayError):
        return None
    return frozenset(feature.key for feature in declared.get(type_, ()))


@cache
def fields_of(type_: type[Evidence]) -> dict[str, Field]:
    """The fields of an evidence type that expressions can read."""
    found: dict[str, Field] = {}
    for each in msgspec.structs.fields(type_):
        kind = _type(msgspec.inspect.type_info(each.type))
        if kind is not None:
            default = each.default if isinstance(each.default, (bool, int, float, str)) else None
            found[each.name] = Field(kind, default)
    return found


def _type(info: Any) -> Type | None:
    inspect = msgspec.inspect
    if isinstance(info, inspect.Metadata):
        return _type(info.type)
    if isinstance(info, inspect.UnionType):
        found = {_type(t) for t in info.types if not isinstance(t, inspect.NoneType)}
        return found.pop() if len(found) == 1 else None
    if isinstance(info, inspect.LiteralType):
        return Type.STRING if all(isinstance(v, str) for v in info.values) else None
    table: list[tuple[Any, Type]] = [
        (inspect.BoolType, Type.BOOL),
        (inspect.IntType, Type.INT),
        ((inspect.FloatType, inspect.DecimalType), Type.DOUBLE),
        ((inspect.StrType, inspect.EnumType), Type.STRING),
        (inspect.DateTimeType, Type.TIMESTAMP),
        (inspect.DictType, Type.UNTYPED),
    ]
    return next((type_ for classes, type_ in table if isinstance(info, classes)), None)
