"""Makes the model folder of the whole-image detector from labelled pictures: autoencoders, twins, networks of the folds and of
all, trees, stack, thresholds, card.

    python -m assay.kinds.images.generated.make --data DIR [--also DIR …] [--later DIR …] --out DIR --work DIR [--minutes 65] [--clean]

Needs PyTorch and onnx, which Assay itself does not. `--work` keeps the autoencoders, so that a second run begins where the first
ended; `--later` names pictures for trees, stack and thresholds alone (their sources dealt to the folds in name order): no network
needs to have seen them, and heads on the CLIP tower do better without; `--clean` uses only sources whose licence lets anybody use them for anything.
"""

from __future__ import annotations

import argparse
import pickle
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from assay import __version__
from assay.core.errors import InvalidSetting
from assay.kinds.images.generated import autoencoders, folds, learn, network, stack, twins, votes
from assay.kinds.images.generated.card import card_of
from assay.kinds.images.generated.pictures import Listed, Picture, listed, opened
from assay.kinds.images.generated.write import write
from assay.learning import TrainReport

MOST_OF_A_SOURCE = 220
LEAST_REAL = 60
LEARNED_AFTER = ("whole", "clean", "worn")  # what the trees and the stack see
Say = Callable[[str], None]


def make(
    data: Sequence[Path], out: Path, work: Path, *, minutes: float = 65.0, clean: bool = False, seed: int = 1,
    licence: str = "", later: Sequence[Path] = (), say: Say = lambda _text: None,
) -> TrainReport:  # fmt: skip
    """Trains everything for about so many minutes of one processor and writes the folder. Raises `InvalidSetting` where there
    are too few real pictures, or no PyTorch."""
    torch = _torch()
    torch.set_num_threads(1)
    every = [line for folder in data for line in listed(folder, clean=clean)]
    lines = thinned(every, seed)
    pictures = opened(lines)
    reals, fakes = ([p for p in pictures if p.truth == truth] for truth in (0, 1))
    if len(reals) < LEAST_REAL:
        raise InvalidSetting(f"{len(reals)} real pictures could be read", hint=f"at least {LEAST_REAL} are needed")
    say(f"{len(reals)} real, {len(fakes)} generated")
    share = minutes * 60
    first = opened([line for line in thinned(every, seed, most=400) if line.truth == 0 and line.split == "train"])
    nets = twins.learned(first or reals, work, seconds=share * 0.227 / len(autoencoders.DESIGNS), seed=seed, say=say)
    pairs = _kept(work / f"pairs-{seed}-{len(reals)}.pickle", lambda: twins.pairs(reals, nets, seed=seed, say=say))
    apart = folds.folds(pictures)
    files: dict[str, bytes] = {}
    told: dict[str, Any] = {"folds": [sorted(f) for f in apart]}
    for name, left_out, seconds in [
        *((f"fold-{i}", f, share * 0.186) for i, f in enumerate(apart)),
        ("model", frozenset[str](), share * 0.216),
    ]:
        stock = learn.Stock(
            [p for p in pairs if p.source not in left_out], [p for p in fakes if p.source not in left_out]
        )
        kept = work / f"{name}.onnx"
        if not kept.is_file():
            # The network of all goes on from where the last fold's ended: it may have seen everything.
            before = work / f"fold-{len(apart) - 1}.pt"
            start = torch.load(before, weights_only=True) if name == "model" and before.is_file() else None
            net, figures = learn.learn(stock, seconds=seconds, seed=seed + len(files), start=start, say=say)
            torch.save(net.state_dict(), work / f"{name}.pt")
            network.export(net, kept)
            say(f"{name}: {figures}")
        files[f"{name}.onnx"] = kept.read_bytes()
    more = opened([line for folder in later for line in listed(folder, clean=clean)])
    told["folds"] = dealt(told["folds"], more)
    aside = sorted({p.source for p in more})
    return finish(
        [*pictures, *more], files, told, out, seed=seed, licence=licence, minutes=minutes, say=say, aside=aside
    )


def finish(
    pictures: Sequence[Picture], files: dict[str, bytes], told: dict[str, Any], out: Path, *, seed: int, licence: str,
    minutes: float, say: Say, found: votes.Samples | None = None, aside: Sequence[str] = (),
) -> TrainReport:  # fmt: skip
    """Trees, heads, stack, thresholds and card for networks that are there; writes the folder. Heads do not learn from the
    sources `aside`."""
    from assay.vision.generated import run_of

    apart = [frozenset(f) for f in told["folds"]]
    runs = {name: run_of(content) for name, content in files.items()}
    networks = [runs[f"fold-{i}.onnx"] for i in range(len(apart))]
    say("votes out of fold")
    found = found or votes.samples(pictures, LEARNED_AFTER, seed=seed)
    out_of_fold = votes.out_of_fold(found, found, apart, networks, runs["model.onnx"], aside=aside)
    features, figures = fitted(found, out_of_fold, apart)
    texts = {"trees.txt": votes.learn_trees(found, seed=seed).model_to_string()}
    if votes.seen(found).any():
        weight, level = votes.learn_head(found.of(~np.isin(found.source, aside)))
        features["clip"] = {"weights": [float(f"{w:.4g}") for w in weight], "level": round(level, 4)}
    card = card_of(pictures, figures, seed=seed, licence=licence, minutes=minutes, version=__version__)
    version = write(out, {**texts, **files}, features | told, card)
    return TrainReport(out, version, figures)


def fitted(
    found: votes.Samples, out_of_fold: dict[str, np.ndarray], apart: Sequence[frozenset[str]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `features.json` holds but for trees and networks, and the figures that the folds come to."""
    from assay.kinds.images.generated.figures import by_source
    from assay.vision import residuals

    stacks, doubts, apart_scores = {}, {}, {}
    large = found.side >= 256 if (found.side >= 256).sum() > 50 else np.ones(len(found), bool)
    for name, voters in (("plain", stack.PLAIN), ("with clip", stack.WITH_CLIP)):
        if not all(voter in out_of_fold for voter in voters):
            continue
        rows = np.all([np.isfinite(out_of_fold[voter]) for voter in voters], axis=0)
        given = {voter: out_of_fold[voter][rows] for voter in voters}
        truth, source = found.truth[rows], found.source[rows]
        stacks[name] = stack.fit(given, voters, truth, source)
        score = np.full(len(found), np.nan)
        score[rows] = stack.stacked_apart(given, voters, truth, source, apart)
        sound = rows & large
        probability = 1 / (1 + np.exp(-score[sound]))
        doubts[name] = list(stack.doubt(probability, found.truth[sound], found.source[sound]))
        apart_scores[name] = score
    features = {
        "statistics": list(residuals.names()),
        "stacks": stacks,
        "heat": [stacks["plain"]["network"], stacks["plain"]["level"]],
        "doubt": doubts,
        "typical": stack.typical(found.statistics),
    }
    figures = {}
    for name, score in apart_scores.items():
        for handling in LEARNED_AFTER:
            rows = (found.handling == handling) & large & np.isfinite(score)
            if rows.any():
                figures[f"{name}, {handling}"] = by_source(found.of(rows), score[rows], apart)
    return features, figures


def dealt(apart: Sequence[Sequence[str]], more: Sequence[Picture]) -> list[list[str]]:
    """The folds with the sources of further pictures, one after another."""
    out = [list(fold) for fold in apart]
    for place, source in enumerate(sorted({p.source for p in more})):
        out[place % len(out)].append(source)
    return out


def thinned(lines: Sequence[Listed], seed: int, most: int = MOST_OF_A_SOURCE) -> list[Listed]:
    """At most `most` real pictures of a source, by chance."""
    rng = np.random.default_rng(seed)
    by: dict[str, list[Listed]] = {}
    for line in lines:
        by.setdefault(line.source, []).append(line)
    return [
        rows[i]
        for rows in by.values()
        for i in (range(len(rows)) if rows[0].truth or len(rows) <= most else rng.permutation(len(rows))[:most])
    ]  # fmt: skip


def _torch() -> Any:
    try:
        import_module("onnx")
        return import_module("torch")
    except ImportError:
        raise InvalidSetting("PyTorch and onnx are not installed", hint="pip install 'assay[train]'") from None


def _kept(path: Path, make_it: Callable[[], Any]) -> Any:
    """Made once and kept in the working folder, which is the maker's own."""
    if path.is_file():
        return pickle.loads(path.read_bytes())  # noqa: S301
    made = make_it()
    path.write_bytes(pickle.dumps(made))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--also", type=Path, nargs="*", default=[])
    parser.add_argument("--later", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=65.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clean", action="store_true")
    given = parser.parse_args()
    begun = time.process_time()

    def say(text: str) -> None:
        print(f"{time.process_time() - begun:7.0f} s  {text}", flush=True)

    report = make(
        [given.data, *given.also],
        given.out,
        given.work,
        minutes=given.minutes,
        clean=given.clean,
        seed=given.seed,
        later=given.later,
        say=say,
    )
    print(report)


if __name__ == "__main__":
    main()
