"""Words for people: every sentence a person reads, by key, in each language Assay speaks.

Catalogues are flat TOML files, one a language: the spine's in `assay/words/`, a room's in the folder its `Kind` names.
A sentence is a `str.format` template over the values a reason was read from; `{n:.0f|payer|payers}` is a number with the word
that goes with it, `{days:.0f|day ago|days ago|today}` has a word of its own for none.
"""

from __future__ import annotations

import os
import re
import string
import tomllib
from collections.abc import Mapping
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
    """The sentence for `key`. A language that lacks it falls back to English, and English to the key itself.

    A value that has a word of its own in the sentence's room is said by that word: `action="turn-left"` in a sentence of
    `identity` by `identity.action.turn-left`.
    """
    template = spine(language).get(key)
    if template is None:
        words = catalogue(language)
        template = words.get(key) or catalogue("en").get(key)
        if template is None:
            return key
        room = key.partition(".")[0]
        values |= {
            name: words.get(f"{room}.{name}.{said}", said) for name, said in values.items() if isinstance(said, str)
        }
    try:
        return filled(template, values)
    except (KeyError, IndexError, ValueError, TypeError):
        return template


def filled(template: str, values: Mapping[str, Any]) -> str:
    """A sentence with its values. Raises `KeyError`, `ValueError` or `TypeError` where they do not fit it."""
    return _COUNTED.vformat(template, (), values) if "|" in template else template.format(**values)


class _Counted(string.Formatter):
    """Adds to `str.format` what languages with a plural need: the shown number decides which word stands behind it."""

    def format_field(self, value: Any, format_spec: str) -> str:
        shape, *words = format_spec.split("|")
        shown = format(value, shape if isinstance(value, int | float) else "")
        if not words:
            return shown
        one, many, *none = words
        return none[0] if none and shown in ("0", "-0") else f"{shown} {one if shown == '1' else many}"


_COUNTED = _Counted()


def translated(text: str, language: str) -> str:
    """What went wrong, in this language. Errors are written in English where they happen; `errors.<language>.toml` beside the
    words of the spine, or of a room, has the sentence with {} for each value in it. What nobody translated stays as it is."""
    exact, shaped = _errors(language)
    if text in exact:
        return exact[text]
    for pattern, sentence in shaped:
        if found := pattern.fullmatch(text):
            return sentence.format(*(exact.get(value, value) for value in found.groups()))
    said, hinted, hint = text.removesuffix(")").rpartition(" (")
    if hinted and text.endswith(")"):
        return f"{translated(said, language)} ({translated(hint, language)})"
    return text


@cache
def _errors(language: str) -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """Sentences without values; and those with, the most telling first."""
    from assay.core.kind import kinds

    known: dict[str, str] = {}
    for folder in (_SPINE, *(kind.words for kind in kinds().values() if kind.words)):
        known |= _read(folder / f"errors.{language}.toml")
    shaped = sorted((key for key in known if "{}" in key), key=lambda key: -len(key))
    exact = {key: sentence for key, sentence in known.items() if "{}" not in key}
    return exact, [(re.compile(re.escape(key).replace(r"\{\}", "(.*?)"), re.DOTALL), known[key]) for key in shaped]


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
