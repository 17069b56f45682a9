"""Streams of a PDF decoded within bounds (ISO 32000-2, 7.4): Flate with predictors, ASCIIHex, ASCII85, RunLength.

A decoder stops at the bound instead of finding out how much there would have been: a kilobyte that inflates to a gigabyte
costs what the bound costs. What is not decoded here (pictures, LZW, encryption) is an error, never a guess.
"""

from __future__ import annotations

import base64
import re
import zlib
from typing import Any

import numpy as np

from assay.formats.pdf_syntax import Name, PdfError, PdfTooLarge, Stream

MAX_OUTPUT = 64 << 20
MAX_STREAMS = 100_000
_PIECE = 1 << 16
PICTURES = frozenset({"DCTDecode", "DCT", "JPXDecode", "CCITTFaxDecode", "CCF", "JBIG2Decode"})
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_PACKED = re.compile(rb"/Fl(?:ateDecode)?(?![A-Za-z])|/LZW(?:Decode)?(?![A-Za-z])")
_SHORT = {"Fl": "FlateDecode", "AHx": "ASCIIHexDecode", "A85": "ASCII85Decode", "RL": "RunLengthDecode"}


def filters_of(stream: Stream) -> tuple[str, ...]:
    """The names of a stream's filters in the order they are undone; at most 8."""
    named = stream.dictionary.get("Filter", stream.dictionary.get("F"))
    names = named if isinstance(named, list) else [named]
    return tuple(_SHORT.get(str(n), str(n)) for n in names if isinstance(n, Name))[:8]


def decode(stream: Stream, buffer: bytes, cap: int = MAX_OUTPUT) -> bytes:
    """The stream's content, at most `cap` bytes. Raises `PdfTooLarge` beyond it, `PdfError` for a filter that is not
    undone here or data that does not decode."""
    data = buffer[stream.start : stream.end]
    parameters = stream.dictionary.get("DecodeParms", stream.dictionary.get("DP"))
    for position, name in enumerate(filters_of(stream)):
        given = parameters[position] if isinstance(parameters, list) and position < len(parameters) else parameters
        if name == "FlateDecode":
            data = unpredict(inflate(data, cap), given if isinstance(given, dict) else {})
        elif name == "ASCIIHexDecode":
            digits = data.split(b">")[0].translate(None, b"\x00\t\n\x0c\r ")
            try:
                data = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
            except ValueError:
                raise PdfError("not hexadecimal", stream.start) from None
        elif name == "ASCII85Decode":
            data = _ascii85(data, stream.start)
        elif name == "RunLengthDecode":
            data = _run_lengths(data, cap)
        elif name != "Crypt":
            raise PdfError(f"{name} is not decoded here", stream.start)
        if len(data) > cap:
            raise PdfTooLarge(f"a stream decodes to over {cap} bytes", stream.start)
    return data


def inflate(data: bytes | memoryview, cap: int = MAX_OUTPUT) -> bytes:
    """Deflate undone up to `cap` bytes; data cut short gives what is there. Raises `PdfTooLarge`, `PdfError`."""
    machine = zlib.decompressobj()
    try:
        out = machine.decompress(data, cap + 1)
    except zlib.error as error:
        raise PdfError(f"deflate: {error}") from None
    if len(out) > cap:
        raise PdfTooLarge(f"a stream inflates to over {cap} bytes")
    return out


def inflated_size(data: bytes | memoryview, cap: int) -> int:
    """How many bytes the data inflates to, counted in pieces and given up at `cap`."""
    machine, total = zlib.decompressobj(), 0
    try:
        for at in range(0, len(data), _PIECE):
            piece: bytes | memoryview = data[at : at + _PIECE]
            while piece and total <= cap and not machine.eof:
                total += len(machine.decompress(piece, 1 << 20))
                piece = machine.unconsumed_tail
            if total > cap or machine.eof:
                break
    except zlib.error:
        pass  # what decodes until there is what a viewer would see
    return total


def oversized(content: bytes, stream_cap: int = 8 << 20, total_cap: int = 256 << 20) -> bool:
    """Does anything in this PDF inflate beyond what is examined? Looked for in the bytes, whatever its tables say.

    Pictures are left to whoever decodes them, within their own bounds; fonts and files inside may be eight times as large.
    Only streams that could reach the cap are inflated, in pieces that are thrown away.
    """
    total, end, whole = 0, -1, memoryview(content)
    for count, found in enumerate(_STREAM.finditer(content)):
        if count > MAX_STREAMS:
            return True
        start = found.end()
        before = content[max(0, found.start() - 1024) : found.start()]
        before = before[before.rfind(b" obj") + 1 :]
        filters = len(_PACKED.findall(before))
        if not filters or (b"/Image" in before and filters == 1):
            continue
        if end < start:
            end = content.find(b"endstream", start)
            end = len(content) if end < 0 else end
        cap = (
            8 * stream_cap
            if b"/Length1" in before or b"/EmbeddedFile" in before or b"FontFile" in before
            else stream_cap
        )
        if filters == 1 and (end - start) * 1032 <= stream_cap // 8:
            continue
        data: bytes | memoryview = whole[start:end]
        for _ in range(min(filters, 8)):
            size = inflated_size(data, cap)
            total += size
            if size > cap or total > total_cap:
                return True
            if filters > 1:
                try:
                    data = inflate(data, cap)
                except PdfError:
                    break
    return False


def unpredict(data: bytes, parameters: dict[str, Any]) -> bytes:
    """PNG and TIFF predictors (7.4.4.4) undone for one byte a component; others are an error."""
    predictor = parameters.get("Predictor", 1)
    if predictor == 1:
        return data
    columns, colours = parameters.get("Columns", 1), parameters.get("Colors", 1)
    if parameters.get("BitsPerComponent", 8) != 8 or not isinstance(columns, int) or not isinstance(colours, int):
        raise PdfError("a predictor of this depth is not undone here")
    width = columns * colours
    if not 0 < width <= 1 << 20 or not 0 < colours <= 32:
        raise PdfError("a predictor's row is out of bounds")
    if predictor == 2:
        pixels = np.frombuffer(data[: len(data) // width * width], np.uint8).reshape(-1, columns, colours)
        return bytes(np.cumsum(pixels, axis=1, dtype=np.uint8).tobytes())
    rows = np.frombuffer(data[: len(data) // (width + 1) * (width + 1)], np.uint8).reshape(-1, width + 1)
    kinds, body = rows[:, 0], rows[:, 1:]
    if not kinds.any():
        return bytes(body.tobytes())
    if (kinds == 2).all():
        return bytes(np.cumsum(body, axis=0, dtype=np.uint8).tobytes())
    return _png(kinds, body, colours)


def _png(kinds: np.ndarray, body: np.ndarray, step: int) -> bytes:
    """Rows with filters of several kinds, one after another."""
    if body.size > 4 << 20:
        raise PdfTooLarge("a predicted stream of mixed rows is over 4 MiB")
    out, above = bytearray(), [0] * body.shape[1]
    for kind, row in zip(kinds.tolist(), body.tolist(), strict=True):
        if kind == 2:
            row = [(value + up) & 255 for value, up in zip(row, above, strict=True)]
        elif kind in (1, 3, 4):
            for i, value in enumerate(row):
                left = row[i - step] if i >= step else 0
                if kind == 1:
                    guess = left
                elif kind == 3:
                    guess = (left + above[i]) >> 1
                else:
                    corner = above[i - step] if i >= step else 0
                    guess = _paeth(left, above[i], corner)
                row[i] = (value + guess) & 255
        out += bytes(row)
        above = row
    return bytes(out)


def _paeth(left: int, up: int, corner: int) -> int:
    estimate = left + up - corner
    distances = (abs(estimate - left), abs(estimate - up), abs(estimate - corner))
    return (left, up, corner)[distances.index(min(distances))]


def _ascii85(data: bytes, at: int) -> bytes:
    text = re.sub(rb"[\x00\t\n\x0c\r ]+", b"", data).removeprefix(b"<~").split(b"~")[0]
    try:
        return base64.a85decode(text)
    except ValueError:
        raise PdfError("not base 85", at) from None


def _run_lengths(data: bytes, cap: int) -> bytes:
    out, at = bytearray(), 0
    while at < len(data) and data[at] != 128:
        length = data[at]
        if length < 128:
            out += data[at + 1 : at + 2 + length]
            at += length + 2
        else:
            out += data[at + 1 : at + 2] * (257 - length)
            at += 2
        if len(out) > cap:
            raise PdfTooLarge(f"a stream decodes to over {cap} bytes")
    return bytes(out)
