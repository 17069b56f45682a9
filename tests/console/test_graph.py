"""The link graph: complete, the same every time, and legible however many neighbours there are."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from assay.console.graph import DRAWN, LINE, Edge, Node, arcs, closest, draw
from assay.core.entity import Entity

CENTRE = Entity("device", "D-1")
entities = st.builds(
    Entity, st.sampled_from(["card", "customer", "payee", "ip"]), st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True)
)
links = st.lists(st.builds(Edge, st.just(CENTRE) | entities, entities, st.integers(1, 10_000)), max_size=80)


def picture(edges: list[Edge]) -> str:
    met = {e for edge in edges for e in (edge.a, edge.b)} - {CENTRE}
    nodes = [Node(e, f"/entities/{e.kind}/{e.id}", flagged=e.kind == "payee") for e in sorted(met)]
    return draw(Node(CENTRE, "/here"), nodes, edges, "links")


@given(links)
def test_every_neighbour_up_to_the_cap_is_drawn_once_with_its_name(edges: list[Edge]) -> None:
    root = ElementTree.fromstring(picture(edges))
    drawn = [e.get("aria-label") for e in root.iter() if e.tag.endswith("a")]
    met = {e for edge in edges for e in (edge.a, edge.b)} - {CENTRE}
    assert len(drawn) == len(set(drawn)) == min(len(met), DRAWN) + 1


@given(links)
def test_the_same_links_give_the_same_picture_in_any_order(edges: list[Edge]) -> None:
    once = {(edge.a, edge.b): edge for edge in edges}
    given_, turned = sorted(once.values(), key=str), sorted(once.values(), key=str, reverse=True)
    left, right = arcs(CENTRE, closest(CENTRE, given_), given_)
    assert (left, right) == arcs(CENTRE, closest(CENTRE, turned), turned)


@given(links)
def test_names_on_one_arc_never_overlap(edges: list[Edge]) -> None:
    for side in ("start", "end"):
        heights = sorted(float(y) for y in re.findall(rf'class="tag {side}" x="[-\d.]+" y="([-\d.]+)"', picture(edges)))
        assert all(b - a >= LINE - 0.2 for a, b in pairwise(heights))


@given(links)
def test_the_arcs_are_about_equally_long(edges: list[Edge]) -> None:
    left, right = arcs(CENTRE, closest(CENTRE, edges), edges)
    assert not set(left) & set(right)
    assert abs(len(left) - len(right)) <= max(4, (len(left) + len(right)) // 3)


def test_those_seen_most_with_the_centre_are_kept() -> None:
    often = [Edge(CENTRE, Entity("card", f"often-{i}"), 50) for i in range(DRAWN)]
    seldom = [Edge(CENTRE, Entity("card", f"seldom-{i}"), 1) for i in range(30)]
    assert closest(CENTRE, seldom + often) == sorted(edge.b for edge in often)


def test_a_hostile_id_stays_text() -> None:
    drawn = picture([Edge(CENTRE, Entity("card", "<script>alert(1)</script>"), 1)])
    assert "<script" not in drawn
    ElementTree.fromstring(drawn)
