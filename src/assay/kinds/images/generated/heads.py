"""Heads on the CLIP tower that sources can hardly be told by: Fisher's discriminant on each block, in which directions along which
sources of one class differ from each other count as noise (nuisance attributes; Solomonoff et al. 2005, within-class covariance
normalisation; Hatch et al. 2006).

A source differs from another by its subjects, its cameras and its saves; what is left where these weigh little is what all
generators at hand share. Plain logistic regression learns a good deal of the former.
"""

from __future__ import annotations

import numpy as np

NUISANCE = 3.0  # how much more the spread between sources counts than that within them
SHRINK = 30.0  # of the spread towards the same in all directions, in its own mean
_REACH = 2.0  # where the middles of the two classes come to lie, in log-odds: the stack weighs it anew


def heads(tokens: np.ndarray, truth: np.ndarray, source: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, float]:
    """The mean of one discriminant a token: float32 (n, tokens, width), truth (n,) 0 or 1, the source and the weight of each
    sample -> weights float64[tokens * width] and level, such that the classes' middles lie at `_REACH` and below 0 as far."""
    count = tokens.shape[1]
    line, level = np.zeros((count, tokens.shape[2])), 0.0
    for at in range(count):
        numbers = tokens[:, at].astype(np.float64)
        middle, scale = numbers.mean(0), numbers.std(0) + 1e-6
        numbers = (numbers - middle) / scale
        of_class = [np.average(numbers[truth == c], axis=0, weights=weight[truth == c]) for c in (0, 1)]
        apart = of_class[1] - of_class[0]
        direction = np.linalg.solve(_spread(numbers, truth, source), apart)
        direction *= 2 * _REACH / max(float(direction @ apart), 1e-9)
        line[at] = direction / scale / count
        level -= float(direction @ (of_class[0] + of_class[1])) / 2 / count + float(line[at] @ middle)
    return line.ravel(), level


def _spread(numbers: np.ndarray, truth: np.ndarray, source: np.ndarray) -> np.ndarray:
    """float64 (width, width): within sources, each by the root of its size, and between those of a class; shrunk."""
    width = numbers.shape[1]
    within, between, heard = np.zeros((width, width)), np.zeros((width, width)), 0.0
    for c in (0, 1):
        means = []
        for name in np.unique(source[truth == c]):
            rows = numbers[(truth == c) & (source == name)]
            means.append(rows.mean(0))
            within += (rows - means[-1]).T @ (rows - means[-1]) / len(rows) ** 0.5
            heard += len(rows) ** 0.5
        differ = np.array(means) - np.mean(means, axis=0)
        between += differ.T @ differ / max(1, len(means) - 1) / 2
    within /= heard
    return np.asarray(within + NUISANCE * between + (SHRINK * np.trace(within) / width + 1e-6) * np.eye(width))


__all__ = ["heads"]
