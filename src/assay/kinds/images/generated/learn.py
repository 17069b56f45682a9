"""Trains the patch network on synchronised batches: real crops, the same crops of their twins, and crops of generated
pictures, all handled alike.

A batch is balanced: one part real, one part generated, of which some are round trips (aligned with the real crop beside them)
and some come from real generators where there are any. Cosine schedule, AdamW, an average of the weights at the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from assay.kinds.images.generated import network
from assay.kinds.images.generated.aligned import aligned, handled
from assay.kinds.images.generated.pictures import Picture
from assay.kinds.images.generated.twins import Pair

PAIRS, GENERATED = (
    16,
    18,
)  # of a batch: so many real crops with their twins, and so many generated with as many more reals
RATE = 2e-3


class Stock:
    """What batches are drawn from. Sources are drawn first, then pictures: a large folder counts for no more than a few small
    ones."""

    def __init__(self, pairs: Sequence[Pair], generated: Sequence[Picture]) -> None:
        self.pairs, self.generated = list(pairs), list(generated)
        self._pair_weight = _weights([p.source for p in pairs])
        self._weight = _weights([p.source + "/" + p.generator for p in generated])

    def batch(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """uint8 (n, PATCH, PATCH, 3) and truth float32[n]."""
        crops: list[np.ndarray] = []
        truth: list[float] = []
        lone = GENERATED if self.generated else 0
        for number, k in enumerate(rng.choice(len(self.pairs), PAIRS + lone, p=self._pair_weight)):
            pair = self.pairs[k]
            if number >= PAIRS:
                crops += handled(rng, [pair.real], network.PATCH)
                truth.append(0.0)
                continue
            twin = pair.twins[int(rng.integers(len(pair.twins)))]
            real, twin = _cut(rng, [pair.real, twin])
            crops += handled(rng, [real, aligned(rng, real, twin)], network.PATCH)
            truth += [0.0, 1.0]
        for k in rng.choice(len(self.generated), lone, p=self._weight) if lone else ():
            crops += handled(rng, _cut(rng, [self.generated[k].pixels]), network.PATCH)
            truth.append(1.0)
        return np.stack(crops), np.array(truth, np.float32)


def learn(
    stock: Stock, *, seconds: float, seed: int, say: Callable[[str], None],
    start: dict[str, Any] | None = None, check: Callable[[Any], str] | None = None,
    widths: tuple[int, int, int] = network.WIDTHS,
) -> tuple[Any, dict[str, Any]]:  # fmt: skip
    """Trains for so many seconds of processor time, from the weights `start` where given; returns the averaged network in evaluation mode and what it came to."""
    torch = import_module("torch")
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(seed)
    net = network.build(torch, widths).to(memory_format=torch.channels_last)
    if start is not None:
        net.load_state_dict(start)
    mean = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.995), use_buffers=True
    )
    decayed = [p for p in net.parameters() if p.ndim > 1]
    rest = [p for p in net.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, RATE)
    begun, step, shown, next_check = time.process_time(), 0, [0.0, 0.0], 0.25
    while (spent := (time.process_time() - begun) / seconds) < 1:
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / 100) * (0.01 + 0.99 * (0.5 + 0.5 * np.cos(np.pi * spent)))
        crops, truth = stock.batch(rng)
        x = torch.from_numpy(crops).permute(0, 3, 1, 2).float()
        target = torch.from_numpy(truth)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            log_odds = net(x).float()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(log_odds, target * 0.96 + 0.02)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        mean.update_parameters(net)
        step += 1
        shown[0] += float(loss.detach())
        shown[1] += float(((log_odds.detach() > 0) == (target > 0.5)).float().mean())
        if step % 100 == 0:
            say(f"{spent:.2f} step {step} loss {shown[0] / 100:.4f} right {shown[1] / 100:.3f}")
            loss_now, shown = shown[0] / 100, [0.0, 0.0]
        if check is not None and spent > next_check:
            next_check += 0.25
            mean.module.eval()
            say(check(mean.module))
    mean.module.eval()
    return mean.module, {"steps": step, "crops": step * len(truth), "loss": round(loss_now if step >= 100 else 0.0, 4)}


def _cut(rng: np.random.Generator, regions: list[np.ndarray]) -> list[np.ndarray]:
    """The same part of each, of a size that leaves room to resize and crop yet is quick to handle."""
    room = network.PATCH * 2
    out = regions
    for axis in (0, 1):
        side = out[0].shape[axis]
        if side > room:
            at = int(rng.integers(0, side - room + 1))
            out = [x[at : at + room] if axis == 0 else x[:, at : at + room] for x in out]
    return out


def _weights(sources: Sequence[str]) -> np.ndarray | None:
    """Chance of each picture: of its source the square root of how many it has, shared among them."""
    if not sources:
        return None
    _, place, count = np.unique(list(sources), return_inverse=True, return_counts=True)
    weight = (np.sqrt(count) / count)[place]
    return np.asarray(weight / weight.sum())


__all__ = ["Stock", "learn"]
