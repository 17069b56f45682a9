"""Indicators: patterns with AND and OR, keys of several makes; one broken pattern does not spoil the set."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.intelligence import folder_of
from assay.intelligence.store import add
from assay.kinds.phones.indicators import Indicators, Matches, load, read_pattern


def bundle(folder: Path, *patterns: str) -> Path:
    objects = [{"type": "malware", "id": "malware--1", "name": "Ferret"}]
    objects += [
        {
            "type": "indicator",
            "id": f"indicator--{i}",
            "pattern": p,
            "pattern_type": "stix",
            "valid_from": "2024-01-02T",
        }
        for i, p in enumerate(patterns)
    ]
    (folder / "set.stix2").write_text(json.dumps({"type": "bundle", "objects": objects}))
    return folder


def known(folder: Path, *patterns: str) -> Indicators:
    return load([bundle(folder, *patterns)])[0]


def test_a_broken_pattern_is_told_and_the_rest_loads(tmp_path: Path) -> None:
    found, refused = load([bundle(tmp_path, "[process:name='bh']", "[process:name LIKE 'x%']", "[url:value='a=b']")])
    assert len(found) == 2
    assert found.all[0].threat == "Ferret"
    assert [r.pattern for r in refused] == ["[process:name LIKE 'x%']"]


def test_both_spellings_of_a_digest_are_one() -> None:
    assert read_pattern("[file:hashes.'SHA-256'='AB']") == read_pattern("[file:hashes.sha256='ab']")


def test_and_needs_all_and_or_any(tmp_path: Path) -> None:
    indicators = known(tmp_path, "[process:name='a' OR process:name='b'] AND [app:id='c']")
    matches = Matches(indicators)
    matches.add(indicators.value("process:name", "b"), "process")
    assert not list(matches.found())
    matches.add(indicators.value("app:id", "c"), "app")
    ((_, _, things),) = matches.found()
    assert things == ["process", "app"]


def test_and_in_one_pair_of_brackets_is_of_one_thing(tmp_path: Path) -> None:
    indicators = known(tmp_path, "[file:name='x' AND file:path='/var/tmp']")
    matches = Matches(indicators)
    matches.add(indicators.path("/var/root/x"), 1)
    matches.add(indicators.path("/var/tmp/y"), 2)
    assert not list(matches.found())
    matches.add(indicators.path("/private/var/tmp/x"), 3)
    assert len(list(matches.found())) == 1


@pytest.mark.parametrize(
    ("url", "met"),
    [
        ("https://bad.example/", True),
        ("http://a.b.BAD.example:8080/x?y", True),
        ("https://user@bad.example", True),
        ("https://notbad.example/", False),
        ("https://bad.example.org/", False),
        ("https://good.org/?u=https://bad.example/", False),
    ],
)
def test_a_domain_is_met_with_all_below_it_and_nothing_beside(tmp_path: Path, url: str, met: bool) -> None:
    assert bool(known(tmp_path, "[domain-name:value='bad.example']").url(url)) is met


def test_a_path_is_met_with_all_inside_it_and_nothing_beside(tmp_path: Path) -> None:
    indicators = known(tmp_path, "[file:path='/private/var/db/imp']")
    assert indicators.path("/var/db/imp/x/y")
    assert not indicators.path("/var/db/imperial")


def test_sets_that_an_operator_added_are_looked_for_with_what_needs_several_things(tmp_path: Path) -> None:
    patterns = (
        "[process:name='bh']",
        "[oops",
        "[app:id='a'] AND [process:name='c']",
        "[domain-name:value='bad.example']",
    )
    told = add(bundle(tmp_path, *patterns) / "set.stix2", tmp_path / "models" / "intelligence", name="ferrets")
    assert (told["patterns"], told["refused"]) == (4, 1)
    found, refused = load([], folder_of(tmp_path / "models" / "phones"))
    assert [i.set for i in found.all] == ["ferrets"] * 3
    assert {i.threat for i in found.all} == {"Ferret"}
    assert [r.pattern for r in refused] == ["[oops"]
    assert (tmp_path / "models" / "phones").is_dir()  # a room looks only where it has a folder


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="[]()'= ANDORIN,:apid-.x\\", max_size=60))
def test_any_pattern_is_read_or_refused(pattern: str) -> None:
    with contextlib.suppress(ValueError):
        read_pattern(pattern)


def test_patterns_that_multiply_are_refused() -> None:
    one = "(" + " OR ".join(f"app:id='{i}'" for i in range(100)) + ")"
    with pytest.raises(ValueError, match="alternatives"):
        read_pattern(f"[{one} AND {one}]")
    with pytest.raises(ValueError, match="deep"):
        read_pattern("[" + "(" * 100 + "app:id='a'" + ")" * 100 + "]")
