"""Learns to tell made-up names from people's. People's names are the operator's list, one a line (domains, or plain names); made-up
ones come from `makers`. The chain learns from one part of the list, the trees from another, the limit is read on a third."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assay import __version__
from assay.core.errors import AssayError
from assay.kinds.networks.generated.letters import FEATURES, Chain, features
from assay.kinds.networks.generated.makers import made_up
from assay.kinds.networks.generated.model import NAME, judgeable, label_of
from assay.learning import TrainReport, TrainRequest, registry

MOST = 2_000_000
LEAST = 2_000
_PARTS = (0.5, 0.85)  # chain up to the first, trees up to the second, the limit from there on
_TREES = {
    "objective": "binary", "num_leaves": 15, "learning_rate": 0.08, "min_data_in_leaf": 100, "verbose": -1, "num_threads": 1,
    "deterministic": True, "force_row_wise": True,
}  # fmt: skip


def names_of(path: Path) -> list[str]:
    """Labels of a list that can be judged, each once, in order of the alphabet."""
    found = set()
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file):
            if number >= MOST:
                break
            told = line.strip().lower()
            label = label_of(told) if "." in told else told
            if judgeable(label):
                found.add(label)
    return sorted(found)


def train(request: TrainRequest) -> TrainReport:
    """`request.data`: a text file of names that people chose."""
    import lightgbm

    seed = int(request.options.get("seed", 1))
    names = names_of(request.data)
    if len(names) < LEAST:
        raise AssayError(
            f"{len(names)} names can be judged", where=str(request.data), hint=f"at least {LEAST} are needed"
        )
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(names))
    first, second = (int(len(names) * share) for share in _PARTS)
    chain = Chain.learn(names[i] for i in order[:first])
    ours = [names[i] for i in order[first:second]]
    made = [name for _, name in made_up(rng, len(ours)) if judgeable(name)]
    rows = np.array([features(chain, name) for name in ours + made])
    truth = np.concatenate([np.zeros(len(ours)), np.ones(len(made))])
    data = lightgbm.Dataset(rows, truth, feature_name=list(FEATURES))
    trees = lightgbm.train({**_TREES, "seed": seed}, data, num_boost_round=150)
    kept = np.asarray(trees.predict(np.array([features(chain, names[i]) for i in order[second:]])))
    others = [name for _, name in made_up(np.random.default_rng(seed + 1), 4000) if judgeable(name)]
    caught = np.asarray(trees.predict(np.array([features(chain, name) for name in others])))
    limit = float(np.quantile(kept, 0.99))
    figures: dict[str, Any] = {
        "limit": limit, "names": len(names), "names for the limit": len(kept),
        "makers' names above the limit": round(float((caught > limit).mean()), 3),
    }  # fmt: skip
    card = {
        "detector": NAME, "assay": __version__, "figures": figures,
        "about": "Which names a machine made up, by how their letters follow one another.",
        "data": [{"name": request.data.name, "sha256": registry.file_hash(request.data), "rows": len(names),
                  "licence": str(request.options.get("licence", "unknown"))},
                 {"name": "generators in the manner of published families", "rows": len(made), "licence": "ours"}],
        "fails": "Names joined from dictionary words (Suppobox, Matsnu, Gozi, Nymaim); short names; names in rare languages.",
    }  # fmt: skip
    files = {"chain.json": registry.dumps(chain.plain()), "trees.txt": trees.model_to_string()}
    folder = registry.save(request.out, files, card)
    return TrainReport(request.out, folder.version, figures)


__all__ = ["names_of", "train"]
