"""Writes small ONNX files: the few fields of the protocol buffers (onnx.proto3, ONNX IR 8) that a plain feed-forward graph
needs, so that converting a network at set-up time asks for no package beyond numpy. Nothing here reads ONNX.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

IR_VERSION, OPSET = 8, 13
_FLOAT, _INT64 = 1, 7  # TensorProto.DataType
_INT, _INTS = 2, 7  # AttributeProto.AttributeType
_VARINT, _BYTES = 0, 2  # protobuf wire types


@dataclass
class Graph:
    """A graph under construction; values go by name, and a node's only output is named after the node."""

    name: str
    nodes: list[bytes] = field(default_factory=list)
    tensors: list[bytes] = field(default_factory=list)

    def constant(self, name: str, values: np.ndarray) -> str:
        """A float32 or int64 array that goes into the file; returns its name."""
        kind = _INT64 if values.dtype == np.int64 else _FLOAT
        raw = np.ascontiguousarray(values, "<i8" if kind == _INT64 else "<f4").tobytes()
        dims = b"".join(_number(1, n) for n in values.shape)
        self.tensors.append(dims + _number(2, kind) + _text(8, name) + _bytes(9, raw))
        return name

    def node(self, operator: str, inputs: Sequence[str], name: str, **attributes: int | Sequence[int]) -> str:
        """Adds a node of this operator; returns the name of its output."""
        told = b"".join(_text(1, value) for value in inputs) + _text(2, name) + _text(3, name) + _text(4, operator)
        told += b"".join(_bytes(5, _attribute(key, value)) for key, value in attributes.items())
        self.nodes.append(told)
        return name

    def file(self, input_: tuple[str, Sequence[int | str]], output: tuple[str, Sequence[int | str]]) -> bytes:
        """The file's bytes. Input and output are float32: their name and shape, a text for a dimension that may vary."""
        graph = b"".join(_bytes(1, node) for node in self.nodes) + _text(2, self.name)
        graph += b"".join(_bytes(5, tensor) for tensor in self.tensors)
        graph += _bytes(11, _value(*input_)) + _bytes(12, _value(*output))
        opset = _text(1, "") + _number(2, OPSET)
        return _number(1, IR_VERSION) + _text(2, "assay") + _bytes(7, graph) + _bytes(8, opset)


def with_outputs(content: bytes, names: Sequence[str]) -> bytes:
    """An ONNX file that gives these inner float32 values too. A message of a protocol buffer that comes twice is merged, so
    that they are a graph of nothing but outputs behind the rest."""
    values = (_text(1, name) + _bytes(2, _bytes(1, _number(1, _FLOAT))) for name in names)
    return content + _bytes(7, b"".join(_bytes(12, value) for value in values))


def _attribute(name: str, value: int | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, _INT)
    return _text(1, name) + b"".join(_number(8, one) for one in value) + _number(20, _INTS)


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    dims = b"".join(_bytes(1, _text(2, n) if isinstance(n, str) else _number(1, n)) for n in shape)
    tensor = _number(1, _FLOAT) + _bytes(2, dims)
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def _text(key: int, value: str) -> bytes:
    return _bytes(key, value.encode())


def _bytes(key: int, value: bytes) -> bytes:
    return _varint(key << 3 | _BYTES) + _varint(len(value)) + value


def _number(key: int, value: int) -> bytes:
    return _varint(key << 3 | _VARINT) + _varint(value)


def _varint(value: int) -> bytes:
    """Seven bits a byte, lowest first; the numbers written here are never negative."""
    return bytes(_septets(value))


def _septets(value: int) -> Iterable[int]:
    while value > 0x7F:
        yield value & 0x7F | 0x80
        value >>= 7
    yield value
