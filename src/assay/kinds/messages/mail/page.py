"""What an HTML message shows, and where its links lead: `read_page(html)`. Bounded, linear, never raising; it draws nothing
and fetches nothing.

Hidden elements, scripts and styles are left out, since nobody reads them. Every link carries the span of the shown text that
a reader would click.
"""

# ruff: noqa: SIM905  (a list of words reads best as words)

from __future__ import annotations

import html as entities
import re
from typing import NamedTuple

MAX_HTML = 400_000
MAX_SHOWN = 100_000
MAX_ANCHORS = 400


class Anchor(NamedTuple):
    """A link over characters start..end of the shown text. `kind`: "a" for a link, "form" for where a form is sent (with
    start = end), "password" for a form that asks for a password."""

    start: int
    end: int
    kind: str
    target: str


class Page(NamedTuple):
    """The text as shown, and its links in order."""

    shown: str
    anchors: tuple[Anchor, ...]


_ATTRIBUTE = re.compile(r"""([a-zA-Z_:][-\w:.]{0,40})(?:\s{0,20}=\s{0,20}("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9:-]{0,30})")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_SILENT = frozenset("script style head template noembed noframes svg math object title".split())
_BLOCK = frozenset(
    "address article aside blockquote center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p"
    " pre section table tbody td th tr ul br".split()
)
_HIDING = re.compile(
    r"display\s{0,4}:\s{0,4}none|visibility\s{0,4}:\s{0,4}hidden|font-size\s{0,4}:\s{0,4}0(?:px|pt|em|%)?\s{0,4}(?:;|!|$)"
    r"|opacity\s{0,4}:\s{0,4}0\s{0,4}(?:;|!|$)|max-height\s{0,4}:\s{0,4}0(?:px)?\s{0,4}(?:;|!|$)|mso-hide\s{0,4}:\s{0,4}all",
    re.IGNORECASE,
)
_BLANK = re.compile(r"\s+")


class _Writer:
    """The shown text as it grows: blanks single, lines where blocks end."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.length = 0
        self.last = "\n"

    def write(self, text: str) -> None:
        text = _BLANK.sub(" ", text)
        if self.last in "\n " and text.startswith(" "):
            text = text[1:]
        text = text[: MAX_SHOWN - self.length]
        if text:
            self.pieces.append(text)
            self.length += len(text)
            self.last = text[-1]

    def line(self) -> None:
        if self.last != "\n" and self.length < MAX_SHOWN:
            self.pieces.append("\n")
            self.length += 1
            self.last = "\n"


def read_page(html: str) -> Page:
    """The text that a page shows, at most `MAX_SHOWN` characters, and at most `MAX_ANCHORS` links.

    >>> page = read_page('<p>Dear <b>you</b>,<br>see <a href="http://evil.example/?a=1&amp;b=2">www.bank.example</a></p>')
    >>> page.shown.split(chr(10)), page.anchors[0].target, page.shown[page.anchors[0].start : page.anchors[0].end]
    (['Dear you,', 'see www.bank.example', ''], 'http://evil.example/?a=1&b=2', 'www.bank.example')
    """
    html = html[:MAX_HTML]
    out = _Writer()
    anchors: list[Anchor] = []
    opened: tuple[int, str] | None = None  # the link we are in: where it began, where it leads
    hidden: tuple[str, int] | None = None  # the element that hides, and how deep we are in its likes
    at, size = 0, len(html)
    while at < size and out.length < MAX_SHOWN:
        start = html.find("<", at)
        if start < 0:
            start = size
        if start > at and hidden is None:
            out.write(entities.unescape(html[at:start]))
        if start == size:
            break
        name, closing, inside, at = _tag(html, start)
        if not name:
            if inside and hidden is None:
                out.write(entities.unescape(inside))
            continue
        if hidden is not None:
            hidden = _still(hidden, name, closing=closing)
            if hidden is None and name in _BLOCK:
                out.line()
            continue
        if closing:
            if name == "a" and opened is not None:
                anchors.append(Anchor(opened[0], out.length, "a", opened[1]))
                opened = None
        else:
            found = _attributes(inside)
            if name in _SILENT or _hides(found):
                if name not in _VOID and not inside.endswith("/"):
                    hidden = (name, 1)
                continue
            if name in ("a", "area") and "href" in found:
                if opened is not None:
                    anchors.append(Anchor(opened[0], out.length, "a", opened[1]))
                opened = (out.length, found["href"])
                if name == "area":
                    anchors.append(Anchor(out.length, out.length, "a", found["href"]))
                    opened = None
            elif name == "form" and found.get("action"):
                anchors.append(Anchor(out.length, out.length, "form", found["action"]))
            elif name == "input" and found.get("type", "").lower() == "password":
                anchors.append(Anchor(out.length, out.length, "password", ""))
            elif name == "img" and found.get("alt"):
                out.write(found["alt"][:200])
        if name in _BLOCK:
            out.line()
        if len(anchors) >= MAX_ANCHORS:
            break
    if opened is not None and len(anchors) < MAX_ANCHORS:
        anchors.append(Anchor(opened[0], out.length, "a", opened[1]))
    shown = "".join(out.pieces)
    return Page(shown, tuple(_trimmed(shown, anchor) for anchor in anchors))


def _tag(html: str, start: int) -> tuple[str, bool, str, int]:
    """(name in lower case, is it an end tag, what stands in it, where it ends). No name: a comment (nothing in it), or a
    plain `<`, which is then what stands in it."""
    if html.startswith("<!--", start):
        end = html.find("-->", start + 4)
        return "", False, "", len(html) if end < 0 else end + 3
    match = _NAME.match(html, start + 1)
    if match is None:
        if html.startswith(("<!", "<?"), start):
            end = html.find(">", start)
            return "", False, "", len(html) if end < 0 else end + 1
        return "", False, "<", start + 1
    end = html.find(">", match.end())
    for _ in range(3):  # a `>` inside a quoted value does not end the tag
        if end < 0 or end - start > 16_384:
            break
        inside = html[match.end() : end]
        if inside.count('"') % 2 == 0 and inside.count("'") % 2 == 0:
            break
        further = html.find(">", end + 1)
        if further < 0 or further - start > 16_384:
            break
        end = further
    if end < 0:
        end = len(html)
    name = match[1].lower()
    return name, html[start + 1] == "/", html[match.end() : min(end, match.end() + 16_384)], end + 1


def _attributes(inside: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(inside):
        value = match[2] or ""
        if value[:1] in "\"'" and value[:1]:
            value = value[1:-1]
        found.setdefault(match[1].lower(), entities.unescape(value[:8192]).strip())
        if len(found) >= 40:
            break
    return found


def _hides(found: dict[str, str]) -> bool:
    return "hidden" in found or ("style" in found and _HIDING.search(found["style"][:1000]) is not None)


def _still(hidden: tuple[str, int], name: str, *, closing: bool) -> tuple[str, int] | None:
    """The hiding element after one more tag: None once it is closed."""
    if name != hidden[0]:
        return hidden
    depth = hidden[1] - 1 if closing else hidden[1] + 1
    return (name, depth) if depth > 0 else None


def _trimmed(shown: str, anchor: Anchor) -> Anchor:
    """The link without blanks at its ends."""
    start, end = anchor.start, min(anchor.end, len(shown))
    while start < end and shown[start].isspace():
        start += 1
    while end > start and shown[end - 1].isspace():
        end -= 1
    return anchor._replace(start=start, end=end, target=re.sub(r"[\x00-\x20]+", "", anchor.target)[:4096])
