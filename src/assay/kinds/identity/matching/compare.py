"""Two opened pictures compared: one person, two, or not to be told. First a gate of quality, since a poor view lies far from
everything, then the share of `population`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from assay.kinds.identity.matching.population import population
from assay.kinds.identity.seen import Seen

Answer = Literal["match", "differ", "unsure"]
MATCH = 0.65  # of a stranger's distance: 35 of 898 000 pairs of strangers came nearer, see the room's card
DIFFER = 0.80  # all pairs of one person at hand were nearer, and all but 4 in 1000 strangers further

# What a view needs. On 120 faces, shrinking to 48 px or blurring by 1.5 % of the face moved the embedding by a third of what
# parts two pictures of one person; half of that size, or twice the blur, by as much.
LEAST_SIZE = {False: 64.0, True: 48.0}  # pixels of the face, by whether it is a document's
MOST_BLUR = 0.77
MOST_YAW, MOST_PITCH = 35.0, 30.0  # degrees
EXPOSURE = (0.08, 0.95)


class Compared(NamedTuple):
    """`share`: distance in shares of a stranger's; `false_match`: how often strangers come as near, at most."""

    answer: Answer
    share: float
    false_match: float


def fit(view: Seen, *, document: bool = False) -> bool:
    """Is this view of a face good enough to be compared? Only for one without a problem."""
    q = view.quality
    return (
        q.size >= LEAST_SIZE[document]
        and q.blur <= MOST_BLUR
        and abs(q.yaw) <= MOST_YAW
        and abs(q.pitch) <= MOST_PITCH
        and EXPOSURE[0] <= q.exposure <= EXPOSURE[1]
    )


def compare(one: Seen, other: Seen) -> Compared | None:
    """None where one of them has no embedding."""
    if one.embedding is None or other.embedding is None:
        return None
    share = population().share(one.embedding, other.embedding)
    answer: Answer = "match" if share <= MATCH else "differ" if share > DIFFER else "unsure"
    return Compared(answer, share, population().false_match(share))
