"""The body of a segment: one decided batch (or labels, or an audit event) as compact, columnar msgpack, and back.

What comes back is bit for bit what went in: dtypes, NaN payloads, None. Numbers are raw little-endian arrays, text is a
list or, where values recur, a dictionary with one byte a row; a value the same in every row is kept once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec
import numpy as np

from assay.core.batch import Batch
from assay.core.decision import Decisions, Detail, Part
from assay.core.enclosed import Exhibit
from assay.core.errors import InvalidEvidence, LedgerUnavailable
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Reason
from assay.core.label import Label
from assay.core.trace import Trace
from assay.ledger.base import Audit

VERSION = 1
_TEXT = {str, type(None)}
_PLAIN = {str, type(None), bool, int, float, bytes}
_DICTIONARY = 256  # codes are one byte
_PROBE = 32  # a column whose first rows are nearly all different is not worth a dictionary


class Column(msgspec.Struct, array_like=True, frozen=True):
    """`form`: a numpy dtype such as "<f8" (data: bytes, or [inner shape, bytes]); "list" (data: the values); "coded"
    (data: [values, bytes of codes]); "typed" (data: msgpack, to be read as the evidence type declares the field)."""

    name: str
    form: str
    data: Any


class KeptDetail(msgspec.Struct, array_like=True, frozen=True):
    """A `Detail` with its profile split: which list of names, and the float64 values."""

    row: int
    reasons: tuple[Reason, ...]
    findings: tuple[Finding, ...]
    names: int
    values: bytes
    parts: tuple[Part, ...] = ()  # the last three are absent in records of before they were kept
    exhibits: tuple[Exhibit, ...] = ()
    traces: tuple[Trace, ...] = ()


class Body(msgspec.Struct, array_like=True, frozen=True):
    """A decided batch of n rows. `details` is left encoded: most readers do not need it."""

    version: int
    kind: str
    ids: Column
    time: bytes
    columns: tuple[Column, ...]
    truth: bytes
    known: bytes
    outcome: bytes
    probability: bytes
    expected_loss: bytes
    rule: bytes
    rules: tuple[str, ...]
    policy: str
    models: dict[str, str]
    decided: int
    took_us: int
    names: tuple[tuple[str, ...], ...]
    details: msgspec.Raw


def _plain(value: Any) -> Any:
    """numpy scalars and arrays inside reasons, as plain values."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} cannot be recorded")


_encoder = msgspec.msgpack.Encoder(enc_hook=_plain)
_decoder = msgspec.msgpack.Decoder(Body)
_details = msgspec.msgpack.Decoder(list[KeptDetail])
decode_labels = msgspec.msgpack.Decoder(tuple[Label, ...]).decode
decode_audit = msgspec.msgpack.Decoder(Audit).decode


def encode(decisions: Decisions, rows: slice | np.ndarray, ids: list[str]) -> bytes:
    """The body of these rows (a contiguous slice, or ascending indices), which have these ids. Raises `InvalidEvidence` for a value that
    cannot be recorded, such as text with lone surrogates."""
    batch = decisions.batch
    at = range(*rows.indices(len(batch))) if isinstance(rows, slice) else rows.tolist()
    names: dict[tuple[str, ...], int] = {}
    details = _keep_details(decisions.details, at, names) if decisions.details else []
    probability, loss = np.asarray(decisions.probability, np.float64), np.asarray(decisions.expected_loss, np.float64)
    try:
        return _encoder.encode(
            Body(
                version=VERSION,
                kind=batch.type.tag(),
                ids=_pack_objects("id", ids),
                time=_pack(batch.time[rows]),
                columns=tuple(_pack_column(name, values[rows]) for name, values in batch.columns.items()),
                truth=b"" if batch.truth is None else _pack(np.asarray(batch.truth[rows], np.float64)),
                known=b"" if batch.known is None else _pack(np.asarray(batch.known[rows], np.int64)),
                outcome=_pack(decisions.outcome[rows]),
                probability=_pack(probability[rows]),
                expected_loss=_pack(loss[rows]),
                rule=_pack(decisions.rule[rows]),
                rules=decisions.rules,
                policy=decisions.policy,
                models=decisions.models,
                decided=int(decisions.decided),
                took_us=int(decisions.took_us),
                names=tuple(names),
                details=msgspec.Raw(_encoder.encode(details)),
            )
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidEvidence(f"cannot be recorded: {error}", where=batch.type.tag()) from error


class Segment:
    """A decided batch as read back: cheap columns at once, the restored `Decisions` when asked for."""

    def __init__(self, body: bytes, first_seq: int, types: Mapping[str, type[Evidence]]) -> None:
        try:
            kept = _decoder.decode(body)
        except msgspec.DecodeError as error:
            raise LedgerUnavailable(f"segment cannot be read: {error}", where=f"record {first_seq}") from error
        if kept.version != VERSION:
            raise LedgerUnavailable(
                f"segment has format {kept.version}", where=f"record {first_seq}", hint="written by a newer Assay"
            )
        self.kept, self.first_seq, self._types = kept, first_seq, types
        self.kind = kept.kind
        self.ids: list[str] = _unpack_list(kept.ids)
        self.outcome = self._array(kept.outcome, np.dtype(np.int8))
        self._decisions: Decisions | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def _array(self, data: bytes, dtype: np.dtype[Any]) -> np.ndarray:
        return _unpack(data, dtype, len(self.ids))

    @cached_property
    def time(self) -> np.ndarray:
        return self._array(self.kept.time, np.dtype(np.int64))

    @cached_property
    def probability(self) -> np.ndarray:
        return self._array(self.kept.probability, np.dtype(np.float64))

    @cached_property
    def rules(self) -> list[str]:
        """The rule that settled each row, empty for the cost model."""
        rule = self._array(self.kept.rule, np.dtype(np.int32))
        return [self.kept.rules[r] if r >= 0 else "" for r in rule.tolist()]

    def decisions(self, skip: int = 0) -> Decisions:
        """The rows from `skip` on. Restored once, then kept: treat it as read-only."""
        if self._decisions is None:
            self._decisions = self._restore()
        return self._decisions if not skip else _tail(self._decisions, skip)

    def _restore(self) -> Decisions:
        kept, n = self.kept, len(self.ids)
        type_ = self._types.get(kept.kind)
        if type_ is None:
            raise LedgerUnavailable(
                f"no kind of evidence {kept.kind!r}",
                where=f"record {self.first_seq}",
                hint="install the room it is from",
            )
        columns = {column.name: _unpack_column(column, n, type_) for column in kept.columns}
        batch = Batch(type_, list(self.ids), self.time, columns)
        if kept.truth:
            batch.truth = self._array(kept.truth, np.dtype(np.float64))
        if kept.known:
            batch.known = self._array(kept.known, np.dtype(np.int64))
        decisions = Decisions(
            batch,
            self.outcome,
            self.probability,
            self._array(kept.expected_loss, np.dtype(np.float64)),
            self._array(kept.rule, np.dtype(np.int32)),
            rules=kept.rules,
            policy=kept.policy,
            models=kept.models,
            decided=kept.decided,
            took_us=kept.took_us,
        )
        decisions.seq = np.arange(self.first_seq, self.first_seq + n, dtype=np.int64)
        decisions.details = {d.row: _restore_detail(d, kept.names) for d in _details.decode(kept.details)}
        return decisions


def _tail(whole: Decisions, skip: int) -> Decisions:
    rest = slice(skip, None)
    decisions = Decisions(
        whole.batch.take(np.arange(skip, len(whole))),
        whole.outcome[rest],
        whole.probability[rest],
        whole.expected_loss[rest],
        whole.rule[rest],
        rules=whole.rules,
        policy=whole.policy,
        models=whole.models,
        decided=whole.decided,
        took_us=whole.took_us,
    )
    decisions.seq = whole.seq[rest]
    decisions.details = {row - skip: detail for row, detail in whole.details.items() if row >= skip}
    return decisions


def _keep_details(details: dict[int, Detail], at: Sequence[int], names: dict[tuple[str, ...], int]) -> list[KeptDetail]:
    kept = []
    for i, row in enumerate(at):
        detail = details.get(row)
        if detail is None:
            continue
        which = names.setdefault(tuple(detail.profile), len(names))
        values = np.fromiter(detail.profile.values(), np.float64, len(detail.profile)).tobytes()
        beside = (detail.parts, detail.exhibits, detail.traces)
        kept.append(KeptDetail(i, detail.reasons, detail.findings, which, values, *beside))
    return kept


def _restore_detail(kept: KeptDetail, names: tuple[tuple[str, ...], ...]) -> Detail:
    values = np.frombuffer(kept.values, np.float64).tolist()
    profile = dict(zip(names[kept.names], values, strict=True))
    return Detail(kept.reasons, kept.findings, profile, kept.parts, kept.exhibits, kept.traces)


def _pack(values: np.ndarray) -> bytes:
    """Raw bytes; of one element only, where every row has the same bits."""
    data, size = values.tobytes(), values.dtype.itemsize
    one = data[:size]
    return one if data.endswith(one) and data == one * len(values) else data


def _unpack(data: bytes, dtype: np.dtype[Any], n: int) -> np.ndarray:
    values = np.frombuffer(data, dtype)
    return np.repeat(values, n) if len(values) == 1 else values.copy()


def _pack_column(name: str, values: np.ndarray) -> Column:
    if values.dtype == object:
        return _pack_objects(name, values.tolist())
    if values.ndim > 1:
        return Column(name, values.dtype.str, [values.shape[1:], values.tobytes()])
    return Column(name, values.dtype.str, _pack(values))


def _pack_objects(name: str, values: list[Any]) -> Column:
    types = set(map(type, values))
    if not types <= _PLAIN:
        return Column(name, "typed", _encoder.encode(values))
    probe = values[:_PROBE]
    if types <= _TEXT and len(values) > 1 and (len(values) < _PROBE or 2 * len(set(probe)) <= _PROBE):
        codes = {value: i for i, value in enumerate(dict.fromkeys(values))}
        if len(codes) == 1:
            return Column(name, "coded", [list(codes), b""])
        if 2 * len(codes) <= len(values) and len(codes) <= _DICTIONARY:
            return Column(name, "coded", [list(codes), bytes(map(codes.__getitem__, values))])
    return Column(name, "list", values)


def _unpack_list(column: Column, n: int = 0) -> list[Any]:
    if column.form == "coded":
        values, codes = column.data
        return [values[code] for code in codes] if codes else values * n
    return list(column.data)


def _unpack_column(column: Column, n: int, type_: type[Evidence]) -> np.ndarray:
    if column.form in ("list", "coded", "typed"):
        values = _unpack_typed(column, type_) if column.form == "typed" else _unpack_list(column, n)
        return np.fromiter(values, dtype=object, count=n)
    dtype = np.dtype(column.form)
    if isinstance(column.data, list):
        shape, data = column.data
        return np.frombuffer(data, dtype).reshape(n, *shape).copy()
    return _unpack(column.data, dtype, n)


def _unpack_typed(column: Column, type_: type[Evidence]) -> list[Any]:
    """Values of a type that msgpack does not have come back as the evidence type declares its field."""
    declared = {field.name: field.type for field in msgspec.structs.fields(type_)}.get(column.name, Any)
    values: list[Any] = msgspec.msgpack.decode(column.data, type=list[declared | None])  # type: ignore[valid-type]
    return values
