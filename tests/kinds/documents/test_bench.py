"""Figures of the room: what counts as a hit and a false alarm, intervals, and an operator's own folder."""

import pytest

from assay.core.errors import InvalidSetting, NotFound
from assay.core.finding import Severity, Verdict
from assay.formats.folder_writer import write_folder
from assay.kinds.documents.bench import papers, summary
from assay.kinds.documents.evaluate import evaluate, meaning
from assay.kinds.documents.judged import Judged, judge, share
from assay.kinds.documents.simulate import simulate
from assay.kinds.documents.simulate.papers import Paper
from assay.learning import EvaluateRequest


def paper(label="genuine", *, forgery="", exact=False):
    return Paper(
        "a.pdf", b"", "invoice", label, forgery, "", exact, "invoice-5", "fr-FR", "pdf", "c", None, None, {}, {}
    )


def said(verdict, severity=Severity.LOW):
    return Judged({"d": verdict}, severity, ("documents.x",), 0.1)


def test_a_hit_is_suspicious_or_worse_and_an_open_answer_is_neither():
    rows = [
        (paper("forged", forgery="overlay", exact=True), said(Verdict.COUNTERFEIT)),
        (paper("forged", forgery="overlay", exact=True), said(Verdict.INCONCLUSIVE)),
        (paper("forged", forgery="resaved"), said(Verdict.SUSPICIOUS)),
        (paper(), said(Verdict.INCONCLUSIVE)),
        (paper(), said(Verdict.SUSPICIOUS, Severity.HIGH)),
    ]
    told = summary(rows)
    assert (told["exact_recall"]["share"], told["exact_recall"]["inconclusive"]) == (0.5, 1)
    assert told["other_recall"]["share"] == 1.0
    assert (told["false_alarms"]["share"], told["false_alarms"]["grave"]) == (0.5, 1)
    assert told["missed"] == ["a.pdf overlay invoice-5"]


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (10, 10), (3, 7), (1, 1)])
def test_an_interval_holds_its_share_and_stays_within_bounds(hits, n):
    told = share(hits, n)
    low, high = told["interval"]
    assert 0 <= low <= told["share"] <= high <= 1
    assert high - low < 1
    assert share(0, 0)["share"] is None


def test_an_unreadable_file_is_open_and_not_genuine():
    from assay.kinds.documents.detectors import detectors

    judged = judge(b"%PDF-1.7 and nothing more", "broken.pdf", detectors(None))
    assert judged.inconclusive


def test_the_bench_judges_made_up_papers():
    told = papers(4, 8, 0)
    assert told["templates"] == "check"
    assert told["pdf"]["files"] == 8
    assert told["pdf"]["false_alarms"]["n"] + told["pdf"]["exact_recall"]["n"] + told["pdf"]["other_recall"]["n"] == 8


def test_an_operator_s_folder_is_evaluated_by_its_own_labels(tmp_path):
    rows = list(simulate(3, size=4, kinds="invoice", media="pdf", templates="build", forgeries="amount-stale"))
    write_folder(iter(rows), tmp_path)
    told = evaluate(EvaluateRequest(data=tmp_path, mapping=None))
    assert told["files"] == 4
    assert set(told["by_label"]) == {row["label"] for row in rows}
    assert sum(told["by_detector"]["documents.arithmetic"]["forged"].values()) == told["recall"]["n"]


def test_labels_are_read_by_what_they_begin_with():
    assert [meaning(word) for word in ("authentic-structure", "Genuine", "broken", "tampered", "x")] == [
        "genuine", "genuine", "open", "forged", "forged",
    ]  # fmt: skip


def test_a_folder_without_labels_is_an_error(tmp_path):
    with pytest.raises(NotFound, match=r"labels\.csv"):
        evaluate(EvaluateRequest(data=tmp_path, mapping=None))
    (tmp_path / "labels.csv").write_text("name,truth\na,b\n")
    with pytest.raises(InvalidSetting, match="columns"):
        evaluate(EvaluateRequest(data=tmp_path, mapping=None))
    (tmp_path / "labels.csv").write_text("file,label\n../../etc/passwd,forged\n")
    with pytest.raises(InvalidSetting, match="none of the files"):
        evaluate(EvaluateRequest(data=tmp_path, mapping=None))
