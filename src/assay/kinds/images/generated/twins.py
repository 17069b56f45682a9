"""Every real picture and what our autoencoders make of it: pairs that differ in nothing but the decoder's trace.

Each autoencoder is trained once and kept in a working folder; each real picture (its middle, where it is large) then goes
through a few of them, drawn by chance. Round trips are aligned to the pixel with the picture they came from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from assay.kinds.images.generated import autoencoders
from assay.kinds.images.generated.pictures import Picture

MOST_SIDE = 256  # pixels of a picture that go through an autoencoder: a crop of 96 finds room to move
PER_PICTURE = 2


class Pair(NamedTuple):
    """A real region and its round trips: uint8 (h, w, 3) each; `designs` names the autoencoder of each twin."""

    real: np.ndarray
    twins: tuple[np.ndarray, ...]
    designs: tuple[str, ...]
    source: str
    quality: int | None
    faces: bool


def learned(
    pictures: Sequence[Picture], work: Path, *, seconds: float, seed: int, say: Callable[[str], None],
    only: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Every design (or `only` those) trained on these real pictures, or as the working folder has it from an earlier run."""
    torch = import_module("torch")
    torch.set_num_threads(1)
    work.mkdir(parents=True, exist_ok=True)
    nets = {}
    for number, design in enumerate(autoencoders.DESIGNS):
        if only and design.name not in only:
            continue
        kept = work / f"{design.name}.pt"
        if kept.is_file():
            net = autoencoders.build(torch, design)
            net.load_state_dict(torch.load(kept, weights_only=True))
            net.eval()
        else:
            net, figures = autoencoders.learn(
                design, [p.pixels for p in pictures], seconds=seconds, seed=seed + number, say=say
            )
            torch.save(net.state_dict(), kept)
            say(f"{design.name}: {figures}")
        nets[design.name] = net
    return nets


def pairs(
    pictures: Sequence[Picture], nets: dict[str, Any], *, per_picture: int = PER_PICTURE, seed: int = 1,
    say: Callable[[str], None] = lambda _text: None,
) -> list[Pair]:  # fmt: skip
    """Each picture with `per_picture` twins by different autoencoders."""
    rng = np.random.default_rng(seed)
    found = []
    for number, picture in enumerate(pictures):
        real = region(picture.pixels, rng)
        names = [str(name) for name in rng.choice(list(nets), min(per_picture, len(nets)), replace=False)]
        made = tuple(autoencoders.round_trip(nets[name], real) for name in names)
        found.append(Pair(real, made, tuple(names), picture.source, picture.quality, picture.faces))
        if number % 200 == 0:
            say(f"twins: {number} of {len(pictures)}")
    return found


def only(pair: Pair, designs: Collection[str]) -> Pair:
    """The pair with the twins of these designs alone."""
    kept = [i for i, name in enumerate(pair.designs) if name in designs]
    return pair._replace(twins=tuple(pair.twins[i] for i in kept), designs=tuple(pair.designs[i] for i in kept))


def region(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """At most `MOST_SIDE` square, cut on the grid of the JPEG, sides multiples of 8."""
    out = pixels
    for axis in (0, 1):
        side = out.shape[axis]
        take = min(side, MOST_SIDE) // 8 * 8
        at = int(rng.integers(0, (side - take) // 8 + 1)) * 8
        out = out[at : at + take] if axis == 0 else out[:, at : at + take]
    return np.ascontiguousarray(out)


__all__ = ["Pair", "learned", "only", "pairs", "region"]
