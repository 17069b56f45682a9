"""Reads a network that dlib has serialised (dlib/serialize.h and the `serialize` functions of dlib/dnn), as far as plain
feed-forward networks need: its input, then its layers from input to output. Only sizes and numbers come out; nothing in
the file is run.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

import numpy as np

from assay.core.errors import ModelError

MOST_LAYERS = 2000
_MOST_TEXT = 100
_MOST_SIZE = 1 << 24
_ADD_LAYER, _INPUT_LAYER = 2, 3  # versions that `add_layer` writes before its subnetwork; 1 is a tag or a skip


class Layer(NamedTuple):
    """kind: "con", "affine", "relu", "max_pool", "avg_pool", "add_prev" or "fc".

    sizes    con: filters, rows, columns, stride down, stride right, padding down, padding right; pools: the last six, rows 0
             for the whole picture; fc: outputs, inputs
    weights  con: float32[filters, channels, rows, columns]; affine: gamma float32[channels]; fc: float32[inputs, outputs]
    bias     con and affine: float32[filters or channels]
    """

    kind: str
    sizes: tuple[int, ...] = ()
    weights: np.ndarray | None = None
    bias: np.ndarray | None = None


class Network(NamedTuple):
    """`mean` is subtracted from red, green and blue of a picture of `rows` by `columns` pixels, then all is divided by 256."""

    mean: tuple[float, float, float]
    rows: int
    columns: int
    layers: tuple[Layer, ...]


def read(data: bytes) -> Network:
    """A network under a metric loss, for RGB pictures of one size. Raises `ModelError` for anything else, and for bytes that
    end early or go on after it."""
    try:
        return _Reader(data).network()
    except (IndexError, ValueError, UnicodeDecodeError) as error:
        raise ModelError(f"not a dlib network as expected: {error}") from None


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def network(self) -> Network:
        self._expect(1)
        if self._text() != "loss_metric_2":
            raise ValueError("no metric loss")
        self._real(), self._real()  # margin and threshold of the loss
        versions = [self._integer()]
        while versions[-1] != _INPUT_LAYER:
            versions.append(self._integer())
            if len(versions) > MOST_LAYERS:
                raise ValueError("too many layers")
        if self._text() != "input_rgb_image_sized":
            raise ValueError("no RGB input")
        mean = (self._real(), self._real(), self._real())
        rows, columns = self._integer(), self._integer()
        layers = []
        for version in reversed(versions):  # a subnetwork is written before what stands upon it
            if version in (_ADD_LAYER, _INPUT_LAYER):
                layers.append(self._layer())
                self._state(version)
        if self.at != len(self.data):
            raise ValueError(f"{len(self.data) - self.at} bytes too many")
        return Network(mean, rows, columns, tuple(layers))

    def _layer(self) -> Layer:
        kind = self._text().rstrip("_0123456789")
        if kind == "con":
            parameters = self._tensor()
            sizes = self._integers(7)
            weights, bias = self._aliases(parameters)
            self._reals(4)
            return Layer(kind, sizes, weights, bias.ravel())
        if kind == "affine":
            weights, bias = self._aliases(self._tensor())
            if self._integer():
                raise ValueError("affine layer of a fully connected one")
            return Layer(kind, (), weights.ravel(), bias.ravel())
        if kind in ("max_pool", "avg_pool"):
            return Layer(kind, self._integers(6))
        if kind == "fc":
            sizes = self._integers(2)
            parameters = self._tensor()
            self._integers(10)
            if self._integer() != 1:
                raise ValueError("a fully connected layer with bias")
            self._reals(4)
            return Layer(kind, sizes, parameters.reshape(sizes[1], sizes[0]))
        if kind in ("relu", "add_prev"):
            return Layer(kind)
        raise ValueError(f"a layer {kind!r}")

    def _aliases(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The two tensors that one run of numbers holds, weights first."""
        shapes = [self._integers(5)[1:] for _ in range(2)]
        first = prod(shapes[0])
        return parameters[:first].reshape(shapes[0]), parameters[first:].reshape(shapes[1])

    def _state(self, version: int) -> None:
        """What a layer keeps of its last run: three flags and three tensors."""
        flags = self._take(3)
        if set(flags) - set(b"01"):
            raise ValueError("no flags where they should be")
        for _ in range(3):
            self._tensor()
        if version == _INPUT_LAYER:
            self._expect(1)  # samples an input is expanded to

    def _tensor(self) -> np.ndarray:
        """float32, flat."""
        self._expect(2)
        count = prod(self._integers(4))
        if not 0 <= count <= (len(self.data) - self.at) // 4:
            raise ValueError("a tensor larger than the file")
        return np.frombuffer(self._take(4 * count), "<f4")

    def _expect(self, number: int) -> None:
        if (found := self._integer()) != number:
            raise ValueError(f"{found} where {number} should be, at byte {self.at}")

    def _integer(self) -> int:
        """A byte that tells sign (high bit) and length, then so many bytes, lowest first."""
        head = self._take(1)[0]
        value = int.from_bytes(self._take(head & 0x0F), "little")
        return -value if head & 0x80 else value

    def _integers(self, count: int) -> tuple[int, ...]:
        """Sizes, none of them negative or absurd."""
        read = tuple(self._integer() for _ in range(count))
        if not all(0 <= size <= _MOST_SIZE for size in read):
            raise ValueError("a size out of range")
        return read

    def _real(self) -> float:
        """Mantissa and exponent to the base 2."""
        mantissa, exponent = self._integer(), self._integer()
        if not (-1100 < exponent < 900 and abs(mantissa) < 1 << 64):
            raise ValueError("a number out of range")
        return float(mantissa) * 2.0**exponent

    def _reals(self, count: int) -> None:
        for _ in range(count):
            self._real()

    def _text(self) -> str:
        size = self._integer()
        if not 0 <= size <= _MOST_TEXT:
            raise ValueError("no name where it should be")
        return self._take(size).decode("ascii")

    def _take(self, size: int) -> bytes:
        taken = self.data[self.at : self.at + size]
        if len(taken) != size:
            raise ValueError("the file ends early")
        self.at += size
        return taken
