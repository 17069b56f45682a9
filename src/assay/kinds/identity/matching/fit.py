"""Finds the neighbourhoods of `population` and measures how rarely strangers come near, from folders of pictures of people.

    python -m assay.kinds.identity.matching.fit --data FOLDER --fit A B --held C D … --out FOLDER

The centres come from the folders of `--fit`. The rates are counted over pairs of pictures from two different folders, which
hardly ever show one person: those of `--fit` in halves, each half by centres of the other.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import msgspec
import numpy as np

from assay import __version__
from assay.kinds.identity.matching.population import FILE, Population
from assay.kinds.identity.seen import Seen
from assay.learning import registry

NEIGHBOURHOODS = 4  # fewer even out less, more have too few people each to be nobody's face
SHARES = tuple(round(0.2 + 0.025 * i, 3) for i in range(28))
FEW, SOME = 5, 50  # strangers within a share: fewer are no basis, and between the two the tail's slope is taken
SEED = 1


def embeddings(folder: Path) -> np.ndarray:
    """float32[n, 128] of the largest face of every picture in a folder, in name order."""
    found = []
    for path in sorted(folder.iterdir()):
        face = Seen(path.read_bytes()).embedding
        if face is not None:
            found.append(face)
    return np.array(found, np.float32).reshape(-1, 128)


def neighbourhoods(faces: np.ndarray, count: int = NEIGHBOURHOODS, seed: int = SEED) -> Population:
    """Centres and spreads of faces float32[n, 128] by k-means."""
    from sklearn.cluster import KMeans

    fitted = KMeans(count, n_init=5, random_state=seed).fit(faces)
    spreads = [float(faces[fitted.labels_ == k].var(0).sum()) for k in range(count)]
    centres = [[round(float(v), 4) for v in centre] for centre in fitted.cluster_centers_]
    return Population(centres, [round(spread, 4) for spread in spreads])


def expected(population: Population, faces: np.ndarray) -> np.ndarray:
    """`Population.expected` of each row."""
    centres = np.array(population.centres)
    return np.asarray((((faces[:, None] - centres) ** 2).sum(2) + np.array(population.spreads)).min(1))


def shares(population: Population, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """`Population.share` of every pair, (n, m)."""
    apart = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2 * one @ other.T
    stranger = (expected(population, one)[:, None] + expected(population, other)) / 2
    return np.asarray(np.sqrt(np.maximum(apart, 0) / stranger))


def strangers(fit: dict[str, np.ndarray], held: dict[str, np.ndarray]) -> Iterator[tuple[str, str, np.ndarray]]:
    """(folder, folder, shares) of pairs across folders, none of which its centres were made from."""
    orders = {name: np.random.default_rng(SEED).permutation(len(faces)) for name, faces in fit.items()}
    for half in (0, 1):
        population = neighbourhoods(np.concatenate([faces[orders[n][half::2]] for n, faces in fit.items()]))
        rest = {name: faces[orders[name][1 - half :: 2]] for name, faces in fit.items()}
        for one, other in combinations([*rest, *held], 2):
            if half and one in held:
                continue  # counted once
            sets = rest | held
            yield one, other, shares(population, sets[one], sets[other]).ravel()


def upper(count: int, n: int) -> float:
    """The upper bound of 95 %, one-sided, on a rate of which `count` in `n` were seen (Clopper and Pearson 1934)."""
    from scipy.stats import beta

    return float(beta.ppf(0.95, count + 1, n - count)) if count < n else 1.0


def rates(every: np.ndarray) -> list[tuple[float, float]]:
    """Share -> upper bound on the rate at which strangers lie that near. Below the share at which fewer than `FEW` did, the
    bound falls as it does between there and `SOME`: in its logarithm linearly, where the tail of a normal distribution
    would fall faster."""
    counts = np.array([(every <= share).sum() for share in SHARES])
    bounds = np.array([upper(int(count), len(every)) for count in counts])
    first, then = (int(np.argmax(counts >= least)) for least in (FEW, SOME))
    if counts[-1] >= SOME and then > first:
        slope = (np.log(bounds[then]) - np.log(bounds[first])) / (then - first)
        bounds[:first] = bounds[first] * np.exp(slope * (np.arange(first) - first))
    return [(share, float(f"{bound:.2e}")) for share, bound in zip(SHARES, bounds.tolist(), strict=True)]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--fit", nargs="+", required=True)
    parser.add_argument("--held", nargs="+", required=True)
    parser.add_argument("--licence", default="unknown")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    fit, held = ({name: embeddings(given.data / name) for name in names} for names in (given.fit, given.held))
    pairs = list(strangers(fit, held))
    every = np.concatenate([found for _, _, found in pairs])
    population = msgspec.structs.replace(neighbourhoods(np.concatenate(list(fit.values()))), rates=rates(every))
    limits = (0.5, 0.65, 0.8)
    figures = {
        "pictures": {name: len(faces) for name, faces in (fit | held).items()},
        "pairs": len(every),
        "at or below": {str(limit): int((every <= limit).sum()) for limit in limits},
        "worst folders": {
            str(limit): max((float((found <= limit).mean()), f"{one} with {other}") for one, other, found in pairs)
            for limit in limits
        },
    }
    card = {
        "detector": "identity.match",
        "assay": __version__,
        "data": {"fit": given.fit, "held": given.held, "licence": given.licence},
        "figures": figures,
        "extrapolated": f"rates of shares within which fewer than {FEW} pairs lay",
        "fails": "pairs across folders are not independent; ages and peoples that the folders lack; lookalikes and twins",
        "rebuild": "python -m assay.kinds.identity.matching.fit",
    }
    folder = registry.save(given.out, {FILE: msgspec.json.format(msgspec.json.encode(population)).decode()}, card)
    print(json.dumps({"version": folder.version} | figures, indent=1))


if __name__ == "__main__":
    main()
