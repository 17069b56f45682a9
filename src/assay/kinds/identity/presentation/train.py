"""`assay train liveness --data DIR`: learns the model of presentation attacks from labelled pictures, the operator's own or those
of a manifest. What a manifest keeps for testing (split "dev") is not learned from.
"""

from __future__ import annotations

import msgspec
import numpy as np

from assay import __version__
from assay.core.errors import InvalidSetting
from assay.kinds.identity.presentation import iso
from assay.kinds.identity.presentation.learn import (
    Learn,
    Measured,
    Score,
    balanced,
    fit,
    left_out,
    measure,
    thresholds,
)
from assay.kinds.identity.presentation.model import FILE, TREES
from assay.kinds.identity.presentation.pictures import presentations
from assay.learning import TrainReport, TrainRequest, registry

LEAST = 10  # pictures of each side


def train(request: TrainRequest) -> TrainReport:
    """Raises `InvalidSetting` where there are fewer than ten pictures of either side with a face."""
    found = [one for one in presentations(request.data) if one.split != "dev"]
    measured = measure(found, seed=int(request.options.get("seed", 1)))
    attack = np.array([bool(one.species) for one in found])
    own = measured.row[measured.copy == 0]
    if min(int(attack[own].sum()), int((~attack[own]).sum())) < LEAST:
        raise InvalidSetting(
            f"{int((~attack[own]).sum())} bona fide and {int(attack[own].sum())} attack pictures with a face",
            where=str(request.data),
            hint=f"at least {LEAST} of each are needed",
        )
    sources = [one.source for one in found]
    bad = attack[measured.row]
    model = fit(measured.names, measured.values, bad, balanced([sources[i] for i in measured.row], bad))
    several = len(set(sources)) > 1
    scored = left_out(found, measured, learner(measured.names)) if several else _within(measured, attack, len(found))
    low, high = thresholds(attack, scored)
    line = msgspec.structs.replace(model.line, low=round(low, 4), high=round(high, 4))
    species = [one.species for one in found]
    figures = {
        "pictures": {
            "bona fide": int((~attack[own]).sum()),
            "attacks": int(attack[own].sum()),
            "no face": len(measured.unseen),
        },
        "held out": "each source by a model of the others"
        if several
        else "each tenth by a model of the rest: one source only",
        "auc": iso.auc(scored, species),
        "auc by source": iso.auc_by(scored, species, sources),
        "at the upper threshold": iso.detection(scored, species, high),
        "at the lower threshold": iso.detection(scored, species, low),
    }
    card = {
        "detector": "identity.presentation",
        "assay": __version__,
        "data": {
            "name": request.data.name,
            "licence": str(request.options.get("licence", "unknown")),
            "sources": {name: sources.count(name) for name in sorted(set(sources))},
        },
        "figures": figures,
        "fails": "cameras, screens, papers and masks unlike those of the sources; few people; pictures saved again or shrunk",
        "rebuild": f"assay train liveness --data {request.data.name} --out {request.out.name}",
    }
    text = msgspec.json.format(msgspec.json.encode(line)).decode()
    folder = registry.save(request.out, {FILE: text, TREES: model.trees.model_to_string()}, card)
    return TrainReport(request.out, folder.version, figures)


def learner(names: list[str]) -> Learn:
    """What `left_out` takes: this room's model."""

    def learn(values: np.ndarray, attack: np.ndarray, weights: np.ndarray) -> Score:
        return fit(names, values, attack, weights).scores

    return learn


def _within(measured: Measured, attack: np.ndarray, count: int) -> np.ndarray:
    """Scores of each tenth of one source by a model of the rest."""
    out = np.full(count, np.nan)
    part = measured.row % 10
    for k in range(10):
        train, test = part != k, (part == k) & (measured.copy == 0)
        bad = attack[measured.row[train]]
        if test.any() and bad.any() and not bad.all():
            model = fit(measured.names, measured.values[train], bad, balanced([""] * int(train.sum()), bad))
            out[measured.row[test]] = np.where(measured.blurred[test], np.nan, model.scores(measured.values[test]))
    return out
