"""The first look at JSON agrees with a slow and obvious one, on whatever Hypothesis can think of."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import InvalidEvidence
from assay.service.scan import check

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=25,
)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def repeats(text: str) -> bool:
    found = []

    def pairs(items: list[tuple[str, Any]]) -> None:
        found.append(len({key for key, _ in items}) < len(items))

    json.loads(text, object_pairs_hook=pairs)
    return any(found)


@given(VALUES, st.booleans(), st.integers(1, 6))
def test_depth_is_bounded_exactly(value: Any, escaped: bool, deepest: int) -> None:
    body = json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    if depth(value) > deepest:
        with pytest.raises(InvalidEvidence, match="nested deeper"):
            check(body, deepest)
    else:
        check(body, deepest)


KEYS = st.sampled_from(['"a"', '"b"', '"ab"', '""', '"\\u0061"', '"a\\"b"', '"a\\\\"', '"é"', '"\\u00e9"'])
SCALARS = st.sampled_from(["1", '"a"', "null", '"a\\",\\"b\\":1"', "[]", '["a","a"]', '{"a":1}', '{"a":{"a":2}}'])


@given(st.lists(st.tuples(KEYS, SCALARS), max_size=5), st.booleans())
def test_a_repeated_key_is_found_however_it_is_written(pairs: list[tuple[str, str]], inside: bool) -> None:
    text = "{" + " , ".join(f"{key} : {value}" for key, value in pairs) + "}"
    text = f'[{{"x": {text}}}, 1]' if inside else text
    if repeats(text):
        with pytest.raises(InvalidEvidence, match="twice"):
            check(text.encode(), 32)
    else:
        check(text.encode(), 32)


@given(st.binary(max_size=300) | st.text(alphabet='{}[]",:\\a1 ', max_size=200).map(str.encode))
def test_no_bytes_upset_it(body: bytes) -> None:
    with contextlib.suppress(InvalidEvidence):
        check(body, 8)
