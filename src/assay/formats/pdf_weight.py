"""How much work a PDF is, before anybody paints it.

A form drawn ten times by a form that is drawn ten times, ten levels deep, is a few kilobytes and ten thousand million
drawings. Painters (pdfium among them) do them all, so that they are counted first: each stream once, by its bytes, as often
as it would be interpreted. With `pdf_filters.oversized` this bounds what a hostile file can cost.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections import Counter
from typing import Any

from assay.core.errors import UnreadableInput
from assay.formats.pdf_file import PageNode, PdfFile, Ref, Stream, View
from assay.formats.pdf_filters import oversized

MAX_WORK = 32 << 20  # bytes of content interpreted for one page; a dense page has a few million
WEIGHED = 50  # pages
_MAX_FORMS = 5_000
_FEW_PARTS = 8  # of a page's content: what is not weighed cannot be much
_CONTENT = 8 << 20

logging.getLogger("pikepdf").addHandler(logging.NullHandler())  # what it thinks of broken files is not told to people
warnings.filterwarnings("ignore", message=r"This document has \d+ form widget")  # nor what it would do with it

_FORM = re.compile(rb"/Subtype[\x00\t\n\x0c\r ]*/(?:Form(?![A-Za-z])|[^\x00\t\n\x0c\r /<>]*#)")
_DRAWN = re.compile(rb"/([^\x00\t\n\x0c\r ()<>\[\]{}/%]{1,127})[\x00\t\n\x0c\r ]+Do(?![A-Za-z0-9])")


def heavy(content: bytes, view: View, pages: int = WEIGHED) -> bool:
    """Is any of the first pages more work than is taken on? Its annotations' appearances count as drawn once each."""
    return oversized(content) or overweight(view, pages)


def overweight(view: View, pages: int = WEIGHED) -> bool:
    """The same without what inflates: is a page of this revision, an old one perhaps, more work than is taken on?"""
    if view.revision < 0:
        return False
    forms = _FORM.search(view.file.content) is not None
    scales = _Scales(view)
    for node in view.pages(pages):
        parts = view.of(node.dictionary.get("Contents"))
        if (forms or (isinstance(parts, list) and len(parts) > _FEW_PARTS)) and scales.page(node) > MAX_WORK:
            return True
    return False


def too_heavy(content: bytes) -> bool:
    """`heavy` of a file's newest revision as others will see it: encryption with an empty password is taken off, and a
    file whose tables are wrong is repaired first, as painters do."""
    file = PdfFile(content)
    if heavy(content, file.at()):
        return True
    if not file.encrypted and not file.problems and not file.misses():
        return False
    try:
        content = unlocked(content)
    except UnreadableInput:
        return not file.encrypted and _FORM.search(content) is not None  # it may still open for somebody
    return heavy(content, PdfFile(content).at())


def unlocked(content: bytes) -> bytes:
    """A file repaired, and without its encryption where the password is empty. Raises `UnreadableInput` where that is not to be had."""
    import pikepdf

    out = io.BytesIO()
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            # the metadata is left as it is: bringing it up to date would parse hostile XML
            plain = pikepdf.StreamDecodeLevel.none
            pdf.save(out, stream_decode_level=plain, compress_streams=False, fix_metadata_version=False)
    except Exception as error:  # qpdf's many ways to refuse
        raise UnreadableInput(f"the file cannot be opened: {type(error).__name__}") from None
    return out.getvalue()


class _Scales:
    def __init__(self, view: View) -> None:
        self.view = view
        self.known: dict[tuple[int, int], int] = {}  # (form, whose resources it falls back on) -> work

    def page(self, node: PageNode) -> int:
        """Bytes interpreted to paint a page with its annotations; more than `MAX_WORK` where it is not to be had."""
        resources = self.view.dictionary(node.dictionary.get("Resources"))
        contents = self.view.of(node.dictionary.get("Contents"))
        work = 0
        for part in contents if isinstance(contents, list) else [contents]:
            work += 100 + self.weigh(self.view.stream(part, _CONTENT), resources, node.number or 0, ())
            if work > MAX_WORK:
                return work
        for note in self.view.array(node.dictionary.get("Annots"))[:500]:
            looks = self.view.of(self.view.dictionary(self.view.dictionary(note).get("AP")).get("N"))
            for look in [looks, *looks.values()] if isinstance(looks, dict) else [looks]:
                work += self.form(look, resources, node.number or 0, ())
        return work

    def form(self, value: Any, above: dict[str, Any], home: int, path: tuple[int, ...]) -> int:
        stream = self.view.of(value)
        if not isinstance(stream, Stream) or stream.dictionary.get("Subtype") not in ("Form", None):
            return 0
        key = (stream.start, home)
        if stream.start in path or len(path) > 40:
            return 0  # painters stop here, too
        if key not in self.known:
            if len(self.known) > _MAX_FORMS:
                return MAX_WORK + 1
            own = self.view.of(stream.dictionary.get("Resources"))
            resources = own if isinstance(own, dict) else above
            self.known[key] = self.weigh(self.view.stream(stream, _CONTENT), resources, home, (*path, stream.start))
        return self.known[key]

    def weigh(self, data: bytes, resources: dict[str, Any], home: int, path: tuple[int, ...]) -> int:
        work = len(data)
        forms = self.view.dictionary(resources.get("XObject"))
        for name, times in Counter(_DRAWN.findall(data)).items():
            value = forms.get(name.decode("latin-1"))
            if isinstance(value, (Ref, Stream)):
                work += times * self.form(value, resources, home, path)
            if work > MAX_WORK:
                return work
        return work
