"""A made-up town: crossings on a bent and turned lattice, a lane each way between neighbours, and a curve for every turn.

An edge is a lane or a curve, as a table of points at equal lengths along it. Metres; the origin is drawn too, so that no place
means anything.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

POINTS = 17  # of every edge
_TRIM, _LANE = (
    14.0,
    1.8,
)  # metres from a crossing's middle to where its lanes end, and from a road's middle to its lane's


class Streets(NamedTuple):
    """points float64[edges, POINTS, 2]; length float64[edges]; follows int64[edges, 3], the edges after each (-1: none); curve
    bool[edges]; axis int8[edges]: which of two light phases a lane ends at; node int64[edges] where it ends."""

    points: np.ndarray
    length: np.ndarray
    follows: np.ndarray
    curve: np.ndarray
    axis: np.ndarray
    node: np.ndarray


def streets(rng: np.random.Generator, columns: int = 5, rows: int = 4) -> Streets:
    """A town of columns x rows crossings, 150 to 260 m apart."""
    place = np.stack(
        np.meshgrid(np.cumsum(rng.uniform(150, 260, columns)), np.cumsum(rng.uniform(150, 260, rows)), indexing="ij"), 2
    )
    place += rng.uniform(-25, 25, place.shape)
    angle = rng.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    place = place @ turn.T + rng.uniform(-4e4, 4e4, 2)
    lanes: list[tuple[tuple[int, int], tuple[int, int]]] = []
    for i in range(columns):
        for j in range(rows):
            for di, dj in ((1, 0), (0, 1)):
                if i + di < columns and j + dj < rows:
                    lanes += [((i, j), (i + di, j + dj)), ((i + di, j + dj), (i, j))]
    points, curve, axis, node = [], [], [], []
    for a, b in lanes:
        start, end = place[a], place[b]
        ahead = (end - start) / np.hypot(*(end - start))
        right = np.array([ahead[1], -ahead[0]]) * _LANE
        points.append(np.linspace(start + ahead * _TRIM + right, end - ahead * _TRIM + right, POINTS))
        curve.append(False)
        axis.append(0 if a[1] == b[1] else 1)
        node.append(b[0] * rows + b[1])
    follows: list[list[int]] = [[] for _ in lanes]
    for n, (a, b) in enumerate(lanes):
        for m, (c, d) in enumerate(lanes):
            if c == b and d != a:
                follows[n].append(len(points))
                points.append(_curved(points[n], points[m]))
                curve.append(True)
                axis.append(0)
                node.append(-1)
                follows.append([m])
    table = np.full((len(points), 3), -1, np.int64)
    for n, after in enumerate(follows):
        table[n, : len(after)] = after[:3]
    whole = np.array(points)
    length = np.hypot(*np.diff(whole, axis=1).transpose(2, 0, 1)).sum(axis=1)
    return Streets(whole, length, table, np.array(curve), np.array(axis, np.int8), np.array(node))


def _curved(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Points at equal lengths along a cubic from the end of one lane to the start of another, tangent to both."""
    p, q = before[-1], after[0]
    u, v = before[-1] - before[-2], after[1] - after[0]
    reach = 0.55 * np.hypot(*(q - p))
    a, b = p + u / np.hypot(*u) * reach * 0.7, q - v / np.hypot(*v) * reach * 0.7
    t = np.linspace(0, 1, 200)[:, None]
    path = (1 - t) ** 3 * p + 3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t**2 * b + t**3 * q
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    even = np.linspace(0, along[-1], POINTS)
    return np.stack([np.interp(even, along, path[:, 0]), np.interp(even, along, path[:, 1])], axis=1)


__all__ = ["POINTS", "Streets", "streets"]
