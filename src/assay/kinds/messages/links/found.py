"""Links in running text: with a scheme, with `www.`, as a bare domain, or made safe to pass on (`hxxp`, `[.]`).

Every pattern begins where a word begins and is bounded, so the time is linear in the text. Text in Chinese, Japanese or
Korean ends a link without a blank between.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from assay.kinds.messages.links.anatomy import MAX_URL, Anatomy, anatomy, known_ending
from assay.kinds.messages.links.known import FILES

MAX_LINKS = 200

_PATH = r"[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%|\[\]\\\u00a1-\u00bf\u00c0-\u1fff]"
_LABEL = r"[a-z0-9\u00c0-\u1fff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a_-]"
_HAN_HOST = r"(?=[a-z0-9-]{0,30}[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7af])[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7afa-z0-9-]{1,30}[.。](?:中国|中國|公司|网络|網絡|商城|网址|在线|集团|我爱你|手机|みんな|닷컴|한국|com|net|cn|jp|kr|tw|hk)(?![a-z])"
_LINK = re.compile(
    rf"(?<![a-z0-9@])(?:(?P<scheme>https?|hxxps?|ftp)(?::/{{1,3}}|:\\\\|\[:\]//|%3a%2f%2f)(?:{_HAN_HOST}|[^\s<>\"'`/?#\u2e80-\u9fff\uac00-\ud7af\uff00-\uff0f\uff5b-\uffef，。]{{1,253}}"
    rf"[^\s<>\"'`/?#\u3000-\u303f\uff0c]{{0,64}})(?:[/?#\\]{_PATH}{{0,{MAX_URL}}})?"
    rf"|(?P<script>(?:javascript|data:text/html|vbscript)[:;,][^\s<>\"]{{1,400}})"
    rf"|(?P<bare>(?:{_LABEL}{{1,63}}(?:\.|\[\.\]|\uff0e)){{1,8}}(?P<tld>[a-z\u00c0-\u1fff\uff21-\uff3a\uff41-\uff5a][a-z0-9\u00c0-\u1fff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a-]{{1,23}}))(?![a-z0-9@\u00c0-\u1fff-])"
    rf"(?::\d{{2,5}})?(?:[/?#]{_PATH}{{0,{MAX_URL}}})?)",
    re.IGNORECASE,
)  # fmt: skip


class Found(NamedTuple):
    """A link in a text: characters start..end of it, as written, and taken apart."""

    start: int
    end: int
    url: str
    anatomy: Anatomy


def find_links(text: str) -> list[Found]:
    """Links in the order they stand, at most `MAX_LINKS`.

    >>> [link.url for link in find_links("Pay at dhl-pay.top/x, or see report.pdf (https://a.example/b).")]
    ['dhl-pay.top/x', 'https://a.example/b']
    """
    links: list[Found] = []
    if "." not in text and ":" not in text and "\uff0e" not in text:
        return links
    for match in _LINK.finditer(text):
        found = _trimmed(match)
        if found is not None:
            links.append(found)
            if len(links) == MAX_LINKS:
                break
    return links


_TRAILING = ".,;:!?'\"*_~)]}>\\|"


def _trimmed(match: re.Match[str]) -> Found | None:
    """The link without the punctuation of the sentence it stands in; None where it is only two words and a full stop."""
    url = match[0]
    kept = url.rstrip(_TRAILING)
    while len(kept) < len(url) and url[len(kept)] == ")" and kept.count("(") > kept.count(")"):
        kept = url[: len(kept) + 1]
    url = kept
    start = match.start()
    plain = url.replace("[.]", ".").replace("[:]", ":")
    if match["scheme"] is None and match["script"] is None:
        path = plain[len((match["bare"] or "").replace("[.]", ".")) :]
        if not _is_domain(match, path):
            return None
    taken = anatomy(plain)
    if not taken.host and taken.scheme not in ("javascript", "data", "vbscript"):
        return None
    if (
        match["scheme"] is None
        and match["script"] is None
        and (not taken.registered or taken.ip or not known_ending(taken.host.rpartition(".")[2]))
    ):
        return None
    return Found(start, start + len(url), url, taken)


def _is_domain(match: re.Match[str], path: str) -> bool:
    """Is a bare `name.ending` a domain rather than a file name or two sentences with no blank between?"""
    bare, ending = match["bare"], match["tld"]
    low = bare.lower()
    if low.startswith("www.") or "[.]" in bare:
        return True
    if not path.startswith(("/", ":", "?")):
        if low.endswith(FILES):
            return False
        # "See you tomorrow.Me too": a capital after the stop, small letters before it.
        if ending[:1].isupper() and not ending.isupper() and not bare[:1].isupper():
            return False
        if ending[:1].isupper() and ending[1:].islower() and bare[1:].split(".")[0].islower() and len(ending) == 2:
            return False
        if len(low) - len(ending) < 3 and len(ending) > 3:
            return False
    return True
