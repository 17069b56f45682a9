"""The network: a small residual network of our own with two heads. One says whether the face was put together, the other
where: how much of each cell was put in, and where its edge runs (Li et al. 2020). It sees the colours and their high-pass
residual. Needs PyTorch, for training alone."""

from __future__ import annotations

from typing import Any

WIDTHS = (24, 40, 80, 128)
CELLS = 24  # cells a side of the second head, at 192 pixels


def network(torch: Any) -> Any:
    """float32 (n, 3, 192, 192) in -1..1 -> (logit (n,), cells (n, 2, 24, 24)): logits of what was put in and of its edge."""
    nn = torch.nn

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

    class Forged(nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            a, b, c, d = WIDTHS
            self.stem = nn.Sequential(*conv(6, a, 5, 2), nn.ReLU())
            self.fine = nn.Sequential(Block(a, b, 2), Block(b, c, 2), Block(c, c, 1))
            self.coarse = nn.Sequential(Block(c, d, 2), Block(d, d, 1))
            self.back = nn.Sequential(*conv(c + d, 48, 1), nn.ReLU(), *conv(48, 48, 3), nn.ReLU())
            self.cells = nn.Conv2d(48, 2, 1)
            self.drop = nn.Dropout(0.2)
            self.whole = nn.Linear(d + 48 + 2, 1)

        def forward(self, x: Any) -> Any:
            residual = 4 * (x - nn.functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False))
            fine = self.fine(self.stem(torch.cat([x, residual], 1)))
            coarse = self.coarse(fine)
            up = nn.functional.interpolate(coarse, size=fine.shape[-2:], mode="bilinear", align_corners=False)
            back = self.back(torch.cat([fine, up], 1))
            cells = self.cells(back)
            strongest = cells.flatten(2).topk(16, 2).values.mean(2)
            told = torch.cat([coarse.mean((2, 3)), back.mean((2, 3)), strongest], 1)
            return self.whole(self.drop(told))[:, 0], cells

    return Forged()
