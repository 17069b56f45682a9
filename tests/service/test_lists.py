"""The lists of policies on the real service: over HTTP and in the console, felt by the next piece of evidence, on record before
they are, off by themselves when their term is over, and still there after a restart."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from assay.console.lists import LISTS
from assay.core.errors import InvalidPolicy, InvalidSetting, LedgerUnavailable, NotFound
from assay.lists import FILE, Entry, Lists
from assay.policy import Policy
from tests.engine.conftest import parcels_installed  # noqa: F401
from tests.engine.world import open_engine

from .running import Running, running

POLICY = """
name: parcels
version: 2
applies_to: [parcel]
otherwise: allow
lists:
  blocked_senders: [mallory]
  trusted_depots: []
  sizes: [1.5, 40]
rules:
  - name: blocked sender
    when: has(evidence.sender) && evidence.sender in lists.blocked_senders
    then: block
  - name: odd size
    when: evidence.weight in lists.sizes
    at_least: review
"""


def engine_in(folder: Path) -> object:
    return open_engine(folder, policies={"parcels": Policy.parse(POLICY)})


@pytest.fixture
def service(parcels_installed: None, tmp_path: Path) -> Iterator[Running]:  # noqa: F811
    with running(tmp_path, engine=engine_in(tmp_path)) as service:
        yield service


def add(service: Running, value: str, role: str = "engineer", **more: str) -> httpx.Response:
    body = {"room": "parcels", "list": "blocked_senders", "value": value, "why": "tampered seals"} | more
    return service.client.post("/v1/lists/add", json=body, headers=service.as_role(role))


def remove(service: Running, value: str) -> httpx.Response:
    body = {"room": "parcels", "list": "blocked_senders", "value": value}
    return service.client.post("/v1/lists/remove", json=body, headers=service.as_role("engineer"))


def outcome(service: Running, i: str, sender: str) -> str:
    return str(service.assess(i, sender=sender).json()["outcome"])


def listed(service: Running, name: str = "blocked_senders") -> dict[str, object]:
    told = service.client.get("/v1/lists").json()["lists"]
    return next(one for one in told if one["list"] == name)


def test_what_is_put_on_a_list_is_felt_by_the_next_piece_of_evidence_and_is_on_record(service: Running) -> None:
    before = service.assess("a", sender="eve").json()
    assert (before["outcome"], outcome(service, "b", "mallory")) == ("allow", "block")
    assert add(service, "eve").status_code == 200
    after = service.assess("c", sender="eve").json()
    assert (after["outcome"], after["rule"]) == ("block", "blocked sender")
    assert after["policy"] != before["policy"], "the policy's hash covers its lists"
    assert outcome(service, "a", "eve") == "allow", "what was decided stays decided"
    assert remove(service, "eve").status_code == 200
    last = service.assess("d", sender="eve").json()
    assert (last["outcome"], last["policy"]) == ("allow", before["policy"])
    actions = [a.audit.action for a in service.engine.ledger.audit(limit=9) if a.audit.action.startswith("list-")]
    assert actions == ["list-entry-removed", "list-entry-added"]


def test_an_entry_leaves_when_its_term_is_over(service: Running) -> None:
    assert add(service, "eve", expires="1s").status_code == 200
    assert outcome(service, "a", "eve") == "block"
    until = time.monotonic() + 10
    while listed(service)["entries"] and time.monotonic() < until:
        time.sleep(0.05)
    assert not listed(service)["entries"]
    assert outcome(service, "b", "eve") == "allow"
    (newest,) = [a.audit for a in service.engine.ledger.audit(limit=5) if a.audit.action == "list-entries-expired"]
    assert newest.about["entries"][0]["value"] == "eve"


def test_a_restart_keeps_them(parcels_installed: None, tmp_path: Path) -> None:  # noqa: F811
    with running(tmp_path, engine=engine_in(tmp_path)) as service:
        add(service, "eve")
        add(service, "trent", list="trusted_depots")
    with running(tmp_path, engine=engine_in(tmp_path)) as service:
        assert outcome(service, "a", "eve") == "block"
        assert [one["value"] for one in listed(service, "trusted_depots")["entries"]] == ["trent"]
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"value": "  "}, 400, "letters"),
        ({"value": "x" * 513}, 400, "letters"),
        ({"value": "a\u0007b"}, 400, "letters"),
        ({"why": " "}, 400, "say why"),
        ({"value": "mallory"}, 400, "own file"),
        ({"list": "nothing"}, 404, "no list"),
        ({"room": "nothing"}, 404, "no list"),
        ({"expires": "soon"}, 400, "not a duration"),
        ({"expires": "0s"}, 400, "over already"),
        ({"list": "sizes", "value": "heavy"}, 422, "none"),
        ({"more": "x"}, 422, "more"),
    ],
)
def test_what_cannot_stand_on_a_list_is_refused(service: Running, body: dict[str, str], status: int, said: str) -> None:
    answer = add(service, body.pop("value", "eve"), **body)
    assert answer.status_code == status
    assert said in json.dumps(answer.json()["error"])
    assert not listed(service)["entries"]


def test_no_card_number_stays_in_a_reason(service: Running) -> None:
    assert add(service, "eve", why="paid with 4111 1111 1111 1111").status_code == 200
    assert "4111" not in json.dumps(listed(service))
    (put,) = [a.audit for a in service.engine.ledger.audit(limit=3) if a.audit.action == "list-entry-added"]
    assert "4111" not in json.dumps(put.about)


def test_a_list_of_numbers_takes_numbers(service: Running) -> None:
    assert service.assess("a", weight=7.25).json()["outcome"] == "allow"
    assert add(service, "7.25", list="sizes").status_code == 200
    assert service.assess("b", weight=7.25).json()["outcome"] == "review"


@pytest.mark.parametrize(
    ("role", "status"), [("integrator", 403), ("analyst", 403), ("auditor", 403), ("subscriber", 403), ("admin", 200)]
)
def test_only_engineers_change_them(service: Running, role: str, status: int) -> None:
    assert add(service, "eve", role).status_code == status


def test_nobody_is_taken_off_who_is_not_on_it(service: Running) -> None:
    assert remove(service, "eve").status_code == 404
    assert remove(service, "mallory").status_code == 404, "what the policy's file says, only its author takes back"


def test_the_page_adds_finds_and_takes_off(service: Running) -> None:
    with httpx.Client(base_url=service.address) as client:
        client.post("/login", data={"key": service.tokens["engineer"]})
        page = client.get(LISTS).text
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf is not None
        form = {
            "csrf": csrf[1],
            "list": "parcels/blocked_senders",
            "value": "<b>eve",
            "why": "<i>seen",
            "expires": "7d",
        }
        assert client.post(LISTS, data=form).status_code == 303
        page = client.get(f"{LISTS}?done=added").text
        assert "&lt;b&gt;eve" in page
        assert "<b>eve" not in page
        assert "blocked sender" in page
        assert "&lt;b&gt;eve" not in client.get(f"{LISTS}?q=mallory").text
        refused = client.post(LISTS, data=form | {"value": "mallory"})
        assert refused.status_code == 400
        assert 'role="alert"' in refused.text
        assert 'value="mallory"' in refused.text, "what was typed is still there"
        assert client.post(LISTS, data=form | {"csrf": "x"}).status_code == 403
        assert client.post(LISTS, data=form | {"what": "remove"}).status_code == 303
        assert "&lt;b&gt;eve" not in client.get(LISTS).text
    with httpx.Client(base_url=service.address) as client:
        client.post("/login", data={"key": service.tokens["analyst"]})
        page = client.get(LISTS).text
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf is not None
        assert 'name="why"' not in page
        assert client.post(LISTS, data=form | {"csrf": csrf[1]}).status_code == 403


def test_a_change_that_cannot_be_put_on_record_is_not_made(parcels_installed: None, tmp_path: Path) -> None:  # noqa: F811
    lists = Lists.of(tmp_path, engine_in(tmp_path))

    def refuse(action: str, about: dict[str, object]) -> None:
        raise OSError("the disk is full")

    entry = Entry(room="parcels", list="blocked_senders", value="eve", why="x", by="me", at=1)
    with pytest.raises(OSError, match="full"):
        lists.add(entry, refuse)
    assert not any(one.entries for one in lists.told())
    assert not (tmp_path / FILE).exists()
    with pytest.raises(NotFound):
        lists.remove("parcels", "blocked_senders", "eve", "", refuse)


def test_where_the_file_cannot_be_written_nothing_is_changed(parcels_installed: None, tmp_path: Path) -> None:  # noqa: F811
    lists = Lists.of(tmp_path, engine_in(tmp_path))
    (tmp_path / FILE).mkdir()
    entry = Entry(room="parcels", list="blocked_senders", value="eve", why="x", by="me", at=1)
    with pytest.raises(LedgerUnavailable, match=FILE):
        lists.add(entry, lambda _action, _about: None)
    assert not any(one.entries for one in lists.told())


def test_entries_of_a_list_that_no_policy_has_any_more_wait(parcels_installed: None, tmp_path: Path) -> None:  # noqa: F811
    first = Lists.of(tmp_path, engine_in(tmp_path / "a"))
    entry = Entry(room="parcels", list="trusted_depots", value="north", why="x", by="me", at=1)
    first.add(entry, lambda _action, _about: None)
    without = Policy.parse(POLICY.replace("  trusted_depots: []\n", ""))
    later = Lists.of(tmp_path, open_engine(tmp_path / "b", policies={"parcels": without}))
    waiting = next(one for one in later.told() if one.list == "trusted_depots")
    assert (waiting.policy, waiting.entries) == ("", (entry,))
    later.remove("parcels", "trusted_depots", "north", "", lambda _action, _about: None)
    assert all(one.list != "trusted_depots" for one in later.told())


def test_a_damaged_file_is_told(parcels_installed: None, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / FILE).write_text("[{")
    with pytest.raises(InvalidSetting, match=FILE):
        Lists.of(tmp_path, engine_in(tmp_path / "a"))


def test_a_policy_holds_more_without_changing_itself() -> None:
    policy = Policy.parse(
        POLICY.replace("[parcel]", "[payment]").replace("sender", "payee").replace("weight", "amount")
    )
    more = policy.holding({"blocked_payees": ["eve"], "nothing": ["x"]})
    assert more.names.lists["blocked_payees"] == ("mallory", "eve")
    assert policy.names.lists["blocked_payees"] == ("mallory",)
    assert more.identity != policy.identity
    assert policy.holding({}) is policy
    with pytest.raises(InvalidPolicy, match="none"):
        policy.holding({"sizes": ["big"]})
