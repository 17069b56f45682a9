"""The patch network: a small residual CNN on what is left of a native-resolution patch when its smooth part is taken away.

Pixels are folded 2x2 into channels at the door (no information is lost, a quarter of the places remain), and only then
strided. The content of the picture (what it shows) is low-frequency and never seen, so that it cannot be learned.
Training needs PyTorch; what ships is the exported `model.onnx`.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

PATCH = 80  # pixels a side in training; the network is convolutional and takes larger ones
WIDTHS = (32, 64, 128)


def build(torch: Any, widths: tuple[int, int, int] = WIDTHS) -> Any:
    """A module: float[n, 3, h, w] in 0..255, sides multiples of 8 -> float[n] log-odds of generated."""
    nn, f = torch.nn, torch.nn.functional

    class Block(nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self, before: int, after: int, stride: int = 1) -> None:
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(),
                nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after),
            )  # fmt: skip
            same = before == after and stride == 1
            self.skip = nn.Identity() if same else nn.Conv2d(before, after, 1, stride, bias=False)

        def forward(self, x: Any) -> Any:
            return f.relu(self.body(x) + self.skip(x))

    class Patches(nn.Module):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            a, b, c = widths
            line = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
            self.register_buffer("smooth", torch.outer(line, line)[None, None].repeat(3, 1, 1, 1))
            self.stem = nn.Sequential(nn.Conv2d(12, a, 3, 1, 1, bias=False), nn.BatchNorm2d(a), nn.ReLU())
            self.body = nn.Sequential(Block(a, a), Block(a, b, 2), Block(b, b), Block(b, c, 2), Block(c, c))
            self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(2 * c, 1))

        def forward(self, x: Any) -> Any:
            rest = (x - f.conv2d(f.pad(x, (2, 2, 2, 2), mode="reflect"), self.smooth, groups=3)) / 8
            found = self.body(self.stem(f.pixel_unshuffle(rest.clamp(-6, 6), 2)))
            mean = found.mean((2, 3))
            spread = (found - mean[..., None, None]).pow(2).mean((2, 3)).add(1e-4).sqrt()
            return self.head(torch.cat([mean, spread], 1))[:, 0]

    return Patches()


def export(net: Any, path: Path) -> None:
    """Writes the network as ONNX, any number of patches of any size (sides multiples of 8); input `patches` float32."""
    torch = import_module("torch")
    net.eval()
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        net, (torch.zeros(2, 3, PATCH, PATCH),), str(path), input_names=["patches"], output_names=["log_odds"],
        dynamic_axes={"patches": {0: "n", 2: "h", 3: "w"}, "log_odds": {0: "n"}}, opset_version=17, dynamo=False,
    )  # fmt: skip
    halve(path)


def halve(path: Path) -> None:
    """Keeps large weights as 16-bit floats, widened again when the file is opened: half the bytes, the same arithmetic."""
    onnx, helper = import_module("onnx"), import_module("onnx.helper")
    arrays = import_module("onnx.numpy_helper")
    model = onnx.load(str(path))
    wide = [w for w in model.graph.initializer if w.data_type == onnx.TensorProto.FLOAT and len(w.raw_data) > 4096]
    for weight in wide:
        narrow = arrays.from_array(arrays.to_array(weight).astype("float16"), weight.name + ".half")
        cast = helper.make_node("Cast", [narrow.name], [weight.name], to=onnx.TensorProto.FLOAT)
        model.graph.initializer.remove(weight)
        model.graph.initializer.append(narrow)
        model.graph.node.insert(0, cast)
    onnx.save(model, str(path))


__all__ = ["PATCH", "WIDTHS", "build", "export", "halve"]
