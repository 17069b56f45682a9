"""`messages.model`: what it says, where, when it keeps quiet, and that a batch changes no bit of it."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.errors import InvalidSetting, ModelError
from assay.core.finding import Verdict
from assay.core.profile import Profile
from assay.kinds.messages.evidence import Message
from assay.kinds.messages.learned import texts
from assay.kinds.messages.learned.detectors import TextDetector
from assay.learning import registry
from assay.learning.evaluate import auc
from tests.kinds.messages.learned.world import card, some_texts, text_detector

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LURE = "Dear customer, your parcel is held at our depot. Pay the 1.99 customs fee now: http://dhl-fee.top/pay"


def message(text: str, **fields: object) -> Message:
    return Message(id="m", time=NOW, **({"channel": "sms", "text": text} | fields))  # type: ignore[arg-type]


def finding(one: Message):
    findings = text_detector().examine(Batch.of([one]), Profile.empty(1))
    return findings.explain(np.array([0]))[0]


def test_scores_are_the_same_bits_alone_and_in_a_batch() -> None:
    rows, _ = some_texts()
    items = [message(text) for text in rows.content[:40]]
    together = text_detector().examine(Batch.of(items), Profile.empty(40)).probability
    alone = [text_detector().examine(Batch.of([one]), Profile.empty(1)).probability[0] for one in items]
    assert together.tobytes() == np.array(alone).tobytes()


def test_scoring_many_at_a_time_agrees_with_one_at_a_time() -> None:
    rows, ready = some_texts()
    some = np.arange(0, len(rows), 17)
    many = texts.score_rows(text_detector().model, ready, some)
    one = [text_detector().model.score(ready.texts[i]) for i in some]
    assert np.allclose(many, one, atol=1e-4)


def test_it_learns_what_other_templates_say() -> None:
    rows, ready = some_texts()
    fold = texts.folds(rows.group, 2, 3)
    learn, test = np.flatnonzero(fold == 0), np.flatnonzero(fold == 1)
    score = texts.score_rows(texts.learn(ready, rows.truth, learn), ready, test)
    assert auc(rows.truth[test], score) > 0.9


def test_a_lure_is_suspicious_and_shows_the_words_that_say_so() -> None:
    found = finding(message(LURE))
    assert found.verdict == "suspicious"
    assert found.severity in ("low", "medium")
    assert found.probability is not None
    assert found.probability > 0.5
    start, end = found.where[0].span
    assert found.where[0].field == "text"
    assert 0 <= start < end <= len(LURE)
    assert end - start < len(LURE)


def test_a_subject_is_read_and_its_places_are_its_own() -> None:
    found = finding(message("see below", subject=LURE, channel="email"))
    assert found.verdict == "suspicious"
    where = found.where[0]
    assert where.field in ("subject", "text")
    assert where.span[1] <= (len(LURE) if where.field == "subject" else len("see below"))


@pytest.mark.parametrize("text", ["ok", "123 456", "Привет, когда вы приедете к нам в гости?", "👍👍👍"])
def test_too_short_or_an_unknown_script_is_inconclusive(text: str) -> None:
    found = finding(message(text))
    assert found.verdict == "inconclusive"
    assert found.reasons[0].code == "messages.model.unreadable"


@pytest.mark.parametrize("fields", [{"text": ""}, {"text": "https://a.example", "channel": "link"}])
def test_nothing_is_said_of_an_empty_message_or_a_bare_link(fields: dict[str, str]) -> None:
    assert text_detector().examine(Batch.of([message(**fields)]), Profile.empty(1)).verdict[0] == Verdict.NONE


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_gets_an_answer(text: str) -> None:
    found = text_detector().examine(Batch.of([message(text)]), Profile.empty(1))
    assert found.verdict[0] in (Verdict.NONE, Verdict.GENUINE, Verdict.INCONCLUSIVE, Verdict.SUSPICIOUS)


def test_a_kept_model_scores_as_before_and_a_changed_one_does_not_open(tmp_path: Path) -> None:
    detector = text_detector()
    told = {"detector": texts.NAME, **card()}
    folder = registry.save(tmp_path / "model", detector.model.files(), told)
    again = TextDetector.of(folder)
    _, ready = some_texts()
    assert [again.model.score(t) for t in ready.texts[:10]] == [detector.model.score(t) for t in ready.texts[:10]]
    registry.save(tmp_path / "bad", detector.model.files() | {"features.json": "{}"}, told)
    with pytest.raises(ModelError):
        TextDetector.of(registry.open_folder(tmp_path / "bad"))


def test_too_few_lures_are_refused() -> None:
    _, ready = some_texts()
    truth = np.zeros(len(ready))
    truth[:5] = 1
    with pytest.raises(InvalidSetting):
        texts.fit(ready, truth)
