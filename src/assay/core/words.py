"""Words for people: every sentence a person reads, by key, in each language Assay speaks.

Catalogues are flat TOML files, one a language: the spine's in `assay/words/`, a room's in the folder its `Kind` names.
A sentence is a `str.format` template over the values a reason was read from.
"""

from __future__ import annotations

import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "zh")
_SPINE = Path(__file__).parent.parent / "words"


@cache
def spine(language: str) -> dict[str, str]:
    """The spine's own sentences; needs no room, so the command line starts quickly."""
    return _read(_SPINE / f"{language}.toml")


@cache
def catalogue(language: str) -> dict[str, str]:
    """Every key and sentence of one language, the spine's and every room's."""
    from assay.core.kind import kinds

    words = dict(spine(language))
    for kind in kinds().values():
        if kind.words:
            words.update(_read(kind.words / f"{language}.toml"))
    return words


def say(key: str, language: str = "en", /, **values: Any) -> str:
    """The sentence for `key`. A language that lacks it falls back to English, and English to the key itself."""
    template = spine(language).get(key) or catalogue(language).get(key) or catalogue("en").get(key)
    if template is None:
        return key
    try:
        return template.format(**values)
    except (KeyError, IndexError, ValueError):
        return template


def negotiate(accept_language: str) -> str:
    """The first of our languages that an Accept-Language header asks for; English otherwise.

    >>> negotiate("zh-CN,zh;q=0.9,en;q=0.8")
    'zh'
    """
    for item in accept_language.split(","):
        tag = item.split(";")[0].strip().lower()[:2]
        if tag in LANGUAGES:
            return tag
    return "en"


def terminal_language() -> str:
    """The language of the command line: ASSAY_LANGUAGE, else the locale's."""
    setting = next((v for k in ("ASSAY_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG") if (v := os.environ.get(k))), "")
    return negotiate(setting)


def _read(path: Path) -> dict[str, str]:
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
