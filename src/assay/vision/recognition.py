"""Makes the ONNX file of the face embedding out of dlib's `dlib_face_recognition_resnet_model_v1.dat` (Davis King, CC0): a
residual network of 29 convolutions (after He et al. 2016, with half the filters) that was trained on about 3 million
faces with a metric loss. Set-up runs it once (`assay.vision.assets`); at run time only the ONNX file is needed.

Of the package that brings it only this one file is read. The landmark models beside it were trained on pictures that are
free for research only, and are not used.
"""

from __future__ import annotations

import numpy as np

from assay.core.errors import ModelError
from assay.vision.dlib_file import Layer, Network, read
from assay.vision.onnx_file import Graph

_CHANNELS = 3
Value = tuple[str, tuple[int, ...]]
"""A value of the graph: its name and its shape (channels, rows, columns)."""


def convert(data: bytes) -> bytes:
    """The network as ONNX: `face` float32[n, 3, 150, 150], RGB 0..255, to `embedding` float32[n, 128]. `data` are the bytes
    of the .dat file, which `assets` has checked. Raises `ModelError`."""
    return written(read(data))


def written(network: Network) -> bytes:
    """A network of convolutions, affine layers, pools and residual blocks as the bytes of an ONNX file. An affine layer goes
    into the convolution before it; a block's two ends are padded with zeros to the larger size, as dlib does. Raises
    `ModelError` for layers that do not fit together."""
    try:
        drawing = _Drawing(network)
        for layer in network.layers:
            drawing.add(layer)
        return drawing.file()
    except (ValueError, ArithmeticError) as error:
        raise ModelError(f"layers that do not fit together: {error}") from None


class _Drawing:
    """The graph, and where it stands: the value `here` of `shape` (channels, rows, columns). `start` is where the present
    block began and `side` its short way, both with their shapes."""

    def __init__(self, network: Network) -> None:
        self.graph = Graph("dlib_face_recognition_resnet_v1")
        self.input = ("face", ("n", _CHANNELS, network.rows, network.columns))
        self.count = 0
        mean = self.graph.constant("mean", np.array(network.mean, np.float32).reshape(1, _CHANNELS, 1, 1))
        scale = self.graph.constant("scale", np.full((1, 1, 1, 1), 1 / 256, np.float32))
        centred = self.graph.node("Sub", ["face", mean], "centred")
        self.here = self.graph.node("Mul", [centred, scale], "scaled")
        self.shape: tuple[int, ...] = (_CHANNELS, network.rows, network.columns)
        self.start: Value = (self.here, self.shape)
        self.side: Value = self.start
        self.pending: Layer | None = None  # a convolution whose affine layer may still come
        self.summed = False

    def add(self, layer: Layer) -> None:
        self.count += 1
        if self.pending is not None and layer.kind != "affine":
            self._convolve(self.pending, None)
            self.pending = None
        if layer.kind == "con":
            self.pending = layer
        elif layer.kind == "affine":
            if self.pending is None:
                raise ModelError("an affine layer after no convolution")
            self._convolve(self.pending, layer)
            self.pending = None
        elif layer.kind == "relu":
            self.here = self.graph.node("Relu", [self.here], f"relu{self.count}")
            if self.summed:
                self._begin_block()
        elif layer.kind == "max_pool":
            self.here, self.shape = self._pool("MaxPool", layer, (self.here, self.shape))
            self._begin_block()
        elif layer.kind == "avg_pool" and layer.sizes[0]:  # the short way of a block that halves its size
            self.side = self._pool("AveragePool", layer, self.start)
        elif layer.kind == "avg_pool":
            pooled = self.graph.node("GlobalAveragePool", [self.here], f"pool{self.count}")
            self.here = self.graph.node("Flatten", [pooled], f"flat{self.count}", axis=1)
        elif layer.kind == "add_prev":
            self._join()
        elif layer.kind == "fc":
            weights = self.graph.constant(f"w{self.count}", _parameters(layer)[0])
            self.here = self.graph.node("MatMul", [self.here, weights], "embedding")
            self.shape = (layer.sizes[0],)

    def file(self) -> bytes:
        return self.graph.file(self.input, (self.here, ("n", *self.shape)))

    def _begin_block(self) -> None:
        self.start = self.side = (self.here, self.shape)
        self.summed = False

    def _convolve(self, layer: Layer, affine: Layer | None) -> None:
        filters, rows, columns, down, right, above, left = layer.sizes
        weights, bias = _parameters(layer)
        if affine is not None:
            gamma, beta = _parameters(affine)
            weights = weights * gamma[:, None, None, None]
            bias = bias * gamma + beta
        name = f"con{self.count}"
        inputs = [
            self.here,
            self.graph.constant(f"w{self.count}", weights),
            self.graph.constant(f"b{self.count}", bias),
        ]
        self.here = self.graph.node(
            "Conv", inputs, name, kernel_shape=(rows, columns), strides=(down, right), pads=(above, left, above, left)
        )
        self.shape = (filters, *_sizes(self.shape, (rows, columns), (down, right), (above, left)))

    def _pool(self, operator: str, layer: Layer, value: Value) -> Value:
        rows, columns, down, right, above, left = layer.sizes
        pads = (above, left, above, left)
        name = f"pool{self.count}"
        self.graph.node(operator, [value[0]], name, kernel_shape=(rows, columns), strides=(down, right), pads=pads)
        return name, (value[1][0], *_sizes(value[1], (rows, columns), (down, right), (above, left)))

    def _join(self) -> None:
        """The sum of the block's long and short way."""
        wanted = tuple(max(a, b) for a, b in zip(self.shape, self.side[1], strict=True))
        ways = [self._padded(*way, wanted, i) for i, way in enumerate(((self.here, self.shape), self.side))]
        self.here, self.shape = self.graph.node("Add", ways, f"sum{self.count}"), wanted
        self.summed = True

    def _padded(self, value: str, shape: tuple[int, ...], wanted: tuple[int, ...], which: int) -> str:
        if shape == wanted:
            return value
        after = [0, *(w - s for w, s in zip(wanted, shape, strict=True))]
        name = f"pad{self.count}_{which}"
        pads = self.graph.constant(f"{name}_by", np.array([0, 0, 0, 0, *after], np.int64))
        return self.graph.node("Pad", [value, pads], name)


def _parameters(layer: Layer) -> tuple[np.ndarray, np.ndarray]:
    """Weights and bias, which is 0 for a layer without."""
    if layer.weights is None:
        raise ModelError(f"a layer {layer.kind!r} without weights")
    return layer.weights, np.zeros(1, np.float32) if layer.bias is None else layer.bias


def _sizes(
    shape: tuple[int, ...], kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]
) -> tuple[int, int]:
    rows, columns = (
        1 + (size + 2 * pad - window) // step
        for size, window, step, pad in zip(shape[1:], kernel, stride, padding, strict=True)
    )
    return rows, columns
