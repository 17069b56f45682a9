"""The link graph: what an entity was seen together with, in two arcs around it.

Neighbours stand on a left and a right arc at even heights, so names never overlap however many there are; kinds stay
together, and within a kind neighbours stand near those they share evidence with (the barycentre rule of Sugiyama et al.
1981), so that rings show as bundles. No randomness: the same links always give the same picture.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from assay.console.charts import num, svg
from assay.core.entity import Entity

DRAWN = 36  # neighbours in the picture; the list has all
KINDS_DRAWN = 8  # kinds beyond this many share the last shape
SWEEPS = 6
LINE = 24  # pixels between names on an arc


class Node(NamedTuple):
    """An entity of the graph; `flagged` where a decision that names it was reviewed or blocked."""

    entity: Entity
    href: str
    flagged: bool = False


class Edge(NamedTuple):
    """Two entities seen together so many `times`."""

    a: Entity
    b: Entity
    times: int


def closest(centre: Entity, edges: Sequence[Edge], most: int = DRAWN) -> list[Entity]:
    """The neighbours most often seen with the centre, then the others, busiest first; at most `most`."""
    near: Counter[Entity] = Counter()
    for a, b, count in edges:
        for entity, other in ((a, b), (b, a)):
            if entity != centre:
                near[entity] += count * 1000 if other == centre else 0
    return sorted(near, key=lambda e: (-near[e], e))[:most]


def arcs(centre: Entity, nodes: Sequence[Entity], edges: Sequence[Edge]) -> tuple[list[Entity], list[Entity]]:
    """The neighbours of the left and of the right arc, top to bottom: whole kinds to the side with more room."""
    kinds: dict[str, list[Entity]] = {}
    for entity in sorted(set(nodes) - {centre}):
        kinds.setdefault(entity.kind, []).append(entity)
    sides: tuple[list[Entity], list[Entity]] = ([], [])
    for _, members in sorted(kinds.items(), key=lambda item: (-len(item[1]), item[0])):
        small = min(sides, key=len)
        other = sides[1] if small is sides[0] else sides[0]
        fits = max(0, (len(other) + len(members) - len(small) + 1) // 2) if other else (len(members) + 1) // 2
        small += members if len(kinds) > 1 and len(small) + len(members) <= len(other) + 4 else members[:fits]
        other += [m for m in members if m not in small]
    tied: dict[Entity, Counter[Entity]] = {}
    for a, b, count in edges:
        if centre not in (a, b):
            tied.setdefault(a, Counter())[b] += count
            tied.setdefault(b, Counter())[a] += count
    for _ in range(SWEEPS):
        height = {e: i / max(1, len(side) - 1) for side in sides for i, e in enumerate(side)}
        for side in sides:
            first = {kind: min(height[e] for e in side if e.kind == kind) for kind in {e.kind for e in side}}
            side.sort(key=lambda e: (first[e.kind], e.kind, _pull(e, tied, height), e))
    return sides


def _pull(entity: Entity, tied: Mapping[Entity, Mapping[Entity, int]], height: Mapping[Entity, float]) -> float:
    """Where its ties would have it stand: the mean height of the others, by how often they were seen together."""
    ties = {other: count for other, count in tied.get(entity, {}).items() if other in height}
    total = sum(ties.values())
    return math.fsum(height[o] * c for o, c in ties.items()) / total if total else height[entity]


def draw(centre: Node, nodes: Sequence[Node], edges: Sequence[Edge], label: str, width: int = 640) -> Markup:
    """The picture: shape and shade by kind, a ring around the flagged, thicker lines for more events together."""
    known = {node.entity: node for node in nodes}
    shown = closest(centre.entity, edges)
    left, right = arcs(centre.entity, shown, edges)
    rows = max(len(left), len(right), 4)
    height = rows * LINE + 48
    middle_x, middle_y = width / 2, height / 2
    reach = min(150.0, width / 2 - 104)
    at = {centre.entity: (middle_x, middle_y)}
    for side, sign in ((left, -1), (right, 1)):
        top = middle_y - (len(side) - 1) * LINE / 2
        for i, entity in enumerate(side):
            y = top + i * LINE
            bow = math.sqrt(max(0.0, 1 - ((y - middle_y) / (middle_y + 24)) ** 2))
            at[entity] = (middle_x + sign * (reach * 0.45 + reach * 0.55 * bow), y)
    body = [_line(edge, at, middle_x) for edge in edges if edge.a in at and edge.b in at]
    shapes = shape_of({centre.entity.kind, *(e.kind for e in known)})
    letters = 19 if width > 500 else 11
    for entity in (*left, *right):
        x, y = at[entity]
        node = known.get(entity) or Node(entity, "")
        side_class, tx = ("end", x - 14) if x < middle_x else ("start", x + 14)
        body.append(_node(node, shapes[entity.kind], x, y, 6.5, f"tag {side_class}", tx, y + 4, letters))
    body.append(
        _node(
            centre, shapes[centre.entity.kind], middle_x, middle_y, 11, "tag middle", middle_x, middle_y + 28, letters
        )
    )
    return svg(width, height, "".join(body), label, "graph")


def _line(edge: Edge, at: Mapping[Entity, tuple[float, float]], middle_x: float) -> str:
    """To the centre straight; between neighbours bent inwards, so that it stays inside the arcs."""
    (x0, y0), (x1, y1) = at[edge.a], at[edge.b]
    thick = num(min(4.0, 0.8 + math.log2(max(1, edge.times)) * 0.5))
    if middle_x in (x0, x1):
        return f'<path class="edge" stroke-width="{thick}" d="M{num(x0)} {num(y0)}L{num(x1)} {num(y1)}"/>'
    bend_x = (x0 + x1) / 2 * 0.55 + middle_x * 0.45
    return (
        f'<path class="edge between" stroke-width="{thick}" '
        f'd="M{num(x0)} {num(y0)}Q{num(bend_x)} {num((y0 + y1) / 2)} {num(x1)} {num(y1)}"/>'
    )


def _node(node: Node, shape: int, x: float, y: float, r: float, tag: str, tx: float, ty: float, letters: int) -> str:
    halo = f'<circle class="halo" cx="{num(x)}" cy="{num(y)}" r="{num(r + 4)}"/>' if node.flagged else ""
    name = f"{node.entity.kind} {node.entity.id}"
    centre = " centre" if tag.endswith("middle") else ""
    return (
        f'<a href="{escape(node.href)}" aria-label="{escape(name)}"><title>{escape(name)}</title>{halo}'
        f'<g class="node k{shape}{centre}">{_shape(shape, x, y, r)}</g>'
        f'<text class="{tag}" x="{num(tx)}" y="{num(ty)}">{escape(clip(node.entity.id, letters))}</text></a>'
    )


def shape_of(kinds: set[str]) -> dict[str, int]:
    """Kind -> the number of its shape, the same in the picture and in its legend."""
    return {kind: min(i, KINDS_DRAWN - 1) for i, kind in enumerate(sorted(kinds))}


def key(shape: int) -> Markup:
    """The shape of one kind, for the legend."""
    return Markup(  # noqa: S704 - made of numbers and escaped text
        f'<svg class="icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">'
        f'<g class="node k{shape}">{_shape(shape, 8, 8, 6)}</g></svg>'
    )


def clip(text: str, size: int) -> str:
    """The start and end of a long id, which is where ids differ.

    >>> clip("tok_9f8a7b6c5d4e3f2a", 12)
    'tok_9f8…3f2a'
    """
    return text if len(text) <= size else f"{text[: size - 5]}…{text[-4:]}"


def _shape(kind: int, x: float, y: float, r: float) -> str:
    """Eight shapes for eight kinds: circle, square, diamond, triangle, hexagon, bar, pentagon, triangle on its tip."""
    if kind == 0:
        return f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(r)}"/>'
    if kind in (1, 5):
        w, h = (r * 0.88, r * 0.88) if kind == 1 else (r * 1.1, r * 0.6)
        return f'<rect x="{num(x - w)}" y="{num(y - h)}" width="{num(2 * w)}" height="{num(2 * h)}" rx="1.5"/>'
    sides, turned = {2: (4, 0.0), 3: (3, 0.0), 4: (6, 0.0), 6: (5, 0.0), 7: (3, math.pi)}[kind]
    turns = [2 * math.pi * i / sides - math.pi / 2 + turned for i in range(sides)]
    points = " ".join(f"{num(x + r * 1.15 * math.cos(t))},{num(y + r * 1.15 * math.sin(t))}" for t in turns)
    return f'<polygon points="{points}"/>'
