"""What the skeleton of a PDF says: a chain that cannot be followed, offsets that miss, bytes where none belong.

None of it is forgery by itself: careless software writes such files. Several `%%EOF` are never a cue.
"""

from __future__ import annotations

from assay.core.cue import Cue, Force
from assay.core.finding import Where
from assay.formats.pdf_file import PdfFile

_BROKEN = frozenset({"no-startxref", "no-xref", "broken-chain", "loop"})
_PADDING = b"\0\t\n\x0c\r \x1a\xff"


def structure_cues(content: bytes, file: PdfFile) -> list[Cue]:
    out = []
    if "too-many" in file.problems:
        out.append(Cue("documents.too-large", Force.UNKNOWN))
    if _BROKEN & set(file.problems):
        out.append(Cue("documents.pdf-damaged", Force.UNKNOWN, values={"problem": file.problems[-1]}))
        return out
    if file.unpacked_badly():
        out.append(Cue("documents.pdf-damaged", Force.UNKNOWN, values={"problem": "object-stream"}))
    misses = file.misses()
    if misses:
        out.append(Cue("documents.pdf-offsets-miss", Force.WEAK, 0.3, {"objects": len(misses)}))
    end = file.revisions[-1].end if file.revisions else None
    if end is not None:
        # the newest section need not be the last in the file, and what follows the last end may be padding
        end = max(end, content.rfind(b"%%EOF") + 5)
        left = content[end:].strip(_PADDING)
        if left:
            where = (Where(byte=end),)
            out.append(Cue("documents.pdf-bytes-after-end", Force.WEAK, 0.3, {"bytes": len(left)}, where))
    said, first = file.linearized, file.revisions[0].end if file.revisions else None
    if said is not None and first is not None and abs(said - first) > 2 and said != len(content):
        out.append(Cue("documents.pdf-linearised-length", Force.WEAK, 0.4, {"said": said, "is": first}))
    return out
