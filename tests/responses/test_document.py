"""The operator's file: what is wrong in it is said, with where it stands; the manual's example is a good one."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import InvalidSetting
from assay.responses import document as document_
from assay.responses.document import FORMS, Document, load, read

MANUAL = (Path(__file__).parents[2] / "docs" / "responses.md").read_text("utf-8")


def test_the_manual_s_example_is_read() -> None:
    example = re.search(r"```yaml\n(.*?)```", MANUAL, re.DOTALL)
    assert example
    told = read(example[1])
    assert told.lists
    assert told.webhooks
    assert told.streams


@pytest.mark.parametrize(
    "type_", ["BlockList", "Webhook", "Stream", "Document", "Plain", "Nftables", "Suricata", "Stix"]
)
def test_every_key_is_in_the_manual(type_: str) -> None:
    for name in getattr(document_, type_).__struct_fields__:
        assert f"`{name}`" in MANUAL, name


def test_a_folder_without_a_file_asks_for_nothing(tmp_path: Path) -> None:
    assert load(tmp_path) == Document()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lists: {Bad: {holds: ip}}", "lists"),
        ("lists: {bad: {holds: apples}}", "holds"),
        ("lists: {bad: {holds: ip, expires: soon}}", "expires"),
        ("lists: {bad: {holds: ip, expires: 5s}}", "expires"),
        ("lists: {bad: {holds: ip, most: 0}}", "most"),
        ("lists: {bad: {holds: ip, colour: red}}", "colour"),
        ("lists: {bad: {holds: domain, write: [{as: nftables, to: x}]}}", "nftables takes no list of domain"),
        ("lists: {bad: {holds: ip, write: [{as: plain, to: ''}]}}", "names no file"),
        ("lists: {bad: {holds: ip, write: [{as: nftables, to: x, table: 'inet a; flush ruleset'}]}}", "table"),
        ("lists: {bad: {holds: ip, write: [{as: suricata, to: x, sid: 2000000}]}}", "sid"),
        ("lists: {bad: {holds: domain, most: 100, write: [{as: suricata, to: x, sids: 200}]}}", "do not reach"),
        ("lists: {a: {holds: ip, write: [{as: plain, to: x}]}, b: {holds: ip, write: [{as: plain, to: x}]}}", "written twice"),
        ("lists: {a: {holds: ip, write: [{as: suricata, to: x}]}, b: {holds: ip, write: [{as: suricata, to: y}]}}", "another's"),
        ("never: [0.0.0.0/0]", "wider"),
        ("webhooks: {a: {url: 'https://x/'}}", "says nothing"),
        ("webhooks: {a: {url: 'http://x/', findings: low}}", "https"),
        ("streams: {a: {to: 'udp://x'}}", "port"),
        ("streams: {a: {to: 'http://x:1'}}", "udp"),
        ("every: never", "every"),
        ("[1, 2]", "object"),
        ("a: [", "expected"),
        ("a: " + "[" * 5000, "nested"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(InvalidSetting, match=re.escape(said)):
        read(text)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidSetting):
        assert isinstance(read(text), Document)


def test_every_form_of_a_list_is_in_the_manual() -> None:
    for form in FORMS:
        assert f"`{form}`" in MANUAL
