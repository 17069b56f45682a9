"""A URL taken apart once, the way a browser would (WHATWG URL Standard), with what is odd about it as plain facts.

`anatomy(url)` never raises and never looks anything up: HTML entities undone, host in lower case and ASCII (IDNA), IPv4
in any base, path and query percent-decoded to a fixed point, registered domain by a bundled snapshot of the Public Suffix
List with its private part (so `evil.web.app` is registered under `web.app`).
"""

from __future__ import annotations

import html
import ipaddress
import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any
from urllib.parse import unquote

from assay.kinds.messages.confusables import mixed_script
from assay.kinds.messages.links.known import FILES, LURES, REDIRECT_KEYS, SHORTENERS

MAX_URL = 4_096


@dataclass(frozen=True, slots=True)
class Anatomy:
    """`url` as given, at most `MAX_URL` characters. Absent parts are ""; of something that is no URL, `host` is "".

    scheme      lower case; "" where none was written
    userinfo    before the last `@` of the authority, decoded: a reader takes it for the host
    host        lower case, ASCII (punycode), without a final dot; IPv4 as four decimal numbers
    shown       the host in Unicode, as a reader sees it
    port        as written, "" where none
    path        decoded to a fixed point; `query` and `fragment` likewise, without `?` and `#`
    registered  the registered domain (ASCII), with private suffixes: `evil.web.app`; "" for addresses and bare suffixes
    suffix      its public suffix: `web.app`, `co.uk`
    private     the suffix is a service that lets anybody have a name below it
    subdomain   what stands before the registered domain
    ip          "" or how the address is written: "dotted", "decimal", "octal", "hex", "short", "ipv6"
    internal    the address or name is only reachable from within (private, loopback, link-local, .local)
    shortener   the host forwards to somewhere else
    redirect    a URL that the query or path carries along, decoded
    mixed       letters of scripts that nobody writes in one word, within one label of the host
    punycode    some label of the host is not ASCII
    lures       words of `known.LURES` in host, path or query, in order
    """

    url: str
    scheme: str = ""
    userinfo: str = ""
    host: str = ""
    shown: str = ""
    port: str = ""
    path: str = ""
    query: str = ""
    fragment: str = ""
    registered: str = ""
    suffix: str = ""
    private: bool = False
    subdomain: str = ""
    ip: str = ""
    internal: bool = False
    shortener: bool = False
    redirect: str = ""
    mixed: bool = False
    punycode: bool = False
    lures: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The registered domain without its suffix: what somebody chose.

        >>> anatomy("https://www.example.co.uk/a").label
        'example'
        """
        return self.registered[: -len(self.suffix) - 1] if self.suffix else self.registered

    @property
    def depth(self) -> int:
        """How many folders deep the path is."""
        return sum(bool(piece) for piece in self.path.split("/"))

    @property
    def bare(self) -> str:
        """Host (without a leading `www.`), path and query as one text: what a model may learn from. Scheme, `www.` and a
        trailing slash tell how a link was collected, and are left out."""
        host = self.host.removeprefix("www.")
        return host + self.path.rstrip("/") + ("?" + self.query if self.query else "")


@lru_cache(maxsize=4096)
def anatomy(url: str) -> Anatomy:
    """A URL, with or without its scheme, taken apart.

    >>> a = anatomy("http://paypal.com@0x7f.1/%256cogin?next=https%3A%2F%2Fevil.example")
    >>> a.userinfo, a.host, a.ip, a.path, a.redirect
    ('paypal.com', '127.0.0.1', 'hex', '/login', 'https://evil.example')
    """
    url = url[:MAX_URL]
    text = url
    if "&" in text:
        text = html.unescape(text)[:MAX_URL]
    text = _CONTROLS.sub("", text.strip(_ENDS))
    match = _SCHEME.match(text)
    scheme = match[1].lower() if match else ""
    rest = text[match.end() :] if match else text
    if scheme in _OPAQUE:
        return Anatomy(url, scheme=scheme, path=rest)
    if scheme and scheme not in _SPECIAL and not rest.startswith("//"):
        # `localhost:8000/x` and `paypal.com:443` have no scheme; `tel:+49…` has no host.
        if not _PORT.match(rest):
            return Anatomy(url, scheme=scheme, path=decoded(rest))
        scheme, rest = "", text
    if "\\" in rest:
        rest = rest.replace("\\", "/")
    if scheme or rest.startswith("//"):
        rest = rest.lstrip("/")
    cut = _AFTER_AUTHORITY.search(rest)
    authority, tail = (rest[: cut.start()], rest[cut.start() :]) if cut else (rest, "")
    userinfo, _, place = authority.rpartition("@")
    host, port = _host_and_port(place)
    path, query, fragment = _tail(tail)
    ascii_host, shown, ip, internal = _host(host)
    suffix, registered, subdomain, private = ("", "", "", False) if ip else split_host(ascii_host)
    userinfo, path, query = decoded(userinfo), decoded(path), decoded(query)
    return Anatomy(
        url=url, scheme=scheme, userinfo=userinfo, host=ascii_host, shown=shown, port=port, path=path, query=query,
        fragment=decoded(fragment), registered=registered, suffix=suffix, private=private, subdomain=subdomain, ip=ip,
        internal=internal, shortener=registered in SHORTENERS or ascii_host in SHORTENERS, redirect=_carried(path, query),
        mixed=shown is not ascii_host and any(mixed_script(label) for label in shown.split(".")),
        punycode="xn--" in ascii_host,
        lures=tuple(dict.fromkeys(word for word in _WORDS.findall(f"{ascii_host} {path} {query}".lower()) if word in LURES)),
    )  # fmt: skip


def decoded(text: str) -> str:
    """Percent-decoded until nothing changes, at most five times.

    >>> decoded("%252541")
    'A'
    """
    for _ in range(5):
        if "%" not in text:
            break
        plain = unquote(text, errors="replace")
        if plain == text:
            break
        text = plain
    return text


def entropy(text: str) -> float:
    """Shannon entropy in bits a character; 0 for an empty text."""
    n = len(text)
    return -sum(k / n * math.log2(k / n) for k in Counter(text).values()) if n else 0.0


def split_host(host: str) -> tuple[str, str, str, bool]:
    """(public suffix, registered domain, subdomain, whether the suffix is a private one); "" where there is none.

    >>> split_host("a.b.web.app"), split_host("www.example.co.uk")[:2]
    (('web.app', 'b.web.app', 'a', True), ('co.uk', 'example.co.uk'))
    """
    if not host or "." not in host:
        return "", "", "", False
    found = _suffixes().extract_str(host)
    if not found.suffix:  # the list's default rule: any last label is a suffix
        rest, _, suffix = host.rpartition(".")
        subdomain, _, chosen = rest.rpartition(".")
        return suffix, f"{chosen}.{suffix}", subdomain, False
    if not found.domain:
        return str(found.suffix), "", "", bool(found.is_private)
    return str(found.suffix), f"{found.domain}.{found.suffix}", str(found.subdomain), bool(found.is_private)


@lru_cache(maxsize=4096)
def known_ending(ending: str) -> bool:
    """Is this a top-level domain that exists?

    >>> known_ending("de"), known_ending("docx")
    (True, False)
    """
    return bool(_suffixes().extract_str(f"name.{ending}").suffix)


@cache
def _suffixes() -> Any:
    import tldextract

    return tldextract.TLDExtract(
        suffix_list_urls=(), cache_dir=None, fallback_to_snapshot=True, include_psl_private_domains=True
    )


_ENDS = "".join(map(chr, range(33))) + "\u00a0\u200b\ufeff"
_CONTROLS = re.compile("[\x00-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30}):")
_SPECIAL = frozenset(("http", "https", "ftp", "ws", "wss", "hxxp", "hxxps"))
_OPAQUE = frozenset(("data", "javascript", "vbscript", "blob", "about"))
_PORT = re.compile(r"\d{1,5}(?:[/?#]|$)")
_AFTER_AUTHORITY = re.compile(r"[/?#]")
_WORDS = re.compile(r"[a-z]{2,40}")


def _host_and_port(place: str) -> tuple[str, str]:
    if place.startswith("["):
        host, _, port = place.partition("]")
        return host + "]", port.removeprefix(":")[:5]
    host, colon, port = place.rpartition(":")
    return (host, port[:5]) if colon and (port.isdigit() or not port) else (place, "")


def _tail(tail: str) -> tuple[str, str, str]:
    path, _, fragment = tail.partition("#")
    path, _, query = path.partition("?")
    return path, query, fragment


_ASCII_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\Z")


def _host(host: str) -> tuple[str, str, str, bool]:
    """(ASCII host, the host as shown, how an address is written, whether only reachable from within)."""
    host = decoded(host).lower().rstrip(".")
    if host.startswith("["):
        try:
            six = ipaddress.IPv6Address(host.strip("[]").split("%")[0])
        except ValueError:
            return "", "", "", False
        return str(six), str(six), "ipv6", not six.is_global
    if not _ASCII_HOST.match(host) or "xn--" in host:
        host, shown = _international(host)
    else:
        shown = host
    last = host.rpartition(".")[2]
    if last[:1].isdigit():
        four = _ipv4(host)
        if four is not None:
            address, how = four
            return str(address), str(address), how, not address.is_global
        if last.isdigit():
            return "", "", "", False  # a browser refuses a host that ends in a number and is no address
    return host, shown, "", last in ("local", "localhost", "internal", "lan", "home", "invalid", "test")


_NOT_IN_HOST = re.compile(r"[\s<>\"'`{}|\\^\[\]#%/:?@,;!()*+=~$&]")


def _international(host: str) -> tuple[str, str]:
    """A host with letters beyond ASCII: in punycode and in Unicode; ("", "") where no browser would take it."""
    import idna

    host = host.replace("\u3002", ".").replace("\uff0e", ".").replace("\uff61", ".")[:253]
    if _NOT_IN_HOST.search(host):
        return "", ""
    try:
        coded, shown = [], []
        for label in host.split("."):
            plain = label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label
            plain = str(idna.uts46_remap(plain, std3_rules=False, transitional=False))
            shown.append(plain)
            coded.append(plain if plain.isascii() else "xn--" + plain.encode("punycode").decode("ascii"))
    except (ValueError, UnicodeError):  # idna's errors are UnicodeErrors
        return (host, host) if host.isascii() else ("", "")
    return ".".join(coded), ".".join(shown)


def _ipv4(host: str) -> tuple[ipaddress.IPv4Address, str] | None:
    """The IPv4 parser of the URL Standard: one to four numbers, decimal, octal (0…) or hexadecimal (0x…)."""
    pieces = host.split(".")
    if len(pieces) > 4:
        return None
    numbers: list[int] = []
    how = "dotted" if len(pieces) == 4 else "decimal" if len(pieces) == 1 else "short"
    for piece in pieces:
        try:
            if piece.startswith("0x"):
                numbers.append(int(piece[2:] or "0", 16))
                how = "hex"
            elif len(piece) > 1 and piece.startswith("0"):
                numbers.append(int(piece, 8))
                how = "octal" if how != "hex" else how
            else:
                numbers.append(int(piece))
        except ValueError:
            return None
    if any(number > 255 for number in numbers[:-1]) or numbers[-1] >= 256 ** (5 - len(numbers)):
        return None
    value = numbers[-1] + sum(number << 8 * (3 - i) for i, number in enumerate(numbers[:-1]))
    return ipaddress.IPv4Address(value), how


_URL_WITHIN = re.compile(r"[/=](https?://[^/\s]{3}[^\s]*)", re.IGNORECASE)


def _carried(path: str, query: str) -> str:
    """The URL that a link takes along for a forwarder to go to."""
    for pair in query.split("&")[:50]:
        key, _, value = pair.partition("=")
        low = value[:8].lower()
        if low.startswith(("http://", "https:/")) or (low.startswith("//") and key.lower() in REDIRECT_KEYS):
            return value
        if key.lower() in REDIRECT_KEYS and _DOMAIN.match(value) and not value.lower().endswith(FILES):
            return value
    if "//" in path:
        match = _URL_WITHIN.search(path)
        if match:
            return match[1]
    return ""


_DOMAIN = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}(?:/|$)", re.IGNORECASE)
