"""A first look at JSON before it is parsed: how deep it nests, and whether an object names a key twice.

Parsers disagree about repeated keys (RFC 8259, section 4), so two systems could read two different payments from one body;
Assay refuses them. One pass over the bytes, about a microsecond for a payment, nothing allocated that grows with the input.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numba import njit

from assay.core.errors import InvalidEvidence

DEEPEST = 256
_MOST_KEYS = 1024  # in the objects open at one time
_OK, _TOO_DEEP, _REPEATED, _UNSURE, _TOO_MANY = 0, 1, 2, 3, 4


@njit("Tuple((int64, int64))(Array(uint8, 1, 'C', readonly=True), int64)", cache=True, nogil=True)
def _scan(data, deepest):  # type: ignore[no-untyped-def]
    """(what, offset): the first thing wrong. Malformed JSON is left for the parser to name."""
    key_hash = np.empty(_MOST_KEYS, np.uint64)
    key_start = np.empty(_MOST_KEYS, np.int64)
    key_stop = np.empty(_MOST_KEYS, np.int64)
    first = np.empty(DEEPEST + 1, np.int64)  # where the open object's keys begin
    is_object = np.empty(DEEPEST + 1, np.bool_)
    depth, keys = 0, 0
    expect_key = unsure = False
    i, n = 0, len(data)
    while i < n:
        c = data[i]
        if c == 34:  # a string: find its end
            start = i + 1
            hashed = np.uint64(0xCBF29CE484222325)
            escaped = False
            i += 1
            while i < n and data[i] != 34:
                if data[i] == 92:
                    escaped = True
                    i += 1
                    if i >= n:
                        break
                hashed = (hashed ^ np.uint64(data[i])) * np.uint64(0x100000001B3)
                i += 1
            if expect_key and depth > 0:
                unsure = unsure or escaped
                for k in range(first[depth], keys):
                    if key_hash[k] == hashed and key_stop[k] - key_start[k] == i - start:
                        same = True
                        for b in range(i - start):
                            if data[start + b] != data[key_start[k] + b]:
                                same = False
                                break
                        if same:
                            return _REPEATED, start
                if keys == _MOST_KEYS:
                    return _TOO_MANY, start
                key_hash[keys], key_start[keys], key_stop[keys] = hashed, start, i
                keys += 1
                expect_key = False
        elif c == 123 or c == 91:  # { [
            depth += 1
            if depth > deepest:
                return _TOO_DEEP, i
            first[depth], is_object[depth] = keys, c == 123
            expect_key = c == 123
        elif (c == 125 or c == 93) and depth > 0:  # } ]
            keys = first[depth]
            depth -= 1
            expect_key = False
        elif c == 44 and depth > 0:  # ,
            expect_key = is_object[depth]
        i += 1
    return _UNSURE if unsure else _OK, 0


def check(body: bytes, deepest: int) -> None:
    """Raises `InvalidEvidence`, naming the byte, for JSON nested deeper than `deepest` or with a repeated key."""
    what, at = _scan(np.frombuffer(body, np.uint8), deepest)
    if what == _OK:
        return
    if what == _TOO_DEEP:
        raise InvalidEvidence(f"nested deeper than {deepest}", where=f"byte {at}")
    if what == _TOO_MANY:
        raise InvalidEvidence(f"more than {_MOST_KEYS} keys in one object", where=f"byte {at}")
    if what == _REPEATED:
        key = body[at : body.index(b'"', at)][:64].decode("utf-8", "replace")
        raise InvalidEvidence("the same key twice in one object", where=key)
    _check_slowly(body)


def _check_slowly(body: bytes) -> None:
    """Keys written with escapes: compare them as they read, with the standard parser."""

    def unique(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise InvalidEvidence("the same key twice in one object", where=key[:64])
            seen.add(key)

    try:
        json.loads(body, object_pairs_hook=unique)
    except RecursionError:
        raise InvalidEvidence("nested too deep") from None
    except ValueError:
        return  # malformed: the parser that follows says where
