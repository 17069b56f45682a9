"""An indicator: one value of one kind that somebody says belongs to a threat, in one spelling whoever wrote it."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import urlsplit

KINDS = ("ip", "network", "domain", "url", "md5", "sha1", "sha256", "ja3", "ja4", "email")
FOREVER = 2**31 - 1  # days since 1970 of an indicator without a term
MAX_VALUE = 2048
_DEFANGED = (("[.]", "."), ("(.)", "."), ("[:]", ":"), ("hxxp", "http"), ("hXXp", "http"), ("[at]", "@"), ("[@]", "@"))
_DOMAIN = re.compile(r"(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})")
_HEX = re.compile(r"[0-9a-f]+")
_JA4 = re.compile(r"[tqd][0-9sd]{2}[di]\d{4}[0-9a-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}")
_DIGESTS = {32: "md5", 40: "sha1", 64: "sha256"}


class Indicator(NamedTuple):
    """`confidence` 0..100; `since`, `until` days since 1970."""

    kind: str
    value: str
    threat: str = ""
    confidence: int = 75
    since: int = 0
    until: int = FOREVER


def normal(kind: str, value: str) -> str:
    """The value as it is looked up. Raises `ValueError` where it is none of its kind."""
    told = value.strip()
    if not 0 < len(told) <= MAX_VALUE or not told.isprintable():
        raise ValueError("an empty or endless value")
    if kind == "ip":
        return str(ipaddress.ip_address(told))
    if kind == "network":
        return str(ipaddress.ip_network(told, strict=False))
    if kind == "domain":
        return _domain(told)
    if kind == "url":
        return link(told)
    if kind == "ja4" and _JA4.fullmatch(told):
        return told
    lowered = told.lower()
    if kind in ("md5", "ja3", "sha1", "sha256"):
        length = {"sha1": 40, "sha256": 64}.get(kind, 32)
        if len(lowered) == length and _HEX.fullmatch(lowered):
            return lowered
    elif kind == "email" and "@" in told:
        return lowered
    raise ValueError(f"{told[:60]} is no {kind}")


def _domain(told: str) -> str:
    name = told.lower().strip(".").removeprefix("*.")
    if not name.isascii():
        name = name.encode("idna").decode("ascii")
    if not _DOMAIN.fullmatch(name):
        raise ValueError(f"{told[:60]} is no domain")
    return name


def link(told: str) -> str:
    """A link without scheme, default port and fragment; the host in lower case."""
    whole = told if "://" in told else "http://" + told
    parts = urlsplit(whole)
    host = (parts.hostname or "").rstrip(".")
    if not host or "/" not in whole.split("://", 1)[1] + "/":
        raise ValueError(f"{told[:60]} is no link")
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    return f"{host}{port}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")


def guess(told: str) -> tuple[str, str]:
    """(kind, value) of a word of a list, defanged or not. Raises `ValueError` where it is nothing known."""
    word = told.strip().strip("\"'<>")
    for written, meant in _DEFANGED:
        word = word.replace(written, meant)
    if not 0 < len(word) <= MAX_VALUE or " " in word:
        raise ValueError("nothing that is known")
    lowered = word.lower()
    if len(word) in _DIGESTS and _HEX.fullmatch(lowered):
        return _DIGESTS[len(word)], lowered
    if _JA4.fullmatch(word):
        return "ja4", word
    if "://" in word:
        return "url", normal("url", word)
    if word[0].isdigit() or ":" in word:
        try:
            return ("network", normal("network", word)) if "/" in word else ("ip", normal("ip", word))
        except ValueError:
            host, sign, port = word.rpartition(":")
            if sign and port.isdigit() and host.count(":") == 0:
                return guess(host)
    if "@" in word:
        return "email", normal("email", word)
    if "/" in word:
        if _DOMAIN.fullmatch(lowered.partition("/")[0]):
            return "url", normal("url", word)
        raise ValueError("nothing that is known")
    return "domain", normal("domain", word)


__all__ = ["FOREVER", "KINDS", "Indicator", "guess", "link", "normal"]
