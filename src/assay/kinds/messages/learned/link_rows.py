"""A link as numbers: hashed runs of its host, path and query, its words, and what can be counted of its structure.

Never the scheme, `www.`, a trailing slash or how entities are written: those tell how a link was collected.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from assay.kinds.messages.learned.grams import Grams, characters, named
from assay.kinds.messages.links.anatomy import Anatomy, entropy

MOST = 600  # characters of a path or of a query that are looked at
_BREAK = re.compile(r"[^a-z0-9]+")
_DIGITS = re.compile(r"\d+")
_CONSONANTS = re.compile("[bcdfghjklmnpqrstvwxz]+")
_HEX = re.compile("[0-9a-f]{6,}")
_TURN = re.compile(r"\d[a-z]|[a-z]\d")
_CAMEL = re.compile("[a-z][A-Z]")
_SUFFIX = re.compile(r"\.(\w{1,6})$")


class Parts:
    """Host without `www.`, what stands before the registered domain, path and query; lower case but for `cased`."""

    __slots__ = ("anatomy", "below", "cased", "host", "path", "query")

    def __init__(self, anatomy: Anatomy) -> None:
        self.anatomy = anatomy
        self.host = anatomy.host.removeprefix("www.")
        below = len(self.host) - len(anatomy.registered) - 1
        self.below = self.host[:below] if anatomy.registered and below > 0 else ""
        self.cased = anatomy.path.rstrip("/")[:MOST]
        self.path = self.cased.lower()
        fragment = f"#{anatomy.fragment}" if anatomy.fragment else ""
        self.query = (anatomy.query + fragment)[:MOST].lower()


def host_grams(parts: Parts) -> Grams:
    return characters(f"^{parts.host}$", salt=3, inside_words=False)


def path_grams(parts: Parts) -> Grams:
    path = characters(f"^{parts.path}$", salt=4, inside_words=False)
    if not parts.query:
        return path
    query = characters(f"?{parts.query}$", most=4, salt=5, inside_words=False)
    return Grams(*(np.concatenate(pair) for pair in zip(path, query, strict=True)))


def word_grams(parts: Parts) -> Grams:
    names = [f"t:{parts.anatomy.suffix}"]
    names += [f"h:{word}" for word in words(parts.host)]
    names += [f"p:{_DIGITS.sub('0', word)}" for word in words(parts.path)]
    names += [f"q:{_DIGITS.sub('0', word)}" for word in words(parts.query)]
    if suffix := _SUFFIX.search(parts.path):
        names.append(f"x:{suffix[1]}")
    if parts.below:
        names.append("below:many" if "." in parts.below else "below:one")
    return named(names)


TABLES: dict[str, Callable[[Parts], Grams]] = {"host": host_grams, "path": path_grams, "words": word_grams}
BITS = {"host": 17, "path": 18, "words": 16}


def words(text: str) -> list[str]:
    """Its runs of letters and digits."""
    return [word for word in _BREAK.split(text) if word]


def structure(parts: Parts) -> list[float]:
    """Values of `STRUCTURE`, in its order."""
    a, host, below, path, query = parts.anatomy, parts.host, parts.below, parts.path, parts.query
    label = a.label
    folders = [piece for piece in path.split("/") if piece]
    last = folders[-1] if folders else ""
    in_host = words(host)
    told = words(path)
    return [
        len(host), len(below), below.count(".") + 1 if below else 0, len(label), label.count("-"), host.count("-"),
        host.count("."), _digits(host), _digits(label), entropy(label), entropy(host), _vowels(label),
        _longest(_CONSONANTS, label), _longest(_CONSONANTS, below), max(map(len, in_host), default=0),
        len(_TURN.findall(host)), len(a.suffix), a.suffix.count("."), a.private, bool(a.ip), a.shortener, a.punycode,
        bool(a.userinfo), bool(a.port),
        len(path), len(folders), max(map(len, folders), default=0), _digits(path),
        sum(map(str.isupper, parts.cased)) / max(1, len(parts.cased)), entropy(path), _vowels(path),
        _longest(_CONSONANTS, path), len(_TURN.findall(path)), len(_CAMEL.findall(parts.cased)),
        path.count("-"), path.count("_"), path.count("."), "." in last, last.count("-"), len(last), _vowels(last),
        " " in path, "~" in path, "//" in path, _longest(_HEX, path + query),
        len(query), query.count("&") + query.count("="), len(a.fragment), entropy(query), "@" in query + path, bool(a.redirect),
        len(a.lures), len(set(in_host) & set(told)), sum(len(word) > 3 and word in label for word in told),
    ]  # fmt: skip


STRUCTURE = (
    "host.length", "below.length", "below.labels", "label.length", "label.dashes", "host.dashes",
    "host.dots", "host.digits", "label.digits", "label.entropy", "host.entropy", "label.vowels",
    "label.consonants", "below.consonants", "host.longest", "host.turns", "suffix.length", "suffix.dots",
    "host.tenant", "host.address", "host.shortener", "host.punycode", "userinfo", "port",
    "path.length", "path.depth", "path.longest", "path.digits", "path.upper", "path.entropy", "path.vowels",
    "path.consonants", "path.turns", "path.camel", "path.dashes", "path.underscores", "path.dots",
    "file", "file.dashes", "file.length", "file.vowels", "path.blank", "path.home", "path.double", "hex.longest",
    "query.length", "query.pairs", "fragment.length", "query.entropy", "address.within", "forwards",
    "lure.words", "host.in.path", "label.in.path",
)  # fmt: skip


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _vowels(text: str) -> float:
    return sum(c in "aeiou" for c in text) / max(1, len(text))


def _longest(pattern: re.Pattern[str], text: str) -> int:
    return max(map(len, pattern.findall(text)), default=0)
