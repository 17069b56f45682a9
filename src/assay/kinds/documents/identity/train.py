"""Learns the recogniser of OCR-B lines that ships in `shipped/`: a small convolutional network with connectionist temporal
classification (Graves et al. 2006), from strips drawn by `strips.py` alone; no picture of any document is used.

    python -m assay.kinds.documents.identity.train --fonts OCRB.otf … --out FOLDER [--minutes 30] [--seed 1]

Needs PyTorch and onnx, which Assay itself does not. The fonts that `card.json` names are free: OCR-B is Debian's fonts-ocr-b
(Norbert Schwarz, Matthew Skala; "freely use, modify and/or distribute"), the others come with most systems.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from assay.kinds.documents.identity.strips import ALPHABET, HEIGHT, Face, face, strip

WIDTH, BATCH = 400, 32


def network(torch: Any) -> Any:
    """float32[n, 1, HEIGHT, w] -> log-probabilities [n, 1 + 37, w / 4]; class 0 is the blank."""
    nn = torch.nn

    def block(before: int, after: int, kernel: Any, stride: Any) -> list[Any]:
        padding = (kernel // 2) if isinstance(kernel, int) else tuple(k // 2 for k in kernel)
        return [nn.Conv2d(before, after, kernel, stride, padding, bias=False), nn.BatchNorm2d(after), nn.ReLU()]

    class Folded(nn.Module):  # type: ignore[name-defined,misc]
        def forward(self, x: Any) -> Any:
            return x.reshape(x.shape[0], x.shape[1] * x.shape[2], 1, x.shape[3])

    return nn.Sequential(
        *block(1, 16, 3, 2),
        *block(16, 28, 3, 2),
        *block(28, 56, 3, (2, 1)),
        *block(56, 72, 3, (2, 1)),
        Folded(),
        *block(144, 96, (1, 5), 1),
        *block(96, 96, (1, 5), 1),
        nn.Conv2d(96, 1 + len(ALPHABET), 1),
    )


def batch(
    rng: np.random.Generator, faces: Sequence[Face], others: Sequence[Face], n: int
) -> tuple[np.ndarray, list[str]]:
    """n strips as the network takes them, each of zero mean and unit deviation, and what they say."""
    images, said = np.empty((n, 1, HEIGHT, WIDTH), np.float32), []
    for i in range(n):
        length = int(rng.integers(6, 20))
        grey, what = strip(rng, others if others and rng.random() < 0.4 else faces, length, WIDTH)
        images[i, 0] = (grey - grey.mean()) / (grey.std() + 4)
        said.append(what)
    return images, said


def train(fonts: Sequence[Path], out: Path, minutes: float, seed: int) -> None:
    """Writes model.onnx and card.json; prints loss and errors a character as it goes."""
    torch = import_module("torch")
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(seed)
    drawn = {path: face(path) for path in fonts}
    faces = [f for p, f in drawn.items() if "ocrb" in p.name.lower()]
    others = [f for p, f in drawn.items() if "ocrb" not in p.name.lower()]
    net = network(torch)
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=1e-3)
    loss_of = torch.nn.CTCLoss(zero_infinity=True)
    begun, step, shown = time.monotonic(), 0, 0.0
    while (spent := (time.monotonic() - begun) / 60 / minutes) < 1:
        for group in optimiser.param_groups:  # a short climb, then down a cosine
            group["lr"] = 3e-3 * min(1, step / 200) * (0.02 + 0.98 * (0.5 + 0.5 * np.cos(np.pi * spent)))
        images, said = batch(rng, faces, others, BATCH)
        target = torch.tensor([1 + ALPHABET.index(c) for text in said for c in text])
        log = torch.log_softmax(net(torch.from_numpy(images))[:, :, 0].permute(2, 0, 1), 2)
        loss = loss_of(log, target, torch.full((BATCH,), log.shape[0]), torch.tensor([len(s) for s in said]))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        step += 1
        shown += float(loss.detach())
        if step % 100 == 0:
            print(f"{step} {spent:.2f} loss {shown / 100:.4f}", flush=True)
            shown = 0.0
        if step % 1000 == 0:
            _export(torch, net, out)
            net.train()
    _export(torch, net, out)
    errors, letters = _errors(torch, net, faces, others, seed + 1)
    card = {
        "name": "documents.identity lines",
        "what": "reads one line of a machine readable zone (37 characters) from a strip 32 pixels high",
        "trained_on": "lines drawn from the fonts named, by strips.py; no picture of a document",
        "fonts": sorted(path.name for path in fonts),
        "licence": "Apache-2.0; fonts-ocr-b is free to use, modify and distribute",
        "rebuild": "python -m assay.kinds.documents.identity.train",
        "seed": seed,
        "steps": step,
        "strips": step * BATCH,
        "greedy_errors_per_character_on_fresh_strips": round(errors / letters, 5),
        "fails": "letters under 8 pixels tall, strong motion blur, glare over letters",
    }
    (out / "card.json").write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    print(json.dumps(card, indent=1))


def _errors(torch: Any, net: Any, faces: Sequence[Face], others: Sequence[Face], seed: int) -> tuple[int, int]:
    """Wrong characters under greedy decoding (edit distance is bounded by it) and characters, on 640 fresh strips."""
    rng, wrong, letters = np.random.default_rng(seed), 0, 0
    net.eval()
    for _ in range(20):
        images, said = batch(rng, faces, others, BATCH)
        with torch.no_grad():
            best = net(torch.from_numpy(images))[:, :, 0].argmax(1).numpy()
        for row, what in zip(best, said, strict=True):
            read = "".join(ALPHABET[c - 1] for c, before in zip(row, [0, *row[:-1]], strict=True) if c and c != before)
            letters += len(what)
            wrong += sum(a != b for a, b in zip(read, what, strict=False)) if len(read) == len(what) else len(what)
    return wrong, letters


def _export(torch: Any, net: Any, out: Path) -> None:
    net.eval()
    out.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        net, (torch.zeros(1, 1, HEIGHT, WIDTH),), str(out / "model.onnx"), input_names=["strip"], output_names=["log"],
        dynamic_axes={"strip": {0: "n", 3: "w"}, "log": {0: "n", 3: "t"}}, opset_version=17, dynamo=False,
    )  # fmt: skip


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--fonts", nargs="+", type=Path, required=True)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--minutes", type=float, default=30)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    train(given.fonts, given.out, given.minutes, given.seed)
