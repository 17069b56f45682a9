"""Generators of names in the manner of families that were published: what the model learns from. None is a family's own code or
seed; each is the public description of how its names are made (letters drawn, digests printed, words joined), so that every real
family is unseen in training."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence

import numpy as np

Rng = np.random.Generator
LETTERS, DIGITS, VOWELS = "abcdefghijklmnopqrstuvwxyz", "0123456789", "aeiou"
CONSONANTS = "bcdfghjklmnpqrstvwxyz"
_CONSONANTS_Y = "bcdfghjklmnpqrstvwxz"


def _draw(rng: Rng, alphabet: str, low: int, high: int) -> str:
    return "".join(alphabet[i] for i in rng.integers(0, len(alphabet), int(rng.integers(low, high + 1))))


def uniform(rng: Rng) -> str:
    """Letters with equal chances: Conficker, Cryptolocker, Ramnit, Tinba, Necurs and most others."""
    return _draw(rng, LETTERS, 7, 22)


def part_of_letters(rng: Rng) -> str:
    """A run of the alphabet only, as where a linear generator is cut by a small modulus: Ranbyus, Dircrypt, Locky."""
    start = int(rng.integers(0, 8))
    return _draw(rng, LETTERS[start : start + int(rng.integers(12, 19))], 8, 18)


def letters_and_digits(rng: Rng) -> str:
    """Chinad, Qsnatch, Qadars, Bumblebee."""
    return _draw(rng, LETTERS + DIGITS, 8, 18)


def few_digits(rng: Rng) -> str:
    """Letters, and now and then a digit: Corebot, Shiotob."""
    return _draw(rng, LETTERS * 3 + DIGITS, 10, 24)


def digest(rng: Rng) -> str:
    """The hexadecimal digits of a digest, or part of them: Bamital, Sharkbot, Dyre."""
    told = hashlib.md5(rng.bytes(8), usedforsecurity=False).hexdigest()
    return told[: int(rng.choice([10, 12, 16, 20, 32]))]


def shifted_digest(rng: Rng) -> str:
    """A digest's half-bytes as letters: Murofet, Zeus Gameover."""
    return "".join(chr(ord("a") + b % 25) for b in hashlib.md5(rng.bytes(8), usedforsecurity=False).digest())[
        : int(rng.integers(11, 17))
    ]


def base32(rng: Rng) -> str:
    """A digest in base 32 or base 36: newer Gameover."""
    return base64.b32encode(rng.bytes(16)).decode("ascii").lower().rstrip("=")[: int(rng.integers(16, 27))]


def base64_lower(rng: Rng) -> str:
    """A date in base 64, in lower case: Sisron, Sharkbot."""
    text = f"{rng.integers(1, 29):02d}{rng.integers(1, 13):02d}{rng.integers(2012, 2030)}{rng.integers(0, 99)}".encode()
    return base64.b64encode(text).decode("ascii").lower().rstrip("=")[: int(rng.integers(10, 21))]


def alternating(rng: Rng) -> str:
    """Consonant, vowel, consonant, vowel, with equal chances: Symmi, Simda."""
    n = int(rng.integers(8, 16))
    begin = int(rng.integers(0, 2))
    return "".join(str(rng.choice(list(VOWELS if (i + begin) % 2 else _CONSONANTS_Y))) for i in range(n))


def pronounceable(rng: Rng) -> str:
    """Vowels and consonants by a chain that leans to alternate: Pykspa, Pitou, Proslikefan."""
    out, vowel = "", bool(rng.integers(0, 2))
    for _ in range(int(rng.integers(6, 14))):
        out += str(rng.choice(list(VOWELS if vowel else CONSONANTS)))
        vowel = not vowel if rng.random() < 0.65 else vowel
    return out


def heavy_consonants(rng: Rng) -> str:
    """Mydoom, Vawtrak: syllables of two or three letters, rare ones as likely as common ones."""
    return "".join(
        _draw(rng, CONSONANTS, 1, 2) + _draw(rng, VOWELS, 1, 1) for _ in range(int(rng.integers(3, 5)))
    ) + _draw(rng, CONSONANTS, 0, 1)


def changed(rng: Rng) -> str:
    """A long name of words whose first letters are counted up: Banjori."""
    tail = "".join(_draw(rng, CONSONANTS, 1, 1) + _draw(rng, VOWELS, 1, 1) for _ in range(int(rng.integers(4, 8))))
    return _draw(rng, LETTERS, 4, 4) + tail


def marked(rng: Rng) -> str:
    """Hexadecimal digits that begin and end with the same letters, or carry a counter: Monero downloader, Bazar."""
    return _draw(rng, "0123456789abcdef", 11, 13) if rng.random() < 0.5 else _draw(rng, "abcdefghijkm", 8, 12)


MAKERS: Sequence[Callable[[Rng], str]] = (
    uniform, uniform, part_of_letters, letters_and_digits, few_digits, digest, shifted_digest, base32, base64_lower,
    alternating, pronounceable, heavy_consonants, changed, marked,
)  # fmt: skip


def made_up(rng: Rng, n: int) -> list[tuple[str, str]]:
    """n (maker, name), each maker's turn in order."""
    return [(MAKERS[i % len(MAKERS)].__name__, MAKERS[i % len(MAKERS)](rng)) for i in range(n)]


__all__ = ["MAKERS", "made_up"]
