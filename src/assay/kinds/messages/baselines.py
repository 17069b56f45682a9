"""The peers that `assay bench messages` runs beside us: TF-IDF of character and word runs with logistic regression, as a
competent afternoon's work would make them (scikit-learn's own, nothing of ours)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Peer = Callable[[Sequence[str], np.ndarray, Sequence[str]], np.ndarray]
_HEAD = re.compile(r"^[a-z]+://(?:www\.)?|^www\.", re.IGNORECASE)


def plain_text(learn: Sequence[str], truth: np.ndarray, test: Sequence[str]) -> np.ndarray:
    """float64[len(test)]: scores by runs of 2-5 characters inside words and of 1-2 words."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer

    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True)
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    rows = hstack([characters.fit_transform(learn), words.fit_transform(learn)]).tocsr()
    return _regressed(rows, truth, hstack([characters.transform(test), words.transform(test)]).tocsr())


def plain_link(learn: Sequence[str], truth: np.ndarray, test: Sequence[str]) -> np.ndarray:
    """float64[len(test)]: scores by runs of 2-4 characters, scheme and `www.` taken off and entities undone."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    runs = TfidfVectorizer(analyzer="char", ngram_range=(2, 4), min_df=2, sublinear_tf=True)
    rows = runs.fit_transform([bare(url) for url in learn])
    return _regressed(rows, truth, runs.transform([bare(url) for url in test]))


def bare(url: str) -> str:
    """A link without what tells how it was collected.

    >>> bare("https://www.a.example/?x=1&amp;y=2")
    'a.example/?x=1&y=2'
    """
    return _HEAD.sub("", html.unescape(url)).rstrip("/")


def _regressed(rows: Any, truth: np.ndarray, test: Any) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    return np.asarray(LogisticRegression(C=10.0, solver="liblinear").fit(rows, truth).decision_function(test))
