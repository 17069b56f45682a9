"""`assay bench messages`: every figure beside its peer, from rows nobody learned from. Small worlds, one seed."""

import numpy as np

from assay.kinds.messages.baselines import bare, plain_link
from assay.kinds.messages.bench import _folded, _goals, _peer
from assay.kinds.messages.bench_modern import modern
from assay.kinds.messages.learned.labelled import of_rows
from tests.kinds.messages.learned.world import some_links


def test_figures_are_pooled_over_folds_and_carry_intervals() -> None:
    urls, truth = some_links()
    rows = of_rows(urls, truth.tolist(), {"template": [str(i) for i in range(len(urls))]}, "links")
    told = _folded(rows, (1, 2), 2, lambda _learn, test: truth[test], _peer(plain_link, urls, truth))
    assert told["ours"]["auc"] == {"mean": 1.0, "low": 1.0, "high": 1.0}
    assert told["ours"]["recall_at_1%_fpr"]["mean"] == 1.0
    assert 0.7 < told["peer"]["auc"]["mean"] < 1.0
    goals = _goals({"links": told})
    assert goals["links auc"]["met"]
    assert set(goals) == {"links auc", "links recall_at_1%_fpr"}


def test_the_peer_never_sees_how_a_link_was_collected() -> None:
    assert len({bare(u) for u in ("https://www.a.example/b/", "http://a.example/b", "www.a.example/b")}) == 1


def test_modern_messages_are_judged_on_templates_and_told_by_language() -> None:
    found = modern(3, size=260, languages_apart=False)
    told = found["held_out_templates"]
    assert told["auc"] > 0.8
    assert {"en", "zh", "de", "es", "fr"} <= set(told["by_language"])
    genuine = [one for one in told["by_category"].values() if one["genuine"] and "false_alarms_unsure" in one]
    assert all(0 <= one["false_alarms_unsure"] <= 1 for one in genuine)
    assert np.isfinite(found["held_out_templates_without_give_aways"]["auc"])
