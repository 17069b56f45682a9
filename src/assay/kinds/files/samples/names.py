"""Names that tell another story than the bytes."""

from __future__ import annotations

from collections.abc import Iterator

from assay.kinds.files.samples.programs import elf, pe
from assay.kinds.files.samples.sample import Sample

_PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(32)


def samples() -> Iterator[Sample]:
    yield Sample("", "picture.png", _PICTURE)
    yield Sample("", "archive.tar.gz.txt", b"only a text\n")
    yield Sample("", "v1.2.pdf.txt", b"notes on version 1.2 of the paper\n")
    yield Sample("", "setup-1.2.doc-tools.exe", pe())
    yield Sample("", "jquery.min.js", b"(function(){var a=1;let b=2;const c=3;document.title='x'})();\n")
    for ending in ("jpg", "pdf", "docx", "mp3"):
        yield Sample("a program called something else", f"holiday.{ending}", pe(), "files.disguised")
    yield Sample("a program called something else", "scan.png", elf(), "files.disguised")
    yield Sample("a second ending", "invoice.pdf.exe", pe(), "files.double-extension")
    yield Sample("a second ending", "photo.jpg .scr", pe(), "files.double-extension")
    yield Sample("a second ending", "list.xlsx.hta", b"<html><hta:application id=a></html>", "files.double-extension")
    yield Sample("reading direction turned", "annual\u202efdp.exe", pe(), "files.direction")
    yield Sample("ending out of sight", "report.pdf" + " " * 80 + ".exe", pe(), "files.padded-name")
    yield Sample("a program in a message", "viewer.exe", pe(), "files.mailed-program", mailed=True)
    about = b"# PowerShell for beginners\nUse Get-ChildItem and Write-Host; $env:PATH is a variable, New-Object makes one.\n"
    yield Sample("", "lesson.md", about, mailed=True)
    yield Sample("", "letter.txt", b"Dear Sir or Madam,\n", mailed=True)


__all__ = ["samples"]
