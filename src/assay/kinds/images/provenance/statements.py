"""What the file states: a signed manifest (C2PA), the labels of IPTC and GB 45438, what a generator left, down to parameters
hidden in the lowest bits of the pixels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assay.core.cue import Cue, Force
from assay.formats.c2pa import Provenance
from assay.formats.provenance import Origin
from assay.kinds.images.opened import Opened

_CAPTURED = ("digitalCapture", "computationalCapture", "multiFrameComputationalCapture")
_PARTLY = ("compositeWithTrainedAlgorithmicMedia", "compositeSynthetic", "algorithmicMedia", "algorithmicallyEnhanced")
_STEALTH = tuple(b"stealth_" + kind for kind in (b"pnginfo", b"pngcomp", b"rgbinfo", b"rgbcomp"))
_STEALTH_BITS = 8 * len(_STEALTH[0])


def statements(opened: Opened, signed: Provenance | None) -> Iterator[Cue]:
    """`signed`: what its manifest says, judged by the operator's list of trusted signers."""
    origin = opened.origin
    if signed is not None:
        yield from _signed(signed)
    yield from _labels(origin)
    trace = origin.trace
    if trace is not None and trace.parameters:
        yield Cue("images.generator-parameters", Force.PROOF, values={"generator": trace.name})
    elif trace is not None:
        yield Cue("images.generator-named", Force.PROOF, values={"generator": trace.name})
    elif hidden_parameters(opened):
        yield Cue("images.generator-hidden", Force.PROOF)


def _signed(signed: Provenance) -> Iterator[Cue]:
    """A statement against one's own interest needs no trusted signer; one in it does."""
    values = {"signer": _plain(signed.signer), "generator": _plain(signed.generator)}
    if signed.wholly_generated:
        yield Cue("images.generated-signed", Force.PROOF, values=values)
    elif signed.partly_generated:
        yield Cue("images.composite-signed", Force.STRONG, values=values)
    if signed.valid is False:
        yield Cue("images.signature-broken", Force.STRONG, values={"problem": _plain(signed.problems[0])})
    elif signed.valid is None:
        yield Cue("images.signature-unverified", Force.NOTE, values={"problem": _plain(signed.problems[0])})
    elif signed.lapsed:
        yield Cue("images.signer-lapsed", Force.NOTE, values={"signer": values["signer"]})
    elif not signed.trusted:
        yield Cue("images.signer-unknown", Force.NOTE, values={"signer": values["signer"]})
    elif any(source in _CAPTURED for source in signed.sources) and not signed.generated:
        yield Cue("images.capture-signed", Force.VOUCHED, values={"signer": values["signer"]})
    else:
        yield Cue("images.signer-trusted", Force.NOTE, values={"signer": values["signer"]})


def _labels(origin: Origin) -> Iterator[Cue]:
    kind = origin.source_type
    if kind == "trainedAlgorithmicMedia":
        yield Cue("images.generated-label", Force.PROOF, values={"label": kind})
    elif kind in _PARTLY:
        yield Cue("images.composite-label", Force.STRONG, values={"label": kind})
    label = origin.aigc.get("Label", "")
    if label == "1":
        yield Cue("images.aigc-label", Force.PROOF, values={"producer": _plain(origin.aigc.get("ContentProducer", ""))})
    elif label in ("2", "3"):
        yield Cue("images.aigc-suspected", Force.STRONG, values={"label": label})


def hidden_parameters(opened: Opened) -> bool:
    """Do the lowest bits of the pixels, column by column, begin with the mark under which some generators hide their
    parameters ("stealth pnginfo")?"""
    if opened.media not in ("image/png", "image/webp") or opened.look is None or opened.look.orientation != 1:
        return False
    shown = opened.look.middle
    if shown is None or opened.look.at != (0, 0):
        return False
    columns = -(-_STEALTH_BITS // shown.shape[0])
    marks = [_bits(shown[:, :columns].transpose(1, 0, 2))]
    if (alpha := _alpha(opened.content, columns)) is not None:
        marks.append(_bits(alpha.T))
    return any(mark in _STEALTH for mark in marks)


def _bits(values: np.ndarray) -> bytes:
    return np.packbits(values.ravel()[:_STEALTH_BITS] & 1).tobytes()


def _alpha(content: bytes, columns: int) -> np.ndarray | None:
    """uint8[h, columns] of the transparency; None where there is none."""
    import io

    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "WEBP")) as image:
            if image.mode not in ("RGBA", "LA"):
                return None
            return np.asarray(image.crop((0, 0, min(columns, image.width), image.height)).getchannel("A"))
    except Exception:  # it opened a moment ago; whatever ails it now, nothing is hidden that could be read
        return None


def _plain(text: str) -> str:
    """One short line, for the record."""
    return " ".join("".join(c for c in text if c.isprintable()).split())[:80]


__all__ = ["hidden_parameters", "statements"]
