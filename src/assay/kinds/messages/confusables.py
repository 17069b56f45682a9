"""Letters that look like other letters: prototypes in the sense of Unicode Technical Standard 39, and the skeletons made
of them. The table is our own and covers what is met in lures: Cyrillic, Greek, Armenian, Cherokee, phonetic and accented
Latin. Full-width and mathematical letters need no entry, since NFKC folds them.

Two strings that a reader would take for one another have the same `skeleton`. Skeletons are only ever compared with
skeletons; they are nobody's spelling.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_LOOK_ALIKES = {
    "a": "аɑαᴀ∂", "b": "ƅьъᏏᖯʙв", "c": "сϲᴄ", "d": "ԁɗᏧ", "e": "еҽɛєэᴇ℮", "f": "ғꞙ", "g": "ɡցᶃԍ", "h": "һհᏂʜн", "i": "іɩιɪᎥ",
    "j": "јϳյᴊ", "k": "кκᴋᏦ", "l": "ӏʟ∣ǀ", "m": "мᴍ", "n": "ոպɴηп", "o": "оοσօᴏ০૦०", "p": "рρᴘ⍴", "q": "ԛգզ", "r": "гᴦʀя",
    "s": "ѕʂꜱ", "t": "тτᴛ", "u": "υսцᴜʋ", "v": "ѵνᴠ", "w": "ԝѡшщᴡա", "x": "хχᕁ", "y": "уүγʏყ", "z": "ᴢʐ", "3": "зӡ", "6": "б", "4": "ч",
}  # fmt: skip
# Letters that NFKD does not take apart, spelt as people who lack the key spell them.
_LATIN = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ŧ": "t", "ĸ": "k", "ŋ": "n",
    "ſ": "s", "ı": "i", "ƒ": "f", "ɨ": "i", "ʉ": "u", "ə": "e",
}  # fmt: skip
PROTOTYPE: dict[str, str] = {look.lower(): letter for letter, looks in _LOOK_ALIKES.items() for look in looks}
"""A lower-case letter of another script (or a phonetic one) -> the Latin letter or digit it is drawn like."""

# Within ASCII: what a hurried eye takes for one thing. `m` is drawn like `rn` (UTS 39 maps it so), `w` like `vv`.
_ASCII = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "3": "e", "8": "b", "|": "l"})


@lru_cache(maxsize=8192)
def latin(character: str) -> str:
    """One character as lower-case ASCII where it is a Latin letter under its accents and shape; else its lower-case NFKC
    form. Letters of other scripts stay what they are.

    >>> latin("É"), latin("ｐ"), latin("ß"), latin("р") == "р"
    ('e', 'p', 'ss', True)
    """
    folded = unicodedata.normalize("NFKC", character).lower()
    out = []
    for each in folded:
        if each.isascii():
            out.append(each)
        elif unicodedata.combining(each) and each < "\u0370":
            continue
        elif each in _LATIN:
            out.append(_LATIN[each])
        else:
            base = unicodedata.normalize("NFKD", each)
            plain = "".join(c for c in base if not unicodedata.combining(c))
            out.append(plain if plain.isascii() and plain else each)
    return "".join(out)


@lru_cache(maxsize=8192)
def prototype(character: str) -> str:
    """The Latin letter that one character is drawn like; itself where it is like none."""
    lower = character.lower()
    direct = PROTOTYPE.get(lower)
    if direct is not None:
        return direct
    folded = latin(character)
    return "".join(PROTOTYPE.get(c, c) for c in folded)


@lru_cache(maxsize=4096)
def skeleton(text: str) -> str:
    """What a hurried reader sees: prototypes, and within ASCII 0 as o, 1 and i as l, `rn` as m, `vv` as w.

    >>> skeleton("раураl") == skeleton("paypal") == skeleton("PAYPA1"), skeleton("rnicrosoft") == skeleton("microsoft")
    (True, True)
    """
    plain = text.lower() if text.isascii() else "".join(map(prototype, text)).lower()
    return plain.translate(_ASCII).replace("rn", "m").replace("vv", "w")


@lru_cache(maxsize=8192)
def script(character: str) -> str:
    """The script of a letter as the first word of its Unicode name ("LATIN", "CYRILLIC", "CJK" …); "" for anything that
    belongs to no script (digits, punctuation, marks).

    >>> script("a"), script("п"), script("漢"), script("7")
    ('LATIN', 'CYRILLIC', 'CJK', '')
    """
    if character.isascii():
        return "LATIN" if character.isalpha() else ""
    if not character.isalpha():
        return ""
    name = unicodedata.name(character, "").split(" ", 1)[0].split("-", 1)[0]
    return {"FULLWIDTH": "LATIN", "MATHEMATICAL": "LATIN", "HALFWIDTH": "KATAKANA", "MODIFIER": ""}.get(name, name)


_TOGETHER = ({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}, {"LATIN", "CJK", "BOPOMOFO"}, {"LATIN", "CJK", "HANGUL"})


def mixed_script(text: str) -> bool:
    """Letters of scripts that no language writes in one word (UTS 39, highly restrictive level).

    >>> mixed_script("pаypal"), mixed_script("日本テレビnews"), mixed_script("почта")
    (True, False, False)
    """
    if text.isascii():
        return False
    found = {script(c) for c in text} - {""}
    return len(found) > 1 and not any(found <= allowed for allowed in _TOGETHER)
