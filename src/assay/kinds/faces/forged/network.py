"""The network: a small residual network of our own with two heads. One says whether the face was put together, the other
where: how much of each cell was put in, and where its edge runs (Li et al. 2020). Needs PyTorch, for training alone.

What blending leaves is mostly a break in local statistics, which a network finds slowly by itself: maps of them (how strong
each band of detail of brightness and colour is, relative to the whole face) are given to it beside the picture.
"""

from __future__ import annotations

from typing import Any

CELLS = 24  # cells a side of the second head, at 192 pixels
_BANDS = 4  # each at half the resolution of the one before
_POOL = 4  # pixels a side of a place in the maps
_LEAST = 0.004  # of detail, where values span 2: half a grey level
_YCC = ((0.299, 0.587, 0.114), (-0.169, -0.331, 0.5), (0.5, -0.419, -0.081))  # ITU-R BT.601


def network(torch: Any) -> Any:
    """float32 (n, 3, 192, 192) in -1..1 -> (logit (n,), cells (n, 2, 24, 24)): logits of what was put in and of its edge."""
    nn = torch.nn
    pool = nn.functional.avg_pool2d

    def conv(before: int, after: int, kernel: int, stride: int = 1) -> list[Any]:
        return [nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(after)]

    class Block(nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self, before: int, after: int, stride: int) -> None:
            super().__init__()
            self.path = nn.Sequential(*conv(before, after, 3, stride), nn.ReLU(), *conv(after, after, 3))
            same = stride == 1 and before == after
            self.past = nn.Identity() if same else nn.Sequential(nn.AvgPool2d(stride, stride), *conv(before, after, 1))

        def forward(self, x: Any) -> Any:
            return torch.relu(self.path(x) + self.past(x))

    class Statistics(nn.Module):  # type: ignore[name-defined,misc]
        """(n, 3, side, side) -> (n, 15, side / 4, side / 4): for each of brightness and two colours its mean and the
        logarithm of its detail in four bands, less their mean over the picture."""

        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("ycc", torch.tensor(_YCC)[:, :, None, None])

        def forward(self, x: Any) -> Any:
            x = nn.functional.conv2d(x, self.ycc)
            maps, side = [pool(x, _POOL)], x.shape[-1] // _POOL
            for band in range(_BANDS):
                around = nn.functional.pad(x, (1, 1, 1, 1), mode="replicate")
                across = 2 * x - around[:, :, 1:-1, :-2] - around[:, :, 1:-1, 2:]
                down = 2 * x - around[:, :, :-2, 1:-1] - around[:, :, 2:, 1:-1]
                detail = across.abs() + down.abs()
                by = _POOL >> band
                level = pool(detail, by) if by > 1 else detail
                maps.append(torch.log(nn.functional.interpolate(level, size=(side, side), mode="nearest") + _LEAST))
                x = pool(x, 2)
            found = torch.cat(maps, 1)
            return found - found.mean((2, 3), keepdim=True)

    class Forged(nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.statistics = Statistics()
            self.stem = nn.Sequential(*conv(6, 16, 5, 2), nn.ReLU(), *conv(16, 32, 3, 2), nn.ReLU())
            self.fine = nn.Sequential(Block(3 * (1 + _BANDS) + 32, 64, 2), Block(64, 64, 1), Block(64, 64, 1))
            self.coarse = nn.Sequential(Block(64, 112, 2), Block(112, 112, 1))
            self.back = nn.Sequential(*conv(64 + 112, 48, 1), nn.ReLU(), *conv(48, 48, 3), nn.ReLU())
            self.cells = nn.Conv2d(48, 2, 1)
            self.drop = nn.Dropout(0.2)
            self.whole = nn.Linear(112 + 48 + 2, 1)

        def forward(self, x: Any) -> Any:
            around = nn.functional.pad(x, (1, 1, 1, 1), mode="replicate")
            residual = 4 * x - around[:, :, 1:-1, :-2] - around[:, :, 1:-1, 2:]
            residual = residual - around[:, :, :-2, 1:-1] - around[:, :, 2:, 1:-1]
            with torch.autocast("cpu", enabled=False):  # differences of nearly equal values want full precision
                statistics = self.statistics(x.float())
            fine = self.fine(torch.cat([self.stem(torch.cat([x, residual], 1)), statistics], 1))
            coarse = self.coarse(fine)
            up = nn.functional.interpolate(coarse, size=fine.shape[-2:], mode="nearest")
            back = self.back(torch.cat([fine, up], 1))
            cells = self.cells(back)
            strongest = cells.flatten(2).topk(16, 2).values.mean(2)
            told = torch.cat([coarse.mean((2, 3)), back.mean((2, 3)), strongest], 1)
            return self.whole(self.drop(told))[:, 0], cells

    return Forged()
