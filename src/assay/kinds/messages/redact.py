"""What of a message's words may not be kept: one-time codes, card numbers, account numbers. `redact(text)` blacks them out
character by character (`•`), so that every place found in the text is still that place in what is recorded.

Telephone numbers and links stay: in a lure they are the evidence.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import NamedTuple

from assay.core.checkdigits import luhn_holds, mod97_holds
from assay.kinds.messages.normalise import BLACKED


class Redacted(NamedTuple):
    """The text, as long as it was; and the card and account numbers that were blacked out, without blanks, in order."""

    text: str
    numbers: tuple[tuple[str, str], ...]  # ("card" | "iban" | "number", plain)


_DIGITS = re.compile(r"(?<![\w/=&%.+•-])\d(?:[ -]?\d){11,22}(?![\w/=&%•])")
_IBAN = re.compile(r"(?<![A-Za-z0-9/=&%])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_CODE_WORD = re.compile(
    r"(?<![^\W_])(?:(?:one[- ]?time|verification|security|confirmation|access|login|auth\w{0,12}|sms)?[- ]?(?:pass)?(?:codes?|kod\w?|codice|"
    r"codigo|código)|otp|tan|m?tan|pin|passwords?|passwort|contrase\S{1,2}a|clave|mot de passe|token|g-)(?![^\W_])|\w{0,24}(?:code|tan)(?![^\W_])"
    r"|验证码|驗證碼|校验码|动态码|动态密码|動態密碼|认证码|認証番号|認証コード|確認コード|ワンタイム|随机码|密码|인증번호",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?<![\w/=&%?#.,:+€$£¥-])(?<!\d )(?:[A-Z]{1,3}-)?(?:\d{3}[ -]\d{3}|\d{4,8}|(?=[A-Z]{0,7}\d)(?=\d{0,7}[A-Z])[A-Z0-9]{6,8})(?![\w/=&%€$£¥]|[.,: -]\d|\s?(?:€|EUR|USD|GBP|元|円))"
    r"|(?<=[\u3000-\u9fff：:])\d{4,8}(?![\w/=%€$£¥元円]|[.,:]\d)|(?<![\w/=&%?#.,:+€$£¥-])\d{4,8}(?=[\u3000-\u9fff])(?![元円年])"
)
# What printed codes carry: the seed of an authenticator, the password of a wireless network.
_SECRET = re.compile(
    r"(?:otpauth://[^\s]{0,300}[?&]secret=|\AWIFI:(?:[^\n;]{0,80};){0,4}P:)([^&;\s]{1,200})", re.IGNORECASE
)
NEAR = 60  # characters between a code and the word that says it is one
MAX_CODES = 10


def redact(text: str) -> Redacted:
    """See the module. Idempotent.

    >>> redact("Your code is 482913. Never share it. Order 42 ships 12.30").text
    'Your code is ••••••. Never share it. Order 42 ships 12.30'
    >>> redact("card 4111 1111 1111 1111").text, redact("IBAN DE89 3704 0044 0532 0130 00").numbers
    ('card •••• •••• •••• ••••', (('iban', 'DE89370400440532013000'),))
    """
    numbers: list[tuple[int, str, str]] = []

    def blacken(match: re.Match[str], kind: str) -> str:
        numbers.append((match.start(), kind, re.sub(r"[ -]", "", match[0])))
        return _black(match[0])

    if any(c.isdigit() for c in text):
        text = _IBAN.sub(lambda m: blacken(m, "iban") if _iban_holds(m[0]) else m[0], text)
        text = _DIGITS.sub(lambda m: blacken(m, _kind(m[0])) if _worth(m[0]) else m[0], text)
        text = _codes(text)
    if ":" in text:
        text = _SECRET.sub(lambda m: m[0][: m.start(1) - m.start()] + _black(m[1]), text)
    return Redacted(text, tuple((kind, plain) for _, kind, plain in sorted(numbers)))


def _codes(text: str) -> str:
    """One-time codes: short numbers with a word for a code nearby."""
    words = [m.span() for m in _CODE_WORD.finditer(text)]
    if not words:
        return text
    starts = [start for start, _ in words]
    out, last, found = [], 0, 0
    for match in _CODE.finditer(text):
        after = bisect_left(starts, match.start())  # the first code word behind the number, and the last before it
        near = after < len(words) and words[after][0] - NEAR <= match.end()
        near = near or (after > 0 and match.start() <= words[after - 1][1] + NEAR)
        if near:
            out += [text[last : match.start()], _black(match[0])]
            last = match.end()
            found += 1
            if found == MAX_CODES:
                break
    return "".join(out) + text[last:]


def _black(plain: str) -> str:
    return "".join(BLACKED if c.isalnum() else c for c in plain)


def _worth(plain: str) -> bool:
    """Twelve digits on end, or fewer in groups that a card number is written in; a telephone number in groups stays."""
    digits = _digits(plain)
    return plain.isdecimal() or (13 <= len(digits) <= 19 and luhn_holds(digits))


def _digits(plain: str) -> str:
    """In ASCII, whatever script they were written in."""
    return "".join(str(int(c)) for c in plain if c.isdecimal())


def _kind(plain: str) -> str:
    digits = _digits(plain)
    return "card" if 13 <= len(digits) <= 19 and luhn_holds(digits) else "number"


def iban_of(text: str) -> str | None:
    """The IBAN that a text is, without blanks and in capitals; None where it is none."""
    compact = re.sub(r"[ -]", "", text).upper()
    return compact if _IBAN.fullmatch(compact) and _iban_holds(compact) else None


def _iban_holds(plain: str) -> bool:
    iban = plain.replace(" ", "")
    return 15 <= len(iban) <= 34 and mod97_holds(iban)
