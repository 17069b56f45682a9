"""The simulated world: one seed is one world, whatever the batch size, and every sentence is filled."""

import re
from collections import Counter

import numpy as np
import pytest

from assay.core.errors import InvalidSetting
from assay.kinds.messages.links.anatomy import anatomy
from assay.kinds.messages.simulate import LANGUAGES, simulate, simulate_links
from assay.kinds.messages.simulate.wording import GENUINE, LURE, fill, templates


def texts(seed: int, size: int, batch: int) -> list[str]:
    return [text for part in simulate(seed, size=size, batch=batch) for text in part.columns["text"].tolist()]


def test_the_same_seed_is_the_same_world_whatever_the_batch() -> None:
    assert texts(3, 60, 7) == texts(3, 60, 60)
    assert texts(3, 60, 60) != texts(4, 60, 60)


def test_every_template_fills_without_a_slot_left() -> None:
    rng = np.random.default_rng(1)
    for template in templates():
        filled = fill(template, rng)
        assert not re.search(r"\{[a-z0-9_.]+\}|\[[^\]]*\|", filled.text), template.name
        assert len(filled.text) >= 4


def test_there_are_hundreds_of_sentences_in_every_language_both_ways() -> None:
    count = Counter((t.language, t.kind) for t in templates())
    assert len(templates()) > 700
    for language in ("en", "zh", "de", "es", "fr"):
        assert count[language, GENUINE] >= 60
        assert count[language, LURE] >= 40
    assert set(LANGUAGES) == {language for language, _ in count}


def test_codes_and_warnings_are_genuine_and_talk_like_lures() -> None:
    genuine = {t.category for t in templates() if t.kind == GENUINE}
    assert {"code", "fraud_check", "warning", "delivery", "account", "chat", "marketing"} <= genuine


def test_the_truth_comes_with_the_messages_and_in_time_order() -> None:
    batch = next(iter(simulate(1, size=200, batch=200)))
    assert batch.truth is not None
    assert batch.known is not None
    assert (np.diff(batch.time) >= 0).all()
    assert (batch.known > batch.time).all()
    named = np.array([name.split("/")[1] for name in batch.columns["extra.template"]])
    assert ((named == LURE) == (batch.truth == 1)).all()


def test_simulated_links_are_links() -> None:
    batch = next(iter(simulate_links(1, size=300, batch=300)))
    assert batch.truth is not None
    assert 0.4 < batch.truth.mean() < 0.6
    for url in batch.columns["text"]:
        taken = anatomy(url)
        assert taken.registered or taken.ip or taken.host, url


@pytest.mark.parametrize("wrong", [{"size": 0}, {"lures": 1.5}, {"languages": ("xx",)}])
def test_a_world_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidSetting):
        next(iter(simulate(1, **wrong)))  # type: ignore[arg-type]
