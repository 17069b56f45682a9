"""Entity ids as 64-bit keys: SipHash-1-3 (Aumasson and Bernstein 2012) of the UTF-8 bytes, 0 kept for "absent".

The same id gives the same key on every machine and release, so profile state can be stored. With ten million ids the
chance that any two collide is about 3e-6.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numba import njit

_SECRET = (np.uint64(0x6173736179206F66), np.uint64(0x2074686520676F6C))


@njit("uint64(uint8[::1], int64, int64, uint64, uint64)", cache=True, nogil=True)
def _siphash13(data, start, stop, k0, k1):  # type: ignore[no-untyped-def]
    v0 = k0 ^ np.uint64(0x736F6D6570736575)
    v1 = k1 ^ np.uint64(0x646F72616E646F6D)
    v2 = k0 ^ np.uint64(0x6C7967656E657261)
    v3 = k1 ^ np.uint64(0x7465646279746573)
    length = stop - start
    words = length // 8
    for w in range(words + 4):
        if w < words:
            m = np.uint64(0)
            for b in range(8):
                m |= np.uint64(data[start + 8 * w + b]) << np.uint64(8 * b)
        elif w == words:
            m = np.uint64(length & 0xFF) << np.uint64(56)
            for b in range(length - 8 * words):
                m |= np.uint64(data[start + 8 * words + b]) << np.uint64(8 * b)
        else:
            m = np.uint64(0)
            if w == words + 1:
                v2 ^= np.uint64(0xFF)
        if w <= words:
            v3 ^= m
        v0 += v1
        v1 = (v1 << np.uint64(13)) | (v1 >> np.uint64(51))
        v1 ^= v0
        v0 = (v0 << np.uint64(32)) | (v0 >> np.uint64(32))
        v2 += v3
        v3 = (v3 << np.uint64(16)) | (v3 >> np.uint64(48))
        v3 ^= v2
        v0 += v3
        v3 = (v3 << np.uint64(21)) | (v3 >> np.uint64(43))
        v3 ^= v0
        v2 += v1
        v1 = (v1 << np.uint64(17)) | (v1 >> np.uint64(47))
        v1 ^= v2
        v2 = (v2 << np.uint64(32)) | (v2 >> np.uint64(32))
        if w <= words:
            v0 ^= m
    return v0 ^ v1 ^ v2 ^ v3


@njit("void(uint8[::1], uint64[::1], uint64, uint64)", cache=True, nogil=True)
def _hash_lines(data, out, k0, k1):  # type: ignore[no-untyped-def]
    start, row = 0, 0
    for i in range(len(data)):
        if data[i] == 10:
            if i > start:
                key = _siphash13(data, start, i, k0, k1)
                out[row] = key if key != 0 else np.uint64(1)
            else:
                out[row] = 0
            start = i + 1
            row += 1


def keys_of(ids: Sequence[str | None]) -> np.ndarray:
    """uint64[n]; 0 where the id is None or empty. Ids hold no line feeds (validation refuses control characters)."""
    out = np.zeros(len(ids), np.uint64)
    if len(ids):
        text = "\n".join([i or "" for i in ids]) + "\n"
        data = np.frombuffer(bytearray(text, "utf-8", "surrogatepass"), np.uint8)
        if text.count("\n") != len(ids):
            raise ValueError("an id holds a line feed")
        _hash_lines(data, out, *_SECRET)
    return out


def key_of(id_: str) -> int:
    """The key of one id."""
    return int(keys_of([id_])[0])


@njit("uint64(uint64, uint64)", cache=True, nogil=True)
def _mixed(first, second):  # type: ignore[no-untyped-def]
    if first == 0 or second == 0:
        return np.uint64(0)
    mixed = first * np.uint64(0x9E3779B97F4A7C15) ^ (second + np.uint64(0xD1B54A32D192ED03))
    mixed ^= mixed >> np.uint64(32)
    mixed *= np.uint64(0xD6E8FEB86659FD93)
    mixed ^= mixed >> np.uint64(29)
    return mixed if mixed != 0 else np.uint64(1)


@njit("void(uint64[:], uint64[:], uint64[::1])", cache=True, nogil=True)
def _pair(first, second, out):  # type: ignore[no-untyped-def]
    for i in range(len(out)):
        out[i] = _mixed(first[i], second[i])


@njit("void(uint64[:], uint64, uint64[::1])", cache=True, nogil=True)
def _fill(keys, kind, out):  # type: ignore[no-untyped-def]
    for i in range(len(out)):
        if out[i] == 0:
            out[i] = keys[i] if kind == 0 else _mixed(keys[i], kind)


def pair_keys(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """One key for each ordered pair of keys (an xor-shift-multiply mix); 0 where either is absent."""
    out = np.empty(len(first), np.uint64)
    _pair(first, second, out)
    return out


@cache
def _salt(kind: str) -> np.uint64:
    return np.uint64(keys_of([kind])[0])


def fill_first(out: np.ndarray, kind: str, among: str, keys: np.ndarray) -> None:
    """Where `out` uint64[n] is still 0, the keys of entities of one kind as they count under "customer|card|…": those of the
    first kind are as they are, those of the others are mixed with their kind, so that card "7" is not customer "7"."""
    _fill(keys, np.uint64(0) if among.split("|")[0] == kind else _salt(kind), out)


def first_present(kind: str, among: str, key: int) -> int:
    """One key as it counts under `among`, which may be its kind alone."""
    out = np.zeros(1, np.uint64)
    fill_first(out, kind, among, np.array([key], np.uint64))
    return int(out[0])
