"""The simulated world of messages: what banks, couriers, offices, shops and friends write, and what those write who
pretend to be them, in eight languages; sentences and link rules are our own (Apache-2.0).

`simulate` gives SMS and chat with their truth, `simulate_links` bare addresses. Both draw message i from random numbers of
its own, so a seed is the same world whatever the batch size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import DAY
from assay.core.errors import InvalidSetting
from assay.core.evidence import column
from assay.kinds.messages.evidence import Message
from assay.kinds.messages.simulate.links import genuine_link, lure_link
from assay.kinds.messages.simulate.wording import GENUINE, LANGUAGES, LURE, Template, fill, templates

_BEGIN = int(np.datetime64("2026-01-05", "us").astype(np.int64))
_MATURITY = 7 * DAY  # by then somebody has said what it was


def simulate(
    seed: int = 7,
    *,
    size: int = 6000,
    days: int = 30,
    lures: float = 0.4,
    languages: Sequence[str] = LANGUAGES,
    batch: int = 2048,
) -> Iterator[Batch[Message]]:
    """`size` messages over `days`, in time order, in batches of at most `batch`.

    `truth` is 1 for a lure; the extra columns `language`, `category` and `template` say what it was made from (whoever
    trains on them has read the answer). `lures` is their share. Raises `InvalidSetting` for a language there is not.
    """
    unknown = set(languages) - set(LANGUAGES)
    if unknown:
        raise InvalidSetting(f"no language {sorted(unknown)[0]!r}", hint="there are: " + ", ".join(LANGUAGES))
    if size < 1 or not 0 <= lures <= 1 or batch < 1:
        raise InvalidSetting("a world needs at least one message, a share of lures between 0 and 1 and batches of one")
    pools = {kind: _pool(kind, languages) for kind in (GENUINE, LURE)}
    step = max(1, days * DAY // size)
    for start in range(0, size, batch):
        numbers = range(start, min(start + batch, size))
        made = [_message(seed, i, pools, lures) for i in numbers]
        yield _batch(f"{seed}-m", numbers, step, made)


def simulate_links(
    seed: int = 7, *, size: int = 20000, days: int = 30, lures: float = 0.5, batch: int = 4096
) -> Iterator[Batch[Message]]:
    """`size` bare links, in batches of at most `batch`; the extra column `category` is the rule each was made by."""
    if size < 1 or not 0 <= lures <= 1 or batch < 1:
        raise InvalidSetting("a world needs at least one link, a share of lures between 0 and 1 and batches of one")
    step = max(1, days * DAY // size)
    for start in range(0, size, batch):
        numbers = range(start, min(start + batch, size))
        made: list[dict[str, str | float]] = []
        for i in numbers:
            rng = np.random.default_rng([seed, 3, i])
            lure = bool(rng.random() < lures)
            link, rule = lure_link(rng) if lure else genuine_link(rng)
            made.append(
                {
                    "text": link,
                    "channel": "link",
                    "truth": float(lure),
                    "category": rule,
                    "language": "",
                    "template": rule,
                }
            )
        yield _batch(f"{seed}-l", numbers, step, made)


def _pool(kind: str, languages: Sequence[str]) -> list[list[Template]]:
    """Templates of each language and category, so that each category is drawn alike, long lists or short."""
    found: dict[tuple[str, str], list[Template]] = {}
    for one in templates():
        if one.kind == kind and one.language in languages:
            found.setdefault((one.language, one.category), []).append(one)
    return list(found.values())


def _message(seed: int, i: int, pools: dict[str, list[list[Template]]], lures: float) -> dict[str, str | float]:
    rng = np.random.default_rng([seed, 2, i])
    kind = LURE if rng.random() < lures else GENUINE
    pool = pools[kind]
    group = pool[int(rng.integers(len(pool)))]
    template = group[int(rng.integers(len(group)))]
    text = fill(template, rng).text
    channel = "chat" if template.category == "chat" else "sms"
    return {
        "text": text, "channel": channel, "truth": float(kind == LURE),
        "category": template.category, "language": template.language, "template": template.name,
    }  # fmt: skip


def _batch(name: str, numbers: range, step: int, made: list[dict[str, str | float]]) -> Batch[Message]:
    time = _BEGIN + np.array(numbers, np.int64) * step
    columns = {field: column([row[field] for row in made], numeric=False) for field in ("text", "channel")}
    extra = {
        f"extra.{f}": column([row[f] for row in made], numeric=False) for f in ("language", "category", "template")
    }
    batch: Batch[Message] = Batch(Message, [f"{name}{i}" for i in numbers], time, columns | extra)
    batch.truth = np.array([row["truth"] for row in made], np.float64)
    batch.known = time + _MATURITY
    return batch


__all__ = ["LANGUAGES", "simulate", "simulate_links"]
