"""Parsed rules on disk: the same as those read from their files, made anew when anything changes, and never believed when
they are not what was written."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.kinds.hosts.detector import OWN_RULES, PARSED, detectors
from assay.kinds.hosts.sigma import store
from assay.kinds.hosts.sigma.load import load_rules
from assay.kinds.hosts.sigma.store import MAGIC, load_stored

MORE = """id: mine
title: mine
logsource: {product: windows}
detection: {s: {F|expand: '%admins%'}, n: [one, two], condition: s and not all of n*}
---
id: known
logsource: {product: windows}
filter: {rules: [mine], k: {F|re: 'a+b'}, condition: not k}
---
logsource: broken
detection: 3
"""
LISTS = {"admins": ["root"]}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.yml").write_text(MORE)
    return tmp_path / "rules"


def test_what_is_stored_is_what_was_read(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, read = rules.parent / PARSED, load_rules([OWN_RULES, rules], LISTS)
    assert load_stored([OWN_RULES, rules], LISTS, kept) == read
    assert kept.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(store, "load_rules", None)  # nothing is read anew
    assert load_stored([OWN_RULES, rules], LISTS, kept) == read


def test_any_change_is_seen(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = rules.parent / PARSED
    seen = [load_stored([rules], LISTS, kept)]
    seen.append(load_stored([rules], {"admins": ["root", "adm"]}, kept))
    (rules / "mine.yml").write_text(MORE.replace("title: mine", "title: other"))
    seen.append(load_stored([rules], {"admins": ["root", "adm"]}, kept))
    (rules / "more.yml").write_text(MORE.replace("id: mine", "id: more"))
    seen.append(load_stored([rules], {"admins": ["root", "adm"]}, kept))
    assert [[rule.title for rule in one.rules] for one in seen] == [["mine"], ["mine"], ["other"], ["other", "mine"]]
    assert seen[0].rules[0].expression != seen[1].rules[0].expression
    before = kept.read_bytes()
    monkeypatch.setattr(store, "_parser_code", lambda: b"a new version")
    load_stored([rules], {"admins": ["root", "adm"]}, kept)
    assert kept.read_bytes() != before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_file_is_as_none(rules: Path, data: st.DataObject) -> None:
    kept, read = rules.parent / PARSED, load_rules([rules], LISTS)
    kept.unlink(missing_ok=True)
    load_stored([rules], LISTS, kept)
    content = bytearray(kept.read_bytes())
    how = data.draw(st.sampled_from(["flip", "cut", "noise"]))
    at = data.draw(st.integers(0, len(content) - 1))
    if how == "flip":
        content[at] ^= 1 << data.draw(st.integers(0, 7))
    elif how == "cut":
        del content[at:]
    else:
        content[at:] = data.draw(st.binary(max_size=200))
    kept.write_bytes(content)
    assert load_stored([rules], LISTS, kept) == read


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_forged_file_with_the_right_hash_decodes_to_rules_or_to_nothing(rules: Path, data: st.DataObject) -> None:
    """Whoever can write the file could write the rules as well; all the same, nothing but rules comes out of it."""
    loaded = load_rules([rules], LISTS)
    plain = msgspec.msgpack.decode(store._encoded(loaded))
    junk = st.recursive(
        st.one_of(st.none(), st.integers(-2, 99), st.text(max_size=4)),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=6,
    )
    plain[data.draw(st.integers(0, 4))] = data.draw(st.one_of(junk, st.lists(junk, max_size=3)))
    if isinstance(plain[1], list) and plain[1] and isinstance(plain[1][0], list) and len(plain[1][0]) > 1:
        plain[1][0][1] = data.draw(junk)
    kept, payload = rules.parent / PARSED, msgspec.msgpack.encode(plain)
    kept.write_bytes(MAGIC + store._identity([rules], LISTS) + hashlib.sha256(payload).digest() + payload)
    kept.chmod(0o600)
    assert isinstance(load_stored([rules], LISTS, kept), type(loaded))


def test_a_file_that_others_may_write_is_not_believed(rules: Path) -> None:
    kept = rules.parent / PARSED
    load_stored([rules], LISTS, kept)
    assert store._read(kept, store._identity([rules], LISTS)) is not None
    kept.chmod(0o666)
    assert store._read(kept, store._identity([rules], LISTS)) is None


def test_where_nothing_can_be_kept_it_works_all_the_same(rules: Path) -> None:
    assert load_stored([rules], LISTS, rules / "no such folder" / PARSED) == load_rules([rules], LISTS)


def test_the_detector_keeps_what_it_parsed_beside_an_operator_s_rules(rules: Path) -> None:
    (first,), (second,) = detectors(rules.parent), detectors(rules.parent)
    assert (rules.parent / PARSED).exists()
    assert [r.id for r in first.rules.rules] == [r.id for r in second.rules.rules]  # type: ignore[attr-defined]
