"""Every question gives what a walk over all records would give."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from assay.core.clock import HOUR
from assay.core.decision import Decision
from assay.core.entity import Entity
from assay.core.errors import InvalidSetting
from assay.core.label import Label
from assay.ledger import reader
from assay.ledger.base import DecisionFilter
from assay.ledger.derive import codes_of
from assay.ledger.reader import SqliteReader
from assay.ledger.sqlite import SqliteLedger
from tests.ledger.sightings import START, TYPES, Glance, sightings


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory):
    with SqliteLedger(tmp_path_factory.mktemp("ledger"), types=TYPES, flush_rows=300) as ledger:
        for first, n in ((0, 400), (400, 1), (401, 99), (500, 500)):
            ledger.append(sightings(first, n))
            ledger.commit()
        flagged = [d.id for d in everything(ledger) if d.outcome != "allow"]
        ledger.append_labels(
            [Label(evidence=flagged[0], truth="fraud"), Label(evidence=flagged[1], truth="fraud")], START
        )
        ledger.append_labels(
            [Label(evidence=flagged[1], truth="genuine"), Label(evidence="s999", truth="genuine")], START
        )
        ledger.commit()
        yield ledger


def everything(ledger: SqliteReader) -> list[Decision]:
    return [r.decisions.decision(i) for r in ledger.replay() if r.decisions for i in range(r.count)]


@pytest.mark.parametrize(
    "where",
    [
        DecisionFilter(),
        DecisionFilter(outcome=("block",)),
        DecisionFilter(outcome=("allow",)),
        DecisionFilter(outcome=("allow", "review"), min_probability=0.5),
        DecisionFilter(outcome=("challenge", "review"), since=START + 6 * HOUR, until=START + 9 * HOUR),
        DecisionFilter(since=START + 6 * HOUR, until=START + 9 * HOUR),
        DecisionFilter(rule="too-far"),
        DecisionFilter(rule="too-far", outcome=("block",)),
        DecisionFilter(kind="sighting", min_probability=0.9),
        DecisionFilter(kind="lens"),
        DecisionFilter(id_prefix="s99"),
        DecisionFilter(id_prefix="s9", outcome=("block", "review")),
        DecisionFilter(reason="sightings.odd"),
        DecisionFilter(reason="sightings.odd", outcome=("block",)),
        DecisionFilter(reason="sightings.od", outcome=("block",)),
        DecisionFilter(entity=Entity("person", "eve")),
        DecisionFilter(entity=Entity("person", "eve"), outcome=("block",), min_probability=0.25),
        DecisionFilter(entity=Entity("place", "eve")),
        DecisionFilter(before_seq=420),
    ],
)
def test_decisions_are_those_that_match_newest_first(ledger: SqliteLedger, where: DecisionFilter):
    expected = [d for d in reversed(everything(ledger)) if matches(d, where)]
    found: list[Decision] = []
    page = ledger.decisions(where)
    found += page.decisions
    while page.next_before is not None:
        assert len(page.decisions) <= where.limit
        again = DecisionFilter(
            **{f: getattr(where, f) for f in where.__struct_fields__} | {"before_seq": page.next_before}
        )
        page = ledger.decisions(again)
        found += page.decisions
    assert found == expected


def matches(d: Decision, where: DecisionFilter) -> bool:
    return (
        (not where.outcome or d.outcome in where.outcome)
        and (not where.kind or d.kind == where.kind)
        and (where.since is None or d.time >= where.since)
        and (where.until is None or d.time < where.until)
        and (not where.rule or d.rule == where.rule)
        and (not where.reason or where.reason in codes_of(d))
        and (where.min_probability is None or (d.probability is not None and d.probability >= where.min_probability))
        and d.id.startswith(where.id_prefix)
        and (where.entity is None or where.entity in d.entities)
        and (where.before_seq is None or d.seq < where.before_seq)
    )


def test_one_page_looks_at_a_bounded_number_of_rows_and_says_where_to_go_on(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reader, "LOOKED_AT", 100)
    page = ledger.decisions(DecisionFilter(id_prefix="s850"))
    assert (page.decisions, page.next_before) == ((), 901)
    page = ledger.decisions(DecisionFilter(id_prefix="s850", before_seq=page.next_before))
    assert [d.id for d in page.decisions] == ["s850"]


def test_an_unknown_outcome_is_refused(ledger: SqliteLedger):
    with pytest.raises(InvalidSetting, match="outcome: no outcome 'maybe'"):
        ledger.decisions(DecisionFilter(outcome=("maybe",)))


def test_an_entity_has_a_timeline(ledger: SqliteLedger):
    eve = Entity("person", "eve")
    all_of = [d for d in reversed(everything(ledger)) if eve in d.entities]
    timeline = ledger.entity(eve, limit=30)
    assert timeline.total == len(all_of)
    assert list(timeline.decisions) == all_of[:30]
    assert [f.evidence for f in timeline.findings] == [d.id for d in all_of for f in d.findings if not f.entities][:30]
    assert ledger.entity(Entity("person", "nobody")).total == 0
    boat = ledger.entity(Entity("boat", "mary"), limit=5)  # named by findings only
    assert (boat.total, len(boat.findings)) == (0, 5)


def test_findings_are_open_until_a_label_dismisses_them(ledger: SqliteLedger):
    flagged = [d for d in everything(ledger) if d.outcome != "allow"]
    found = ledger.findings(limit=10**6)
    assert [(f.seq, f.ordinal) for f in found] == [(d.seq, i) for d in reversed(flagged) for i in range(2)]
    assert [f.finding for f in found[:2]] == list(flagged[-1].findings)
    assert found[0].entities == flagged[-1].entities
    assert found[1].entities == (Entity("boat", "mary"),)
    status = {f.evidence: f.status for f in found}
    assert [status[d.id] for d in flagged[:3]] == ["confirmed", "dismissed", "open"]
    dismissed = {f.evidence for f in ledger.findings(open=False)}
    assert flagged[1].id in dismissed
    assert dismissed.isdisjoint(f.evidence for f in ledger.findings(open=True, limit=10**6))
    assert {f.finding.detector for f in ledger.findings(detector="sightings.watch")} == {"sightings.watch"}
    assert ledger.findings(before_seq=found[1].seq, limit=1)[0].seq < found[1].seq


def test_links_are_the_entities_that_share_evidence(ledger: SqliteLedger):
    ada = Entity("person", "ada")
    links = ledger.links(ada)
    shared = Counter(e for d in everything(ledger) if ada in d.entities for e in d.entities)
    assert {n.entity: n.count for n in links.nodes if n.hop == 1} == {e: n for e, n in shared.items() if e != ada}
    assert links.nodes[0].entity == ada
    assert not links.cut
    edge = next(e for e in links.edges if Entity("place", "quay") in (e.a, e.b))
    times = [d.time for d in everything(ledger) if ada in d.entities and Entity("place", "quay") in d.entities]
    assert (edge.count, edge.first, edge.last) == (len(times), min(times), max(times))
    far = ledger.links(ada, hops=2)
    assert {n.entity.id for n in far.nodes if n.hop == 2} <= {"bob", "cyd", "dan", "eve", "fay", "gus"}
    assert far.cut
    with pytest.raises(InvalidSetting):
        ledger.links(ada, hops=3)


def test_counts_add_up(ledger: SqliteLedger):
    decisions = everything(ledger)
    counts = ledger.counts()
    assert counts.decisions == len(decisions) == 1000
    assert counts.outcomes == {w: sum(d.outcome == w for d in decisions) for w in counts.outcomes}
    assert counts.findings == sum(len(d.findings) for d in decisions)
    assert counts.labels == {"fraud": 2, "genuine": 2}
    by_hour = Counter((d.time // HOUR * HOUR, d.kind, d.outcome) for d in decisions)
    assert {(h.hour, h.kind, h.outcome): h.count for h in counts.hours} == by_hour
    middle = sorted({h.hour for h in counts.hours})[5]
    assert {h.hour for h in ledger.counts(since=middle, until=middle + HOUR).hours} == {middle}


def test_a_reader_answers_the_same_as_the_writer(ledger: SqliteLedger):
    with SqliteReader(ledger.folder, types=TYPES) as other:
        eve = Entity("person", "eve")
        assert other.decisions(DecisionFilter(entity=eve)) == ledger.decisions(DecisionFilter(entity=eve))
        assert other.entity(eve) == ledger.entity(eve)
        assert other.links(eve, 2) == ledger.links(eve, 2)
        assert other.decision("s500") == ledger.decision("s500")


def test_times_before_1970_count_in_their_own_hour(tmp_path: Path):
    with SqliteLedger(tmp_path, types=TYPES) as ledger:
        decisions = sightings(0, 3, flagged=1)
        decisions.batch.time = np.array([-1, 0, -HOUR], np.int64)
        ledger.append(decisions)
        ledger.commit()
        assert sum(h.count for h in ledger.counts().hours if h.hour == -HOUR) == 2


def test_observations_are_on_record_for_their_findings_only(tmp_path: Path):
    with SqliteLedger(tmp_path, types=TYPES) as ledger:
        ledger.append(sightings(0, 5))
        glances = sightings(5, 3, flagged=1)
        glances.batch.type = Glance
        glances.outcome[:] = 0
        ledger.append(glances)
        ledger.commit()
        assert [d.kind for d in ledger.decisions().decisions] == ["sighting"] * 5
        assert [d.id for d in ledger.decisions(DecisionFilter(kind="glance")).decisions] == ["s7", "s6", "s5"]
        assert ledger.counts().decisions == 5
        assert [f.kind for f in ledger.findings()].count("glance") == 6
        assert ledger.verify().ok
