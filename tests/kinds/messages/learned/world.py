"""Small worlds that the tests of learned scores share: made once, learned from once."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from assay.kinds.messages.bench_modern import world
from assay.kinds.messages.learned import links, texts
from assay.kinds.messages.learned.detectors import LinkDetector, TextDetector
from assay.kinds.messages.learned.labelled import Labelled
from assay.kinds.messages.simulate import simulate_links

SMALL = links.GROWTH._replace(rounds=30, seeds=1)


@cache
def some_texts() -> tuple[Labelled, texts.TextRows]:
    rows = world(5, 400)
    return rows, texts.TextRows.of(rows.content, rows.group)


@cache
def text_detector() -> TextDetector:
    rows, ready = some_texts()
    model, _apart = texts.fit(ready, rows.truth, seed=1, parts=2)
    return TextDetector(model, "test", card())


@cache
def some_links() -> tuple[list[str], np.ndarray]:
    batch = next(iter(simulate_links(5, size=500, batch=500)))
    assert batch.truth is not None
    return batch.columns["text"].tolist(), batch.truth


@cache
def link_detector() -> LinkDetector:
    urls, truth = some_links()
    model, _apart = links.fit(links.LinkRows.of(urls), truth, seed=1, parts=2, growth=SMALL)
    return LinkDetector(model, "test", card())


def card() -> dict[str, Any]:
    """What a card says that a detector needs."""
    return {"bands": {"unsure": 0.0, "sure": 2.0}, "scripts": ["LATIN", "CJK"], "base_rate": {"stated": 0.4}}
