"""The coders of 7z (Methods.txt and Bcj2.c of the LZMA SDK, public domain): LZMA, LZMA2, deflate and bzip2 unpack, filters
turn machine code and differences back; each is fed by the archive or by another. liblzma does the work where it can.
"""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from assay.formats.unpack import DAMAGE, Budget, Damaged, drained

AES = bytes.fromhex("06f10701")
_COPY, _DELTA, _LZMA, _LZMA2, _BCJ2 = b"\0", b"\3", bytes.fromhex("030101"), b"\x21", bytes.fromhex("0303011b")
_DEFLATE, _BZIP2 = bytes.fromhex("040108"), bytes.fromhex("040202")
_BRANCHES = {
    bytes.fromhex("03030103"): lzma.FILTER_X86, b"\4": lzma.FILTER_X86,
    bytes.fromhex("03030205"): lzma.FILTER_POWERPC, b"\5": lzma.FILTER_POWERPC,
    bytes.fromhex("03030401"): lzma.FILTER_IA64, b"\6": lzma.FILTER_IA64,
    bytes.fromhex("03030501"): lzma.FILTER_ARM, b"\7": lzma.FILTER_ARM,
    bytes.fromhex("03030701"): lzma.FILTER_ARMTHUMB, b"\x08": lzma.FILTER_ARMTHUMB,
    bytes.fromhex("03030805"): lzma.FILTER_SPARC, b"\x09": lzma.FILTER_SPARC,
}  # fmt: skip
_NAMES = {
    bytes.fromhex("030401"): "PPMd",
    bytes.fromhex("040109"): "deflate64",
    b"\x0a": "a filter for ARM64",
    bytes.fromhex("04f71101"): "Zstandard",
}
_PIECE = 1 << 16
_DICTIONARY = 256 << 20  # bytes that an unpacker may remember


class Coder(NamedTuple):
    id: bytes
    inputs: int
    properties: bytes


def unread(coders: Sequence[Coder]) -> str:
    """Why these coders are not undone here; "" where they are."""
    known = {_COPY, _DELTA, _LZMA, _LZMA2, _BCJ2, _DEFLATE, _BZIP2, AES, *_BRANCHES}
    other = next((coder.id for coder in coders if coder.id not in known), None)
    return "" if other is None else f"packed by {_NAMES.get(other, f'method {other.hex()}')}, which is not read here"


def unfolded(
    coders: Sequence[Coder], sizes: Sequence[int], bound: Mapping[int, int], fed: Mapping[int, memoryview], main: int, budget: Budget,
    password: str = "",
) -> Iterator[bytes]:  # fmt: skip
    """What coder `main` puts out, in pieces. `bound`: input -> the coder that feeds it; `fed`: input -> bytes of the archive;
    `sizes`: what each puts out. Raises `Damaged`, `Exhausted`, these as the pieces are taken."""
    first = [sum(coder.inputs for coder in coders[:i]) for i in range(len(coders))]

    def output(number: int, depth: int) -> Iterator[bytes]:
        coder = coders[number]
        if depth > len(coders):
            raise Damaged("a coder feeds itself")
        inputs = [
            _pieces(fed[i]) if i in fed else output(bound[i], depth + 1) if i in bound else iter(())
            for i in range(first[number], first[number] + coder.inputs)
        ]  # fmt: skip
        if len(inputs) != (4 if coder.id == _BCJ2 else 1):
            raise Damaged("a coder has another number of inputs than it should")
        return _run(coder, inputs, sizes[number], budget, password)

    return output(main, 0)


def _pieces(data: memoryview) -> Iterator[bytes]:
    for at in range(0, len(data), _PIECE):
        yield bytes(data[at : at + _PIECE])


def _run(coder: Coder, inputs: list[Iterator[bytes]], size: int, budget: Budget, password: str) -> Iterator[bytes]:
    """At most `size` bytes of what a coder makes of its inputs."""
    try:
        if coder.id == _BCJ2:
            code, calls, jumps, told = (_joined(one, budget) for one in inputs)
            yield from _branches(code, calls, jumps, told, size)
        elif coder.id == AES:
            from assay.formats.locked import aes_7z

            plain = aes_7z(_joined(inputs[0], budget), password, coder.properties)
            if plain is None:
                raise Damaged("it asks for too much")
            yield from _pieces(memoryview(plain)[:size])
        elif coder.id == _DELTA or coder.id in _BRANCHES:
            yield from _turned(_filter(coder), inputs[0])
        else:
            yield from _unpacked(_maker(coder, size), inputs[0], size, budget)
    except DAMAGE as error:
        raise Damaged(str(error)[:120] or "damaged") from None


def _unpacked(unpacker: Any, packed: Iterator[bytes], size: int, budget: Budget) -> Iterator[bytes]:
    took = out = 0
    for data in packed:
        took += len(data)
        for piece in [data] if unpacker is None else drained(unpacker, data):
            kept = piece[: size - out]
            out += len(kept)
            budget.spend(len(kept), out / took)
            yield kept
        if out >= size or (unpacker is not None and unpacker.eof):
            break
    if out < size:
        raise Damaged("it ends too early")


def _maker(coder: Coder, size: int) -> Any:
    """What undoes a coder; None for what is stored."""
    most = max(1 << 16, min(size, _DICTIONARY))  # no more is ever remembered than there is
    if coder.id == _LZMA and len(coder.properties) >= 5:
        packed, dictionary = coder.properties[0], int.from_bytes(coder.properties[1:5], "little")
        rest, lc = divmod(packed, 9)
        pb, lp = divmod(rest, 5)
        told = {"id": lzma.FILTER_LZMA1, "lc": lc, "lp": lp, "pb": pb, "dict_size": min(max(dictionary, 4096), most)}
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[told])
    if coder.id == _LZMA2:
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": most}])
    makers: dict[bytes, Callable[[], Any]] = {
        _COPY: lambda: None, _DEFLATE: lambda: zlib.decompressobj(-15), _BZIP2: bz2.BZ2Decompressor,
    }  # fmt: skip
    if coder.id not in makers:
        raise Damaged("a coder that is not known")
    return makers[coder.id]()


def _filter(coder: Coder) -> dict[str, int]:
    if coder.id == _DELTA:
        return {"id": lzma.FILTER_DELTA, "dist": 1 + (coder.properties[0] if coder.properties else 0)}
    return {"id": _BRANCHES[coder.id]}


def _turned(filter_: dict[str, int], pieces: Iterator[bytes]) -> Iterator[bytes]:
    """A filter undone. liblzma has filters only before an unpacker, and holds back the last bytes where that one knows no end:
    so it is given the bytes as LZMA2 in chunks that are stored."""
    chain = [filter_, {"id": lzma.FILTER_LZMA2, "dict_size": _PIECE}]
    unpacker, reset = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=chain), 1
    for piece in pieces:
        for at in range(0, len(piece), _PIECE):
            chunk = piece[at : at + _PIECE]
            yield unpacker.decompress(bytes((reset,)) + (len(chunk) - 1).to_bytes(2, "big") + chunk)
            reset = 2
    yield unpacker.decompress(b"\0")


def _joined(pieces: Iterator[bytes], budget: Budget) -> bytes:
    out = bytearray()
    for piece in pieces:
        out += piece
        budget.spend(len(piece), 1.0)
    return bytes(out)


_JUMP = re.compile(rb"[\xe8\xe9]|(?<=\x0f)[\x80-\x8f]")
_TOP, _BITS, _MOVE = 1 << 24, 11, 5


def _branches(code: bytes, calls: bytes, jumps: bytes, told: bytes, size: int) -> Iterator[bytes]:
    """BCJ2: targets of calls and jumps stand in streams of their own, and a range coder tells of each opcode whether its target was
    taken out."""
    out, at = bytearray(), 0
    targets, taken = (calls, jumps), [0, 0]
    odds = [1 << _BITS - 1] * 258
    width, low, place = 0xFFFFFFFF, int.from_bytes(told[1:5], "big"), 5
    while len(out) < size and at < len(code):
        if out[-1:] == b"\x0f" and code[at] & 0xF0 == 0x80:  # behind a target, which is not in the code
            found = at
        else:
            match = _JUMP.search(code, at)
            found = match.start() if match is not None else len(code)
        out += code[at : found + 1]
        at = found + 1
        if found >= len(code) or len(out) >= size:
            break
        opcode = out[-1]
        which = 257 if opcode < 0xE8 else 256 if opcode == 0xE9 else out[-2] if len(out) > 1 else 0
        bound = (width >> _BITS) * odds[which]
        moved = low >= bound
        if moved:
            width, low = width - bound, low - bound
            odds[which] -= odds[which] >> _MOVE
        else:
            width = bound
            odds[which] += (1 << _BITS) - odds[which] >> _MOVE
        if width < _TOP:
            if place >= len(told):
                raise Damaged("it ends too early")
            width, low, place = width << 8 & 0xFFFFFFFF, (low << 8 | told[place]) & 0xFFFFFFFF, place + 1
        if moved:
            stream = 0 if opcode == 0xE8 else 1
            target = targets[stream][taken[stream] : taken[stream] + 4]
            if len(target) < 4:
                raise Damaged("it ends too early")
            taken[stream] += 4
            out += ((int.from_bytes(target, "big") - (len(out) + 4)) & 0xFFFFFFFF).to_bytes(4, "little")
    if len(out) < size:
        raise Damaged("it ends too early")
    for start in range(0, size, _PIECE):
        yield bytes(out[start : min(size, start + _PIECE)])


__all__ = ["AES", "Coder", "unfolded", "unread"]
