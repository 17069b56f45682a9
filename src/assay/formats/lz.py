"""LZ4 blocks and LZO1X streams unpacked. Every length and distance is held against what is there before anything is copied.

Formats: the LZ4 block format description; for LZO the stream format as the Linux kernel documents it (lzo.rst).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

_BROKEN, _LONG = -1, -2


def unpack_lz4(data: bytes, most: int) -> bytes:
    """Raises `ValueError` where it is no such block, or has more than `most` bytes."""
    return _told(_lz4, data, most)


def unpack_lzo(data: bytes, most: int) -> bytes:
    """Raises `ValueError` where it is no such stream, or has more than `most` bytes."""
    return _told(_lzo, data, most)


def _told(unpack: Any, data: bytes, most: int) -> bytes:
    out = np.empty(most, np.uint8)
    length = unpack(np.frombuffer(data, np.uint8), out)
    if length < 0:
        raise ValueError("the packed data is broken" if length == _BROKEN else f"it unpacks to more than {most} bytes")
    return out[:length].tobytes()


@njit(cache=True, nogil=True)
def _lz4(data, out):  # type: ignore[no-untyped-def]
    at, end = 0, 0
    while at < len(data):
        token = data[at]
        at += 1
        literals, at = _longer(data, at, token >> 4, 15)
        if literals < 0 or at + literals > len(data):
            return _BROKEN
        if end + literals > len(out):
            return _LONG
        out[end : end + literals] = data[at : at + literals]
        end += literals
        at += literals
        if at == len(data):  # the last sequence has no match
            return end
        if at + 2 > len(data):
            return _BROKEN
        back = data[at] | data[at + 1] << 8
        length, at = _longer(data, at + 2, token & 15, 15)
        if length < 0:
            return _BROKEN
        end = _again(out, end, back, length + 4)
        if end < 0:
            return end
    return _BROKEN


@njit(cache=True, nogil=True)
def _longer(data, at, length, full):  # type: ignore[no-untyped-def]
    """A length that goes on in the bytes that follow where it is `full`; (-1, …) where they end."""
    length = np.int64(length)
    if length == full:
        while True:
            if at >= len(data):
                return -1, at
            length += data[at]
            at += 1
            if data[at - 1] != 255:
                break
    return length, at


@njit(cache=True, nogil=True)
def _again(out, end, back, length):  # type: ignore[no-untyped-def]
    """Copies what stands so far back; it may reach into what it copies. The new end."""
    if back == 0 or back > end:
        return _BROKEN
    if end + length > len(out):
        return _LONG
    for i in range(end, end + length):
        out[i] = out[i - back]
    return end + length


@njit(cache=True, nogil=True)
def _zeros(data, at, length, full):  # type: ignore[no-untyped-def]
    """A length that, where it is 0, is `full` and 255 for each zero byte that follows and the first byte that is none."""
    length = np.int64(length)
    if length == 0:
        length = np.int64(full)
        while at < len(data) and data[at] == 0:
            length += 255
            at += 1
        if at >= len(data):
            return -1, at
        length += data[at]
        at += 1
    return length, at


@njit(cache=True, nogil=True)
def _lzo(data, out):  # type: ignore[no-untyped-def]
    """`state`: how many literals followed the last match, 4 after a run of them."""
    at, end = 0, 0
    state: Any = 0
    literals: Any = np.int64(0)
    length: Any
    back: Any
    if len(data) and data[0] > 17:
        literals = np.int64(data[0]) - 17
        state = min(literals, 4)
        at = 1
    while True:
        if at + literals > len(data):
            return _BROKEN
        if end + literals > len(out):
            return _LONG
        out[end : end + literals] = data[at : at + literals]
        at += literals
        end += literals
        if at >= len(data):
            return _BROKEN
        code = np.int64(data[at])
        at += 1
        if code < 16 and state == 0:
            literals, at = _zeros(data, at, code, 15)
            if literals < 0:
                return _BROKEN
            literals += 3
            state = 4
            continue
        if code >= 64 or code < 16:
            if at >= len(data):
                return _BROKEN
            high = np.int64(data[at])
            at += 1
            next_ = code & 3
            if code >= 128:
                length, back = 5 + (code >> 5 & 3), (high << 3) + (code >> 2 & 7) + 1
            elif code >= 64:
                length, back = 3 + (code >> 5 & 1), (high << 3) + (code >> 2 & 7) + 1
            elif state == 4:
                length, back = 3, (high << 2) + (code >> 2) + 2049
            else:
                length, back = 2, (high << 2) + (code >> 2) + 1
        else:
            near = code >= 32
            length, at = _zeros(data, at, code & (31 if near else 7), 31 if near else 7)
            if length < 0 or at + 2 > len(data):
                return _BROKEN
            told = np.int64(data[at]) | np.int64(data[at + 1]) << 8
            at += 2
            length += 2
            next_ = told & 3
            back = (told >> 2) + 1 if near else 16_384 + ((code & 8) << 11) + (told >> 2)
            if back == 16_384 and not near:
                return end if at == len(data) else _BROKEN
        end = _again(out, end, back, length)
        if end < 0:
            return end
        literals, state = next_, next_


__all__ = ["unpack_lz4", "unpack_lzo"]
