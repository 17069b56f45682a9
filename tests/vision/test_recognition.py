"""dlib's own file form is read to the last byte, and the ONNX file made of it computes what its layers say."""

from __future__ import annotations

import struct
from contextlib import suppress

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import ModelError
from assay.vision.dlib_file import read
from assay.vision.recognition import convert, written

SIDE = 12
MEAN = (122.75, 117.0, 104.25)


def integer(value: int) -> bytes:
    body = abs(value).to_bytes((abs(value).bit_length() + 7) // 8, "little")
    return bytes([len(body) | (0x80 if value < 0 else 0)]) + body


def text(value: str) -> bytes:
    return integer(len(value)) + value.encode()


def real(value: float) -> bytes:
    mantissa, exponent = np.frexp(value)
    return integer(int(mantissa * 2**30)) + integer(int(exponent) - 30)


def tensor(values: np.ndarray) -> bytes:
    sizes = b"".join(map(integer, (values.size, 1, 1, 1)))
    return integer(2) + sizes + values.astype("<f4").tobytes()


def alias(*shape: int) -> bytes:
    return integer(1) + b"".join(map(integer, shape))


STATE = b"110" + 3 * (integer(2) + 4 * integer(0))


class Written:
    """A small network with every kind of layer: its file as dlib would write it, and what it computes."""

    def __init__(self, seed: int = 3) -> None:
        self.random = np.random.default_rng(seed)
        self.details: list[bytes] = []
        self.versions: list[int] = []

    def layer(self, body: bytes, tags: int = 0) -> None:
        first = not self.versions
        self.versions += [3 if first else 2] + [1] * tags
        self.details.append(body + STATE + (integer(1) if first else b""))

    def con(self, filters: int, channels: int, window: int, stride: int, pad: int) -> tuple[np.ndarray, np.ndarray]:
        weights = self.random.normal(0, 0.3, (filters, channels, window, window)).astype(np.float32)
        bias = self.random.normal(0, 0.3, filters).astype(np.float32)
        sizes = b"".join(map(integer, (filters, window, window, stride, stride, pad, pad)))
        body = text("con_4") + tensor(np.concatenate([weights.ravel(), bias])) + sizes
        body += alias(filters, channels, window, window) + alias(1, filters, 1, 1) + 4 * real(1.0)
        self.layer(body)
        return weights, bias

    def affine(self, channels: int) -> tuple[np.ndarray, np.ndarray]:
        gamma, beta = self.random.normal(1, 0.2, (2, channels)).astype(np.float32)
        shape = alias(1, channels, 1, 1)
        self.layer(text("affine_") + tensor(np.concatenate([gamma, beta])) + shape + shape + integer(0))
        return gamma, beta

    def pool(self, name: str, window: int, stride: int) -> None:
        self.layer(text(name) + b"".join(map(integer, (window, window, stride, stride, 0, 0))))

    def fc(self, inputs: int, outputs: int) -> np.ndarray:
        weights = self.random.normal(0, 0.3, (inputs, outputs)).astype(np.float32)
        body = text("fc_2") + integer(outputs) + integer(inputs) + tensor(weights) + alias(inputs, outputs, 1, 1)
        self.layer(body + alias(0, 0, 0, 0) + integer(1) + 4 * real(1.0))
        return weights

    def file(self) -> bytes:
        head = integer(1) + text("loss_metric_2") + real(0.04) + real(0.6)
        head += b"".join(map(integer, reversed(self.versions)))
        head += text("input_rgb_image_sized") + b"".join(map(real, MEAN)) + integer(SIDE) + integer(SIDE)
        return head + b"".join(self.details)


def convolved(x: np.ndarray, weights: np.ndarray, bias: np.ndarray, stride: int, pad: int) -> np.ndarray:
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    side, window = 1 + (x.shape[1] - weights.shape[2]) // stride, weights.shape[2]
    out = np.zeros((len(weights), side, side))
    for i in range(side):
        for j in range(side):
            patch = x[:, i * stride : i * stride + window, j * stride : j * stride + window]
            out[:, i, j] = np.tensordot(weights, patch, 3) + bias
    return out


def pooled(x: np.ndarray, window: int, stride: int, how: str) -> np.ndarray:
    side = 1 + (x.shape[1] - window) // stride
    cut = lambda i, j: x[:, i * stride : i * stride + window, j * stride : j * stride + window]  # noqa: E731
    return np.array([[getattr(cut(i, j), how)((1, 2)) for j in range(side)] for i in range(side)]).transpose(2, 0, 1)


def small() -> tuple[bytes, object]:
    """Its file, and a function that computes it: stem, a plain block, a block that halves sizes and doubles channels."""
    net = Written()
    stem, scale = net.con(4, 3, 3, 1, 1), net.affine(4)
    net.layer(text("relu_"))
    net.pool("max_pool_2", 3, 2)
    plain = net.con(4, 4, 3, 1, 1), net.affine(4)
    net.layer(text("add_prev_"), tags=1)
    net.layer(text("relu_"))
    down = net.con(6, 4, 3, 2, 0), net.affine(6)
    net.pool("avg_pool_2", 2, 2)
    net.layer(text("add_prev_"), tags=2)
    net.layer(text("relu_"))
    net.pool("avg_pool_2", 0, 1)
    last = net.fc(6, 5)

    def computed(picture: np.ndarray) -> np.ndarray:
        x = (picture.transpose(2, 0, 1) - np.array(MEAN)[:, None, None]) / 256
        x = convolved(x, *stem, 1, 1)
        x = np.maximum(x * scale[0][:, None, None] + scale[1][:, None, None], 0)
        x = pooled(x, 3, 2, "max")
        long = convolved(x, *plain[0], 1, 1) * plain[1][0][:, None, None] + plain[1][1][:, None, None]
        x = np.maximum(long + x, 0)
        long = convolved(x, *down[0], 2, 0) * down[1][0][:, None, None] + down[1][1][:, None, None]
        short = pooled(x, 2, 2, "mean")
        both = np.zeros((6, short.shape[1], short.shape[2]))
        both[:, : long.shape[1], : long.shape[2]] += long
        both[:4] += short
        return np.asarray(np.maximum(both, 0).mean((1, 2)) @ last)

    return net.file(), computed


def test_the_onnx_file_computes_what_the_layers_say() -> None:
    data, computed = small()
    pictures = np.random.default_rng(1).integers(0, 256, (3, SIDE, SIDE, 3)).astype(np.float32)
    session = onnxruntime.InferenceSession(written(read(data)), providers=["CPUExecutionProvider"])
    found = session.run(None, {"face": pictures.transpose(0, 3, 1, 2)})[0]
    assert found.shape == (3, 5)
    for row, picture in zip(found, pictures, strict=True):
        assert np.allclose(row, computed(picture), atol=1e-5)  # type: ignore[operator]


def test_the_file_is_read_to_its_last_byte() -> None:
    data, _ = small()
    network = read(data)
    assert (network.mean, network.rows, network.columns) == (MEAN, SIDE, SIDE)
    assert [layer.kind for layer in network.layers][:4] == ["con", "affine", "relu", "max_pool"]
    for other in (data[:-1], data + b"\0"):
        with pytest.raises(ModelError):
            read(other)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_and_nothing_else_happens(data: st.DataObject) -> None:
    whole, _ = small()
    cut = data.draw(st.integers(0, len(whole)))
    flipped = bytearray(whole[:cut])
    for at in data.draw(st.lists(st.integers(0, max(0, min(cut, 400) - 1)), max_size=4)) if cut else []:
        flipped[at] ^= 1 << data.draw(st.integers(0, 7))
    with suppress(ModelError):
        written(read(bytes(flipped)))


def test_what_is_no_network_is_refused() -> None:
    for content in (b"", b"\x01\x01", struct.pack("<4d", 1, 2, 3, 4), b"\x00" * 5000):
        with pytest.raises(ModelError):
            convert(content)
