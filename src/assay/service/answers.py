"""What a caller of `/v1/assess` gets back, and records as the read routes give them: times as RFC 3339, and beside each
reason's code the sentence for people in the caller's language."""

from __future__ import annotations

from typing import Any

import msgspec

from assay.core.clock import iso
from assay.core.decision import OUTCOMES, Decision
from assay.core.errors import AssayError
from assay.core.finding import Reason
from assay.core.words import negotiate, say
from assay.service.batcher import Answer as Placed
from assay.service.batcher import Unremarkable

encode = msgspec.json.Encoder().encode
_TIMES = frozenset({
    "time", "decided", "known", "arrived", "first", "last", "at", "since", "newest", "until", "again",
})  # fmt: skip
_LANGUAGES: dict[bytes, str] = {b"": "en"}


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reason with its sentence."""

    code: str
    text: str
    weight: float = 0.0
    values: dict[str, Any] = {}


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The decision on one piece of evidence, as long as a caller needs it. `GET /v1/decisions/{id}` gives the rest.

    outcome        allow, challenge, review or block
    probability    calibrated probability that it is not genuine; absent where no detector could say
    expected_loss  of the outcome, in the evidence's currency; absent where the cost model did not speak
    rule           the policy rule that settled it; absent where the cost model did
    repeated       true when this id had been decided before: the first decision is given again
    """

    id: str
    kind: str
    outcome: str
    probability: float | None = None
    expected_loss: float | None = None
    rule: str = ""
    reasons: tuple[Said, ...] = ()
    policy: str = ""
    models: dict[str, str] = {}
    decided: str
    took_us: int = 0
    seq: int = -1
    repeated: bool = False
    line: int | None = None  # of a batch: which line of the input


def language_of(accept_language: bytes) -> str:
    """The language for an Accept-Language header; remembers the headers it has met."""
    language = _LANGUAGES.get(accept_language)
    if language is None:
        language = negotiate(accept_language.decode("latin-1"))
        if len(_LANGUAGES) < 1000:
            _LANGUAGES[accept_language] = language
    return language


def answer_of(answer: Placed, language: str, line: int | None = None) -> Answer:
    """The answer for one row, straight from the columns: no full record is built on the hot path.

    Raises the `AssayError` that stands in the place of a decision.
    """
    if isinstance(answer, AssayError):
        raise answer
    if isinstance(answer, Unremarkable):
        return Answer(id=answer.id, kind=answer.kind, outcome=OUTCOMES[0], decided=iso(answer.decided), line=line)
    decisions, row = answer
    given = decisions.given.get(row)
    if given is not None:
        return Answer(
            id=given.id, kind=given.kind, outcome=given.outcome, probability=given.probability,
            expected_loss=given.expected_loss, rule=given.rule, reasons=said(given.reasons, language),
            policy=given.policy, models=given.models, decided=iso(given.decided), took_us=given.took_us,
            seq=given.seq, repeated=given.repeated, line=line,
        )  # fmt: skip
    probability, loss = float(decisions.probability[row]), float(decisions.expected_loss[row])
    rule, detail = int(decisions.rule[row]), decisions.details.get(row)
    return Answer(
        id=decisions.batch.ids[row],
        kind=decisions.batch.type.tag(),
        outcome=OUTCOMES[decisions.outcome[row]],
        probability=probability if probability == probability else None,
        expected_loss=loss if loss == loss else None,
        rule=decisions.rules[rule] if rule >= 0 else "",
        reasons=said(detail.reasons, language) if detail is not None else (),
        policy=decisions.policy,
        models=decisions.models,
        decided=iso(decisions.decided),
        took_us=decisions.took_us,
        seq=int(decisions.seq[row]),
        line=line,
    )


def said(reasons: tuple[Reason, ...], language: str) -> tuple[Said, ...]:
    """Reasons with their sentences."""
    return tuple(Said(r.code, say(r.code, language, **r.values), r.weight, r.values) for r in reasons)


def worded(result: Any, language: str) -> Any:
    """The result of a check in plain values, each reason with its title and sentence."""
    if not isinstance(result, dict):
        return result
    told = dict(result)
    for item in told.get("items", ()):
        for finding in item.get("findings", ()):
            for reason in finding.get("reasons", ()):
                reason["title"] = say(f"{reason['code']}.title", language)
                reason["text"] = say(reason["code"], language, **reason.get("values", {}))
    return told


def record(value: Any, language: str) -> Any:
    """A record of the ledger as plain JSON values: times as text, each reason with its sentence, however deep they lie."""
    if isinstance(value, Reason):
        return msgspec.to_builtins(said((value,), language)[0])
    if isinstance(value, Decision):
        plain = {name: record(getattr(value, name), language) for name in value.__struct_fields__ if name != "evidence"}
        plain = {name: v for name, v in plain.items() if v not in (None, "", [], {})}
        return plain | {"time": iso(value.time), "decided": iso(value.decided), "evidence": value.evidence}
    if isinstance(value, msgspec.Struct):
        fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return {
            name: iso(v) if name in _TIMES and isinstance(v, int) else record(v, language)
            for name, v in fields
            if v is not None and v != ""
        }
    if isinstance(value, list | tuple):
        return [record(v, language) for v in value]
    if isinstance(value, dict):
        return {k: record(v, language) for k, v in value.items()}
    return value
