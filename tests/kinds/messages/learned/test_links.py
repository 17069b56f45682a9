"""`messages.url-model`: what it must never look at, what it says, and that a batch changes no bit of it."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.batch import Batch
from assay.core.finding import Verdict
from assay.core.profile import Profile
from assay.kinds.messages.evidence import Message
from assay.kinds.messages.learned import links
from assay.kinds.messages.learned.detectors import LinkDetector
from assay.kinds.messages.learned.link_rows import STRUCTURE, Parts, structure
from assay.kinds.messages.links.anatomy import anatomy
from assay.learning import registry
from tests.kinds.messages.learned.world import card, link_detector, some_links

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def message(text: str, channel: str = "sms") -> Message:
    return Message(id="m", time=NOW, channel=channel, text=text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "other",
    [
        "http://shop.example.com/a?x=1&y=2", "https://www.shop.example.com/a?x=1&y=2", "shop.example.com/a/?x=1&y=2",
        "https://shop.example.com/a?x=1&amp;y=2", "HTTPS://SHOP.EXAMPLE.com/a?x=1&y=2",
    ],
)  # fmt: skip
def test_how_a_link_was_collected_changes_nothing(other: str) -> None:
    model = link_detector().model
    assert (
        model.row(Parts(anatomy(other))).tobytes() == model.row(Parts(anatomy("shop.example.com/a?x=1&y=2"))).tobytes()
    )


def test_structure_has_a_name_for_every_number() -> None:
    assert len(structure(Parts(anatomy("a.example/b")))) == len(STRUCTURE) == len(set(STRUCTURE))


def test_scores_are_the_same_bits_alone_and_in_a_batch() -> None:
    urls, _ = some_links()
    items = [message(url, "link") for url in urls[:60]]
    together = link_detector().examine(Batch.of(items), Profile.empty(60)).probability
    alone = [link_detector().examine(Batch.of([one]), Profile.empty(1)).probability[0] for one in items]
    assert together.tobytes() == np.array(alone).tobytes()


def test_scoring_many_at_a_time_agrees_with_one_at_a_time() -> None:
    urls, _ = some_links()
    rows = links.LinkRows.of(urls[:100])
    many = links.score_rows(link_detector().model, rows, np.arange(100))
    assert np.mean(np.abs(many - link_detector().model.score(rows.links)) < 1e-3) > 0.95


def test_the_worst_link_of_a_text_is_shown_where_it_stands() -> None:
    text = "See https://www.wikipedia.org/ and then http://paypal.com.verify-account.x7f3kq.top/login.php?cmd=login_submit please"
    findings = link_detector().examine(Batch.of([message(text)]), Profile.empty(1))
    found = findings.explain(np.array([0]))[0]
    assert found.verdict == "suspicious"
    start, end = (int(at) for at in found.where[0].span)
    assert "verify-account" in text[start:end]
    assert found.reasons[0].code in ("messages.url-model.host", "messages.url-model.path")


def test_nothing_is_said_of_a_message_without_a_link() -> None:
    assert link_detector().examine(Batch.of([message("see you at eight")]), Profile.empty(1)).verdict[0] == Verdict.NONE


@given(st.text(alphabet=st.sampled_from("abc.:/?#@%&=-~[]0é中 \\"), max_size=120))
@settings(max_examples=80, deadline=None)
def test_any_link_gets_an_answer(text: str) -> None:
    for channel in ("link", "sms"):
        verdict = link_detector().examine(Batch.of([message(text, channel)]), Profile.empty(1)).verdict[0]
        assert verdict in (Verdict.NONE, Verdict.GENUINE, Verdict.SUSPICIOUS)


def test_a_kept_model_scores_as_before(tmp_path) -> None:
    detector = link_detector()
    folder = registry.save(tmp_path / "m", detector.model.files(), {"detector": links.NAME, **card()})
    urls, _ = some_links()
    parts = [Parts(anatomy(url)) for url in urls[:20]]
    assert (LinkDetector.of(folder).model.score(parts) == detector.model.score(parts)).all()
