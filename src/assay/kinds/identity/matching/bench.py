"""Figures of face match and of the search for duplicates, for the room's bench: how often strangers come as near as one person,
by share and by the plain distance, and how long a search among many takes.

Pairs of strangers are of pictures from two different folders; pairs of one person are frames of one film, and the bona fide
pictures of folders that show one person each. Neither is large: a few people, one session each.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from assay.kinds.identity.matching.compare import DIFFER, MATCH
from assay.kinds.identity.matching.fit import embeddings, shares, upper
from assay.kinds.identity.matching.population import population
from assay.kinds.identity.presentation.iso import rate
from assay.kinds.identity.seen import Seen

DLIB = 0.6  # the distance that the network's author gives
_FILM_FRAMES = 5
_REACH = 0.4  # Euclidean, within which the search tells of faces
_SIZES = (10_000, 100_000, 1_000_000)


def figures(strangers: Sequence[Path], persons: Sequence[Path], films: Sequence[Path]) -> dict[str, Any]:
    """`strangers`: folders of pictures of many people; `persons`: folders of pictures of one person each."""
    sets = {folder.name: embeddings(folder) for folder in strangers}
    pairs = [(a, b, *_pairs(sets[a], sets[b])) for a, b in combinations(sets, 2) if len(sets[a]) and len(sets[b])]
    one = [_within(embeddings(folder)) for folder in persons] + [_within(_frames(film)) for film in films]
    told: dict[str, Any] = {"pictures": {name: len(faces) for name, faces in sets.items()}}
    if not pairs or not one:
        return told
    apart, near = (np.concatenate([pair[2 + i] for pair in pairs]) for i in (0, 1))
    same, same_near = (np.concatenate([pair[i] for pair in one]) for i in (0, 1))
    return told | {
        "strangers": len(apart),
        "one_person": {"pairs": len(same), "people_at_most": len(one)},
        "share": _measured(apart, same, MATCH, [(a, b, s) for a, b, s, _ in pairs])
        | {
            "differ_at": DIFFER,
            "strangers_left_open": rate(int(((apart > MATCH) & (apart <= DIFFER)).sum()), len(apart)),
        },
        "baseline_distance": _measured(near, same_near, DLIB, [(a, b, d) for a, b, _, d in pairs]),
    }


def _measured(
    apart: np.ndarray, same: np.ndarray, limit: float, by: list[tuple[str, str, np.ndarray]]
) -> dict[str, Any]:
    """False matches and non-matches at a limit, the worst and best pair of folders, and the equal error rate."""
    rates = {f"{a} with {b}": float((values <= limit).mean()) for a, b, values in by}
    worst = max(rates, key=lambda name: rates[name])
    at_rate = {}
    for level in (1e-3, 1e-4):
        edge = float(np.quantile(apart, level))
        at_rate[f"false_non_match_at_{level:g}"] = rate(int((same > edge).sum()), len(same))
    return {
        "limit": limit,
        "false_match": rate(int((apart <= limit).sum()), len(apart)) | {"bound_95": upper(int((apart <= limit).sum()), len(apart))},
        "false_non_match": rate(int((same > limit).sum()), len(same)),
        "worst_folders": {"folders": worst, "false_match": rates[worst]},
        "best_folders_false_match": min(rates.values()),
        "equal_error": _equal_error(apart, same),
    } | at_rate  # fmt: skip


def _equal_error(apart: np.ndarray, same: np.ndarray) -> float:
    edges = np.unique(np.quantile(same, np.linspace(0, 1, 201)))
    false_match = np.searchsorted(np.sort(apart), edges, side="right") / len(apart)
    false_non_match = 1 - np.searchsorted(np.sort(same), edges, side="right") / len(same)
    at = int(np.argmin(np.abs(false_match - false_non_match)))
    return float((false_match[at] + false_non_match[at]) / 2)


def _pairs(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares and distances of every pair across."""
    apart = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2 * one @ other.T
    return shares(population(), one, other).ravel(), np.sqrt(np.maximum(apart, 0)).ravel()


def _within(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if len(faces) < 2:
        return np.empty(0), np.empty(0)
    above = np.triu_indices(len(faces), 1)
    share, apart = _pairs(faces, faces)
    n = len(faces)
    return share.reshape(n, n)[above], apart.reshape(n, n)[above]


def _frames(film: Path) -> np.ndarray:
    """Embeddings of a few frames spread over a film."""
    import cv2

    found = []
    for pixels in _spread(film):
        face = Seen(bytes(cv2.imencode(".png", pixels)[1])).embedding
        if face is not None:
            found.append(face)
    return np.array(found, np.float32).reshape(-1, 128)


def _spread(film: Path) -> Iterator[np.ndarray]:
    import cv2

    reader = cv2.VideoCapture(str(film))
    count = int(reader.get(cv2.CAP_PROP_FRAME_COUNT))
    wanted = {int(count * (i + 0.5) / _FILM_FRAMES) for i in range(_FILM_FRAMES)}
    for number in range(min(count, 2000)):
        if not reader.grab():
            break
        if number in wanted:
            ok, pixels = reader.retrieve()
            if ok:
                yield np.asarray(pixels)
    reader.release()


def search(sizes: Sequence[int] = _SIZES, seed: int = 1) -> dict[str, Any]:
    """Milliseconds of CPU to look one face up among so many made-up ones, beside plain float32 arithmetic."""
    from assay.memory.nearest import scan_vectors
    from assay.memory.vectors import MATCHES, SCALE

    random, told = np.random.default_rng(seed), {}
    at, squared = np.empty(MATCHES, np.int64), np.empty(MATCHES, np.int64)
    limit = int((_REACH * SCALE) ** 2)
    for size in sizes:
        faces = random.normal(0, 0.12, (size, 128)).astype(np.float32)
        rows = np.clip(np.rint(faces * SCALE), -127, 127).astype(np.int8)
        told[str(size)] = {
            "milliseconds": _cpu(partial(scan_vectors, rows, size, rows[7].copy(), limit, at, squared)),
            "float32_milliseconds": _cpu(partial(_plainly, faces, faces[7])),
            "megabytes": rows.nbytes / 1e6,
        }
    return told


def _plainly(faces: np.ndarray, face: np.ndarray) -> int:
    return int(np.linalg.norm(faces - face, axis=1).argmin())


def _cpu(work: Any, times: int = 7) -> float:
    spent = []
    for _ in range(times):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return float(np.median(spent) * 1000)
