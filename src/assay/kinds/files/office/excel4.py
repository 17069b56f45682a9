"""Excel 4 macros: sheets of formulas that do what macros do, older than VBA and kept where few look. BIFF8 records ([MS-XLS]) and
the sheets of Office Open XML.
"""

from __future__ import annotations

import re
import struct

from assay.kinds.files.office.opened import Office

# Function numbers ([MS-XLS] 2.5.198.17) by which a sheet leaves Excel.
_REACHING = {110: "EXEC", 149: "REGISTER", 150: "CALL", 132: "FOPEN", 136: "FWRITELN", 137: "FWRITE", 138: "FREAD"}
GRAVE = ("EXEC", "REGISTER", "CALL")
_BOUND, _NAME, _FORMULA, _START, _ENCRYPTED = 0x85, 0x18, 0x06, 0x809, 0x2F
_CALL = re.compile(rb"[\x22\x42\x62][\x00-\x7f](.)\x00", re.DOTALL)
_FIXED = re.compile(rb"[\x21\x41\x61](.)\x00", re.DOTALL)
_MACRO_SHEET = 0x40  # of a beginning: the kind of what follows
MAX_RECORDS = 2_000_000
_TOLD = re.compile(r"\b(EXEC|REGISTER|CALL|FOPEN|FWRITELN|FWRITE)\s*\(", re.IGNORECASE)


def read_workbook(stream: bytes, found: Office) -> None:
    """Fills `found` from the stream of a workbook."""
    at, macro = 0, False
    for _ in range(MAX_RECORDS):
        if at + 4 > len(stream):
            return
        id_, size = struct.unpack_from("<HH", stream, at)
        data = stream[at + 4 : at + 4 + size]
        at += 4 + size
        if id_ == _ENCRYPTED:
            found.encrypted = True
            return
        if id_ == _START and len(data) >= 4:
            macro = data[2] == _MACRO_SHEET
        elif id_ == _BOUND and len(data) >= 8 and data[5] == 1:
            found.sheets.append((_label(data[6:]), bool(data[4] & 3)))
        elif id_ == _NAME and len(data) > 15:
            _name(data, found)
        elif id_ == _FORMULA and macro and len(data) > 22:
            _formula(data[22:], found)


def _label(data: bytes) -> str:
    count, wide = data[0], data[1] & 1
    return data[2 : 2 + count * (2 if wide else 1)].decode("utf-16-le" if wide else "latin-1", "replace")


def _name(data: bytes, found: Office) -> None:
    """A defined name: the built-in one number 1 is `Auto_Open`."""
    flags, count = struct.unpack_from("<H", data)[0], data[3]
    wide = data[14] & 1
    label = data[15 : 15 + count * (2 if wide else 1)].decode("utf-16-le" if wide else "latin-1", "replace")
    if (flags & 0x20 and label[:1] in ("\x01", "\x02")) or label.lower().startswith(("auto_open", "auto_close")):
        found.starts = True


def _formula(tokens: bytes, found: Office) -> None:
    for pattern in (_CALL, _FIXED):
        for match in pattern.finditer(tokens):
            name = _REACHING.get(match[1][0])
            if name and name not in found.formulas:
                found.formulas.append(name)


def read_sheet(xml: str, found: Office) -> None:
    """Formulas of a macro sheet in Office Open XML."""
    for match in _TOLD.finditer(xml):
        name = match[1].upper()
        if name not in found.formulas:
            found.formulas.append(name)


def read_binary_sheet(data: bytes, found: Office) -> None:
    """Formulas of a macro sheet in the binary workbook ([MS-XLSB]), whose calls are numbered as before."""
    _formula(data, found)


__all__ = ["GRAVE", "read_binary_sheet", "read_sheet", "read_workbook"]
