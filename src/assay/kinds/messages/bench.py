"""`assay bench messages`: how well lures are told from the rest, beside a peer that ran in the same minutes.

With `--data` (a table of texts, of links, or a folder of both): near-duplicate-grouped folds for texts, raw and with links
and digits masked; domain-disjoint folds for links; several seeds with intervals, none of which any choice was made on. In
any case: the simulated modern messages, held out by template and by language; the shipped models on what was given; time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assay.kinds.messages.baselines import Peer, plain_link, plain_text
from assay.kinds.messages.bench_modern import SIZE, modern, speed
from assay.kinds.messages.evaluate import scores
from assay.kinds.messages.learned import links, texts
from assay.kinds.messages.learned.detectors import open_models
from assay.kinds.messages.learned.labelled import Labelled, read_labelled
from assay.kinds.messages.learned.masking import without_give_aways, without_numbers
from assay.learning import registry
from assay.learning.evaluate import auc, interval, recall_at

SEEDS = (1, 2, 3)  # of the folds; 10 and up were for choosing
TEXT_FOLDS, LINK_FOLDS = 3, 2
SHIPPED = Path(__file__).parent / "shipped"
# What we set out to reach, on the mean over the seeds.
GOALS = {
    "texts": {"recall_at_0.1%_fpr": 0.92},
    "texts_masked": {"recall_at_0.1%_fpr": 0.86},
    "links": {"recall_at_1%_fpr": 0.80, "auc": 0.98},
}


def bench(data: Path | None = None, *, short: bool = False, seed: int = 1) -> dict[str, Any]:
    """One JSON object. `short`: one seed of the folds, a quarter of the modern messages, no held-out languages."""
    seeds = SEEDS[:1] if short else SEEDS
    found: dict[str, Any] = {"seeds": list(seeds)}
    if data is not None:
        tables = read_labelled(data)
        if tables.texts is not None:
            found |= _texts(tables.texts, seeds)
        if tables.links is not None:
            found["links"] = _links(tables.links, seeds)
        found["goals"] = _goals(found)
        found["shipped"] = _shipped(tables.links)
    found["modern"] = modern(seed, size=SIZE // 4 if short else SIZE, languages_apart=not short)
    found["speed"] = speed(SHIPPED)
    return found


Score = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""`score(rows to learn from, rows to score)`, both indices."""


def _texts(rows: Labelled, seeds: Sequence[int]) -> dict[str, Any]:
    """Raw, masked, and with every known give-away masked; each with the peer on the same words."""
    views: dict[str, Callable[[str], str]] = {
        "texts": str,
        "texts_masked": without_numbers,
        "texts_without_give_aways": without_give_aways,
    }
    found: dict[str, Any] = {}
    for name, mask in views.items():
        content = [mask(text) for text in rows.content]
        ready = texts.TextRows.of(content, rows.group)

        def ours(learn: np.ndarray, test: np.ndarray, ready: texts.TextRows = ready) -> np.ndarray:
            return texts.score_rows(texts.learn(ready, rows.truth, learn), ready, test)

        found[name] = _folded(rows, seeds, TEXT_FOLDS, ours, _peer(plain_text, content, rows.truth))
    found["texts"] |= {
        "rows": len(rows),
        "lures": int(rows.truth.sum()),
        "groups": len(np.unique(rows.group)),
        "groups_of_lures": len(np.unique(rows.group[rows.truth == 1])),
    }
    return found


def _links(rows: Labelled, seeds: Sequence[int]) -> dict[str, Any]:
    ready = links.LinkRows.of(rows.content)

    def ours(learn: np.ndarray, test: np.ndarray) -> np.ndarray:
        return links.score_rows(links.learn(ready, rows.truth, learn), ready, test)

    found = _folded(rows, seeds, LINK_FOLDS, ours, _peer(plain_link, rows.content, rows.truth))
    return found | {"rows": len(rows), "lures": int(rows.truth.sum()), "domains": len(np.unique(rows.group))}


def _peer(peer: Peer, content: Sequence[str], truth: np.ndarray) -> Score:
    def score(learn: np.ndarray, test: np.ndarray) -> np.ndarray:
        return peer([content[i] for i in learn], truth[learn], [content[i] for i in test])

    return score


def _folded(rows: Labelled, seeds: Sequence[int], count: int, ours: Score, peer: Score) -> dict[str, Any]:
    """Each seed folds the groups anew; scores of a seed's folds are pooled, figures averaged over seeds."""
    told: dict[str, list[dict[str, float]]] = {"ours": [], "peer": []}
    for seed in seeds:
        fold = texts.folds(rows.group, count, seed)
        for name, score in (("ours", ours), ("peer", peer)):
            pooled = np.zeros(len(rows))
            for k in range(count):
                test = np.flatnonzero(fold == k)
                pooled[test] = score(np.flatnonzero(fold != k), test)
            told[name].append(_figures(rows, pooled))
    return {name: {key: interval([one[key] for one in each]) for key in each[0]} for name, each in told.items()} | {
        "folds": count
    }


def _figures(rows: Labelled, score: np.ndarray) -> dict[str, float]:
    """Figures of pooled scores; `…_smishing` counts those lures alone that the table calls smishing."""
    found = {"auc": auc(rows.truth, score)}
    for rate, name in ((0.001, "0.1%"), (0.01, "1%"), (0.05, "5%")):
        found[f"recall_at_{name}_fpr"] = recall_at(rows.truth, score, rate)
    smishing = rows.label == "smishing"
    if smishing.any():
        part = smishing | (rows.truth == 0)
        for rate, name in ((0.001, "0.1%"), (0.01, "1%")):
            found[f"recall_at_{name}_fpr_smishing"] = recall_at(rows.truth[part], score[part], rate)
    return found


def _goals(found: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{part} {name}": {"goal": goal, "reached": (mean := found[part]["ours"][name]["mean"]), "met": mean >= goal}
        for part, goals in GOALS.items()
        if part in found
        for name, goal in goals.items()
    }


def _shipped(of_links: Labelled | None) -> dict[str, Any]:
    """The models that ship. The one of texts learned from public texts, perhaps from these: only the figures of its card
    are told, of rows its models had not learned from. The one of links learned from simulated links: it is run on these."""
    found: dict[str, Any] = {}
    for path in registry.find(SHIPPED):
        card = registry.open_folder(path).card
        told = card["figures"]
        found[card["detector"]] = {
            "card": {name: told[name] for name in ("auc", "recall_at_0.1%_fpr", "recall_at_1%_fpr")}
        }
        for source, figures in told["by_source"].items():
            found[card["detector"]]["card"][source] = {
                k: v for k, v in figures.items() if k.startswith(("auc", "recall"))
            }
    for detector in open_models(SHIPPED):
        if detector.name == links.NAME and of_links is not None:
            score = scores(detector, of_links.content)
            here: dict[str, Any] = _figures(of_links, score)
            for name, threshold in detector.bands.items():
                here[f"false_alarms_{name}"] = float(np.mean(score[of_links.truth == 0] >= threshold))
                here[f"recall_{name}"] = float(np.mean(score[of_links.truth == 1] >= threshold))
            found[detector.name]["on_these_links"] = here
    return found
