"""Texts with what gives their collection away taken out: links and digits, or signs of money and HTML entities."""

from __future__ import annotations

import html
import re

_LINK = re.compile(
    r"(?:https?:?//|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|co|uk|in|ly|me|info|biz|tv|mobi|do|gl|cn|de|fr|es|io|to)\b(?:\.\w{2})?(?:/\S*)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")
_MONEY = re.compile(r"[£$€¥₹￥元]|\b(?:rs|gbp|usd|eur|inr)\b\.?", re.IGNORECASE)


def without_numbers(text: str) -> str:
    """Every link as `URL`, every run of digits as `0`.

    >>> without_numbers("Pay £25.50 at https://a.example/x?y=1 now")
    'Pay £0.0 at URL now'
    """
    return _NUMBER.sub("0", _LINK.sub("URL", text))


def without_give_aways(text: str) -> str:
    """Links, runs of digits, signs of money and HTML entities all alike.

    >>> without_give_aways("WIN £500 &amp; more")
    'WIN $0 & more'
    """
    return without_numbers(_MONEY.sub("$", html.unescape(text).replace("<#>", "0")))
