"""`assay train images --data DIR --out DIR`: learns anew to tell generated pictures, from an operator's own.

DIR holds `manifest.csv` (path, label, source, and generator, licence, split where known), or the folders `real` and `generated`
with one sub-folder per source. Three sources of each are the least from which folds can say anything. With PyTorch everything is
trained; without it the shipped networks stay and their votes are weighed anew with trees learned on DIR. `--licence clean`
uses only sources whose licence lets anybody use them for anything.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from assay.core.errors import InvalidSetting
from assay.kinds.images.generated.write import free
from assay.learning import TrainReport, TrainRequest

LEAST = 20  # pictures of each kind


def train(request: TrainRequest) -> TrainReport:
    """Writes `request.out`, to be put as `generated` into the room's folder of models. Options: `seed`, `licence`, `minutes`
    (of one processor, 65 by default). Raises `InvalidSetting` where there are too few pictures, and
    `ModelError` where `out` holds other files."""
    free(request.out)
    clean = str(request.options.get("licence", "")).lower() == "clean"
    seed, minutes = int(request.options.get("seed", 1)), float(request.options.get("minutes", 65))
    licence = str(request.options.get("licence", ""))
    work = request.out.parent / f".{request.out.name}.work"
    if find_spec("torch") is None or find_spec("onnx") is None:
        return weighed_anew(request.data, request.out, clean=clean, seed=seed, licence=licence)
    from assay.kinds.images.generated.make import make

    return make([request.data], request.out, work, minutes=minutes, clean=clean, seed=seed, licence=licence)


def weighed_anew(data: Path, out: Path, *, clean: bool, seed: int, licence: str) -> TrainReport:
    """The shipped networks with trees, head, stack and thresholds learned from `data`; no PyTorch is needed."""
    from assay.kinds.images.generated.folds import folds
    from assay.kinds.images.generated.make import finish, thinned
    from assay.kinds.images.generated.pictures import listed, opened
    from assay.kinds.images.generated.write import read_features
    from assay.vision.generated import SHIPPED

    pictures = opened(thinned(listed(data, clean=clean), seed))
    count = [sum(p.truth == truth for p in pictures) for truth in (0, 1)]
    if min(count) < LEAST:
        raise InvalidSetting(
            f"{count[0]} real and {count[1]} generated pictures could be read", where=str(data),
            hint=f"at least {LEAST} of each are needed",
        )  # fmt: skip
    whole = (SHIPPED / "model.onnx").read_bytes()
    shipped = [frozenset(fold) for fold in read_features(SHIPPED)["folds"]]
    known = frozenset().union(*shipped)
    if any(p.source in known for p in pictures):  # votes on what the networks learned from must come from their folds
        apart, networks = shipped, [(SHIPPED / f"fold-{i}.onnx").read_bytes() for i in range(len(shipped))]
    else:
        apart = folds(pictures)
        networks = [whole] * len(apart)
    files = {"model.onnx": whole} | {f"fold-{i}.onnx": content for i, content in enumerate(networks)}
    told = {"folds": [sorted(fold) for fold in apart]}
    return finish(pictures, files, told, out, seed=seed, licence=licence, minutes=0.0, say=lambda _text: None)


__all__ = ["train", "weighed_anew"]
