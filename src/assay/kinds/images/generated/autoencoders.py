"""Small autoencoders of our own, of many designs, whose round trips of real pictures stand in for generated ones.

What a generator leaves in a picture comes from its decoder: how it upsamples, how narrow the bottleneck is, and what its loss
let it invent. So the designs differ in up-sampler (nearest, bilinear, transposed convolution, pixel shuffle, one flat patch
layer), stride (4, 8), bottleneck (plain, Gaussian, quantised) and losses (L1, gradients, a small patch discriminator).
Training needs PyTorch; the module can be imported without it. After Rombach et al. 2022 (arXiv 2112.10752, section 3.1).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

CROP, BATCH = 64, 16


class Design(NamedTuple):
    """One autoencoder. `held_out`: never trained on by the detector, to measure how it carries over."""

    name: str
    up: str  # nearest | bilinear | transposed | shuffle | patch
    stride: int  # 4 or 8
    latent: int  # channels of the bottleneck
    bottleneck: str  # plain | gaussian | quantised
    width: int  # channels at full resolution
    activation: str  # silu | relu | leaky
    adversarial: float  # weight of the discriminator's word
    edges: float  # weight of the L1 of gradients
    held_out: bool = False


DESIGNS = (
    Design("nearest-8-wide", "nearest", 8, 16, "gaussian", 24, "silu", 0.005, 0.5),
    Design("transposed-4", "transposed", 4, 4, "plain", 16, "relu", 0.01, 0.5),
    Design("shuffle-8", "shuffle", 8, 16, "gaussian", 16, "leaky", 0.005, 0.5),
    Design("nearest-4-quantised", "nearest", 4, 4, "quantised", 24, "silu", 0.01, 0.5, held_out=True),
    Design("bilinear-8", "bilinear", 8, 16, "plain", 16, "leaky", 0.01, 0.5),
    Design("patch-8", "patch", 8, 24, "plain", 32, "silu", 0.005, 0.5),
    Design("transposed-8", "transposed", 8, 16, "plain", 16, "leaky", 0.02, 0.0, held_out=True),
    Design("shuffle-4", "shuffle", 4, 4, "plain", 16, "relu", 0.0, 0.5),
)


def build(torch: Any, design: Design) -> Any:
    """A module: float[n, 3, h, w] in -1..1, sides multiples of the stride -> (the round trip, the bottleneck's own loss)."""
    nn, f = torch.nn, torch.nn.functional
    steps = {4: 2, 8: 3}[design.stride]
    widths = [design.width, 48, 96, 96][: steps + 1]
    act: Callable[[], Any] = {"silu": nn.SiLU, "relu": nn.ReLU, "leaky": lambda: nn.LeakyReLU(0.2)}[design.activation]

    class Block(nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self, channels: int) -> None:
            super().__init__()
            first, second = nn.Conv2d(channels, channels, 3, 1, 1), nn.Conv2d(channels, channels, 3, 1, 1)
            nn.init.zeros_(second.weight)  # begins as the identity: no normalisation is needed at this depth
            self.body = nn.Sequential(act(), first, act(), second)

        def forward(self, x: Any) -> Any:
            return x + self.body(x)

    def up(before: int, after: int) -> Any:
        if design.up == "nearest":
            return nn.Sequential(nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(before, after, 3, 1, 1))
        if design.up == "bilinear":
            rise = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
            return nn.Sequential(rise, nn.Conv2d(before, after, 3, 1, 1))
        if design.up == "transposed":
            return nn.ConvTranspose2d(before, after, 4, 2, 1)
        return nn.Sequential(nn.Conv2d(before, after * 4, 3, 1, 1), nn.PixelShuffle(2))

    class Autoencoder(nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            down: list[Any] = [nn.Conv2d(3, widths[0], 3, 1, 1)]
            for before, after in pairwise(widths):
                down += [act(), nn.Conv2d(before, after, 4, 2, 1), Block(after)]
            twice = 2 if design.bottleneck == "gaussian" else 1
            self.encoder = nn.Sequential(*down, act(), nn.Conv2d(widths[-1], design.latent * twice, 1))
            if design.up == "patch":
                deep = widths[-1] * 2
                flat = [nn.Conv2d(deep, 3 * design.stride**2, 1), nn.PixelShuffle(design.stride)]
                rise: list[Any] = [
                    nn.Conv2d(design.latent, deep, 3, 1, 1),
                    Block(deep),
                    Block(deep),
                    Block(deep),
                    *flat,
                ]
                rise += [nn.Conv2d(3, 16, 3, 1, 1), act(), nn.Conv2d(16, 3, 3, 1, 1)]
            else:
                rise = [nn.Conv2d(design.latent, widths[-1], 3, 1, 1), Block(widths[-1])]
                for before, after in zip(widths[::-1], widths[-2::-1], strict=False):
                    rise += [up(before, after)]
                    if after > design.width or design.up == "nearest":  # dear at full resolution
                        rise += [Block(after)]
                rise += [act(), nn.Conv2d(widths[0], 3, 3, 1, 1)]
            self.decoder = nn.Sequential(*rise)
            if design.bottleneck == "quantised":
                self.codes = nn.Parameter(torch.randn(2, 256, design.latent // 2) * 0.5)

        def quantised(self, z: Any) -> tuple[Any, Any]:
            """Each half of the channels becomes its nearest of 256 codes; gradients pass straight through."""
            halves: list[Any] = []
            loss: Any = 0.0
            for half, codes in zip(z.float().chunk(2, 1), self.codes, strict=True):
                rows = half.permute(0, 2, 3, 1).reshape(-1, codes.shape[1])
                near = torch.cdist(rows.detach(), codes.detach()).argmin(1)
                taken = codes[near]
                loss = loss + f.mse_loss(taken, rows.detach()) + 0.25 * f.mse_loss(rows, taken.detach())
                if self.training:  # a code that nobody takes moves to where the encoder is
                    idle = torch.bincount(near, minlength=len(codes)) == 0
                    pick = torch.randint(len(rows), (len(codes),))
                    moved = 0.02 * (rows[pick].detach() - codes.detach()) * idle[:, None]
                    self.codes.data[0 if not halves else 1] += moved
                taken = rows + (taken - rows).detach()
                n, c, h, w = half.shape
                halves.append(taken.reshape(n, h, w, c).permute(0, 3, 1, 2))
            return torch.cat(halves, 1), loss

        def forward(self, x: Any) -> tuple[Any, Any]:
            z = self.encoder(x)
            loss: Any = 0.0
            if design.bottleneck == "gaussian":
                mean, log_var = z.float().chunk(2, 1)
                log_var = log_var.clamp(-20, 5)
                loss = 1e-4 * 0.5 * (mean**2 + log_var.exp() - 1 - log_var).mean()
                z = mean + torch.randn_like(mean) * (0.5 * log_var).exp() if self.training else mean
            elif design.bottleneck == "quantised":
                z, loss = self.quantised(z)
            return self.decoder(z), loss

    return Autoencoder()


def learn(
    design: Design, pictures: Sequence[np.ndarray], *, seconds: float, seed: int, say: Callable[[str], None]
) -> tuple[Any, dict[str, float]]:
    """Trains one design on random crops of real pictures for so many seconds of processor time.

    pictures: uint8 (h, w, 3), sides of `CROP` at least. Returns the module in evaluation mode and what it came to.
    """
    torch = import_module("torch")
    nn, f = torch.nn, torch.nn.functional
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = build(torch, design).to(memory_format=torch.channels_last)
    critic = nn.Sequential(
        nn.Conv2d(3, 32, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(32, 64, 4, 2, 1), nn.GroupNorm(8, 64), nn.LeakyReLU(0.2),
        nn.Conv2d(64, 96, 3, 1, 1), nn.LeakyReLU(0.2), nn.Conv2d(96, 1, 3, 1, 1),
    ).to(memory_format=torch.channels_last)  # fmt: skip
    mine = torch.optim.AdamW(net.parameters(), 1.2e-3, betas=(0.9, 0.98), weight_decay=1e-4)
    its = torch.optim.AdamW(critic.parameters(), 4e-4, betas=(0.5, 0.9))
    area = np.array([p.shape[0] * p.shape[1] for p in pictures], float) ** 0.5
    begun, step, told, shown = time.process_time(), 0, 0.0, 0.0
    while (spent := (time.process_time() - begun) / seconds) < 1:
        rate = min(1, step / 100) * (0.03 + 0.97 * (0.5 + 0.5 * np.cos(np.pi * spent)))
        for group in mine.param_groups:
            group["lr"] = 1.2e-3 * rate
        x = _batch(torch, rng, pictures, area / area.sum())
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y, own = net(x)
            y = y.float()
            loss = (y - x).abs().mean() + own
            if design.edges:
                loss = loss + design.edges * _edges(y - x)
            judged = design.adversarial > 0 and spent > 0.4
            if judged:
                loss = loss - design.adversarial * critic(y).float().mean()
        mine.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        mine.step()
        if judged or (design.adversarial > 0 and spent > 0.35):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                real, false = critic(x).float(), critic(y.detach()).float()
                word = (f.relu(1 - real) + f.relu(1 + false)).mean()
            its.zero_grad()
            word.backward()
            its.step()
        step += 1
        told += float((y.detach() - x).pow(2).mean())
        if step % 200 == 0:
            shown = -10 * np.log10(told / 200 / 4)
            say(f"{design.name} {spent:.2f} step {step} {shown:.1f} dB")
            told = 0.0
    net.eval()
    return net, {"steps": step, "psnr": round(float(shown), 2)}


def round_trip(net: Any, pixels: np.ndarray) -> np.ndarray:
    """uint8 (h, w, 3), sides multiples of 8 -> what the autoencoder makes of it, of the same shape."""
    torch = import_module("torch")
    x = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 127.5 - 1
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        y, _ = net(x.contiguous(memory_format=torch.channels_last))
    y = ((y.float()[0].clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return np.ascontiguousarray(y.permute(1, 2, 0).numpy())


def _edges(difference: Any) -> Any:
    """Mean absolute difference of neighbours, of the error: blur is dearer than a wrong shade."""
    across = (difference[..., 1:] - difference[..., :-1]).abs().mean()
    return across + (difference[..., 1:, :] - difference[..., :-1, :]).abs().mean()


def _batch(torch: Any, rng: np.random.Generator, pictures: Sequence[np.ndarray], weight: np.ndarray) -> Any:
    """float[BATCH, 3, CROP, CROP] in -1..1: random crops, mirrored and of other brightness half of the time."""
    out = np.empty((BATCH, CROP, CROP, 3), np.float32)
    for i, k in enumerate(rng.choice(len(pictures), BATCH, p=weight)):
        picture = pictures[k]
        y, x = (int(rng.integers(0, side - CROP + 1)) for side in picture.shape[:2])
        crop = picture[y : y + CROP, x : x + CROP].astype(np.float32)
        if rng.random() < 0.5:
            crop = crop[:, ::-1]
        if rng.random() < 0.5:
            crop = crop * rng.uniform(0.7, 1.2) + rng.uniform(-20, 20)
        out[i] = np.clip(crop, 0, 255)
    return torch.from_numpy(out / 127.5 - 1).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)


__all__ = ["DESIGNS", "Design", "build", "learn", "round_trip"]
