"""Training: pairs of a real face and its blended twin, disturbed alike, in every batch. Needs PyTorch; runs on one thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np

from assay.kinds.faces.forged.blend import changed, self_blended
from assay.kinds.faces.forged.crops import Crop
from assay.kinds.faces.forged.disturb import disturbed
from assay.kinds.faces.forged.network import CELLS, network
from assay.kinds.faces.forged.partners import beside, partners, weights

Fakes = Literal["blended", "whole"]


@dataclass(frozen=True)
class Plan:
    """How to train. `fakes`: "blended" makes self-blended twins; "whole" changes the whole picture and blends nothing: the
    baseline that shows what blending is worth. `others`: how often another person's face of the same source is put in.
    `easy`: over this share of the steps, fewer and fewer twins are plain to see; without, nothing is learned for long."""

    steps: int = 1500
    pairs: int = 16
    rate: float = 1.5e-3
    fakes: Fakes = "blended"
    parts: float = 0.35
    others: float = 0.25
    easy: float = 0.2
    seed: int = 1


def pair(
    rng: np.random.Generator, crop: Crop, plan: Plan, other: np.ndarray | None = None, plain: bool = False
) -> tuple[np.ndarray, ...]:
    """The real face, its twin and the twin's mask, uint8, uint8 and float32, as the network takes them."""
    if plan.fakes == "blended":
        twin, where = self_blended(rng, crop.pixels, crop.points, other=other, parts=plan.parts, plain=plain)
    else:
        twin, where = changed(rng, crop.pixels), np.ones(crop.pixels.shape[:2], np.float32)
    state = int(rng.integers(1 << 62))
    real, _ = disturbed(np.random.default_rng(state), crop.pixels, where)
    fake, where = disturbed(np.random.default_rng(state), twin, where)
    return real, fake, where


def cells_of(where: np.ndarray) -> np.ndarray:
    """float32 (2, CELLS, CELLS): the mask M and its edge 4 M (1 - M), averaged over cells."""
    import cv2

    both = (where, 4 * where * (1 - where))
    return np.stack([cv2.resize(one, (CELLS, CELLS), interpolation=cv2.INTER_AREA) for one in both])


def fit(
    torch: Any,
    crops: Sequence[Crop],
    plan: Plan,
    *,
    generated: Sequence[Crop] = (),
    start: Any = None,
    step: Callable[[int, float, Any], None] | None = None,
) -> Any:
    """The trained network (averaged weights, in evaluation mode). `generated` are fakes that stand by themselves, used by
    the baseline; `start` the weights to go on from. `step(number, loss, averaged)` is called now and then."""
    torch.manual_seed(plan.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(plan.seed)
    net = network(torch).to(memory_format=torch.channels_last)
    if start is not None:
        net.load_state_dict(start)
    average = torch.optim.swa_utils.AveragedModel(net, avg_fn=_averaged, use_buffers=True)
    optimiser = torch.optim.AdamW(net.parameters(), plan.rate, weight_decay=0.02)
    chances = weights(crops)
    near = partners(crops) if plan.others else None
    shown, begun = 0.0, 0
    for number in range(1, plan.steps + 1):
        spent = number / plan.steps
        for group in optimiser.param_groups:  # a short climb, then down a cosine
            group["lr"] = plan.rate * min(1, number / 200) * (0.01 + 0.99 * (0.5 + 0.5 * np.cos(np.pi * spent)))
        plain = max(0.0, 1 - spent / plan.easy) if plan.easy else 0.0
        pixels, truth, cells = _batch(rng, crops, chances, plan, near, generated, plain)
        x = torch.from_numpy(pixels).to(memory_format=torch.channels_last)
        x = x.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
        y, where = torch.from_numpy(truth), torch.from_numpy(cells)
        with torch.autocast("cpu", torch.bfloat16):
            logit, told = net(x)
        bce = torch.nn.functional.binary_cross_entropy_with_logits
        loss = bce(logit.float(), y) + bce(told.float(), where)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        average.update_parameters(net)
        shown += float(loss.detach())
        begun += 1
        if step is not None and (number % 250 == 0 or number == plan.steps):
            step(number, shown / begun, average.module)
            shown, begun = 0.0, 0
            net.train()
    return average.module.eval()


def _averaged(average: Any, now: Any, number: Any) -> Any:
    """Over about the last 300 steps, and over fewer at the start."""
    return average + (now - average) * max(0.003, 4 / (5 + int(number)))


def _batch(
    rng: np.random.Generator,
    crops: Sequence[Crop],
    chances: np.ndarray,
    plan: Plan,
    near: Any,
    generated: Sequence[Crop],
    plain: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """uint8 (2 n, side, side, 3), truth float32 (2 n,), cells float32 (2 n, 2, CELLS, CELLS)."""
    pixels, cells = [], []
    for at in rng.choice(len(crops), plan.pairs, p=chances).tolist():
        crop = crops[at]
        other = beside(rng, crops, near[at]) if near is not None and rng.random() < plan.others else None
        if generated and rng.random() < 0.25:
            fake_of = generated[int(rng.integers(len(generated)))]
            whole = np.ones(crop.pixels.shape[:2], np.float32)
            state = int(rng.integers(1 << 62))
            real, _ = disturbed(np.random.default_rng(state), crop.pixels, whole)
            fake, where = disturbed(np.random.default_rng(state), fake_of.pixels, whole)
        else:
            real, fake, where = pair(rng, crop, plan, other, bool(rng.random() < plain))
        pixels += [real, fake]
        told = cells_of(where)
        cells += [np.zeros_like(told), told]
    truth = np.tile(np.array([0.0, 1.0], np.float32), plan.pairs)
    return np.stack(pixels), truth, np.stack(cells)


def scores(torch: Any, net: Any, pixels: np.ndarray) -> np.ndarray:
    """Logits float64 (n,) of uint8 (n, side, side, 3) crops."""
    net.eval()
    found = []
    with torch.no_grad():
        for start in range(0, len(pixels), 32):
            x = torch.from_numpy(pixels[start : start + 32]).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
            found.append(net(x)[0].numpy())
    return np.concatenate(found).astype(np.float64) if found else np.zeros(0)


def export(torch: Any, net: Any, path: Path) -> None:
    """Writes the network as ONNX: `face` float32 (n, 3, side, side) -> `logit` (n,), `cells` (n, 2, 24, 24). Weights are kept
    in half precision and widened when it is loaded."""
    from assay.vision.forged import SIDE

    net.eval()
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        net, (torch.zeros(1, 3, SIDE, SIDE),), str(path), input_names=["face"], output_names=["logit", "cells"],
        dynamic_axes={"face": {0: "n"}, "logit": {0: "n"}, "cells": {0: "n"}}, opset_version=17, dynamo=False,
    )  # fmt: skip
    _halve(path)


def _halve(path: Path) -> None:
    onnx = import_module("onnx")
    model = onnx.load(str(path))
    kept, casts = [], []
    for weight in model.graph.initializer:
        values = onnx.numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < 1000:
            kept.append(weight)
            continue
        kept.append(onnx.numpy_helper.from_array(values.astype(np.float16), f"{weight.name}.half"))
        casts.append(onnx.helper.make_node("Cast", [f"{weight.name}.half"], [weight.name], to=onnx.TensorProto.FLOAT))
    nodes = casts + list(model.graph.node)
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend(nodes)
    onnx.save(model, str(path))
