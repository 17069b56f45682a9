"""What a TAXII client may ask: any text is answered or refused with its place, and pages hold together whatever their size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.clock import HOUR
from assay.core.errors import AssayError
from assay.responses import stix
from assay.responses.document import BlockList, Document
from assay.responses.entries import Entry, Why
from assay.responses.feed import Feed
from assay.responses.taxii import Asked, Collections, acceptable, asked

from .world import NOW

RULES = BlockList(holds="ip", taxii=True)


def entries(*last: int) -> list[Entry]:
    return [Entry(f"45.33.32.{i}", NOW, NOW, NOW + HOUR, 1, Why("1.0", "e")) for i in last]


def collections(feed: Feed) -> Collections:
    return Collections(Document(lists={"bad": RULES}), {"bad": feed}, "L")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Collections:
    feed = Feed(tmp_path_factory.mktemp("feed") / "bad.json")
    for i in range(1, 8):
        feed.publish("bad", RULES, entries(*range(1, i + 1)), "L", NOW + i)
    return collections(feed)


def refusal(work: Callable[[], object]) -> AssayError | None:
    """How it was refused, if it was; any other error is one."""
    try:
        work()
    except AssayError as error:
        return error
    return None


@given(
    name=st.sampled_from(
        ["added_after", "limit", "next", "match[id]", "match[type]", "match[version]", "match[spec_version]"]
    ),
    value=st.text(max_size=40),
)
def test_any_filter_is_answered_or_refused(published: Collections, name: str, value: str) -> None:
    refused = refusal(lambda: published.objects("bad", asked({name: value})))
    assert refused is None or (refused.status in (404, 422) and refused.where)
    assert (refusal(lambda: published.manifest("bad", asked({name: value}))) is None) == (refused is None)


@given(st.text(max_size=60))
def test_any_accept_header_is_answered_or_refused(header: str) -> None:
    refused = refusal(lambda: acceptable(header))
    assert refused is None or refused.status == 406


@given(limit=st.integers(1, 12), after=st.none() | st.integers(NOW - 1, NOW + 9))
def test_pages_hold_everything_after_a_moment_once(published: Collections, limit: int, after: int | None) -> None:
    whole = published.objects("bad", Asked(added_after=after)).body.get("objects", [])
    found, next_ = [], ""
    while True:
        page = published.objects("bad", Asked(added_after=after, limit=limit, next=next_)).body
        found += page.get("objects", [])
        if not page.get("more"):
            break
        next_ = page["next"]
    assert found == whole
    assert len(whole) == (9 if after is None else len([1 for i in range(1, 8) if NOW + i > after]) + 2 * (after <= NOW))


def test_a_value_that_leaves_is_revoked_and_forgotten_when_it_would_have_expired(tmp_path: Path) -> None:
    feed = Feed(tmp_path / "bad.json")
    feed.publish("bad", RULES, entries(1, 2), "L", NOW)
    feed.publish("bad", RULES, entries(1), "L", NOW + 1)
    gone = [one.object for one in feed.added() if one.object.get("revoked")]
    assert [one["name"] for one in gone] == ["ip 45.33.32.2"]
    feed.publish("bad", RULES, entries(1, 2), "L", NOW + 2)
    assert not [one for one in feed.added() if one.object.get("revoked")]
    feed.publish("bad", RULES, [], "L", NOW + 3)
    feed.publish("bad", RULES, [], "L", NOW + 2 * HOUR)
    assert [one.object["type"] for one in feed.added()].count("indicator") == 0


def test_a_clock_set_back_hides_nothing(tmp_path: Path) -> None:
    feed = Feed(tmp_path / "bad.json")
    feed.publish("bad", RULES, entries(1), "L", NOW + HOUR)
    last = max(one.at for one in feed.added())
    feed.publish("bad", RULES, entries(1, 2), "L", NOW)
    new = [one for one in feed.added() if one.at > last]
    assert [one.object["name"] for one in new] == ["ip 45.33.32.2"]


def test_what_says_the_same_is_told_once(tmp_path: Path) -> None:
    feed = Feed(tmp_path / "bad.json")
    feed.publish("bad", RULES, entries(1), "L", NOW)
    before = (tmp_path / "bad.json").read_bytes()
    feed.publish("bad", RULES, entries(1), "L", NOW + HOUR // 2)
    assert (tmp_path / "bad.json").read_bytes() == before
    assert all(one.object["type"] != "indicator" or one.version == stix.stamp(NOW) for one in feed.added())
