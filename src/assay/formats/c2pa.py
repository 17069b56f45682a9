"""Content provenance in pictures (C2PA 1.x and 2.x): the manifest store out of JPEG APP11, PNG `caBX`, WebP `C2PA`, a TIFF tag,
a GIF extension and ISO files' `uuid`, its assertions, and whether they still hold: assertion hashes, the hash over the file, and
the claim's signature, all checked offline. What a picture was made of (its ingredients) is followed through the store.

A valid manifest is evidence of what its signer says; a missing one says nothing. Whether the signer is to be trusted is the
operator's matter (`c2pa_signer.Trust`).
"""

from __future__ import annotations

import hmac
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from assay.core.errors import UnreadableInput
from assay.formats import cbor
from assay.formats.c2pa_iso import HASHES as _HASHES
from assay.formats.c2pa_iso import check, version_of
from assay.formats.c2pa_signer import Trust, signer
from assay.formats.jpeg import read_jpeg
from assay.formats.picture_notes import bmff_boxes, gif_blocks, png_chunks, tiff_bytes, webp_chunks

NOBODY = Trust()
MAX_STORE = 32 << 20
MAX_BOXES = 20_000
# IPTC digital source types of media that no camera took.
GENERATED = ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "algorithmicMedia")
MAX_INGREDIENTS = 32
_TIFF_TAG = 0xCD41
_GIF_BLOCK = b"\x21\xff\x0bC2PA_GIF\x01\x00\x00"
_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_STEP = 4 << 20


@dataclass
class Provenance:
    """What the active manifest says. `valid`: True, False where something it promises does not hold (`problems` says what),
    None where it could not all be checked. `sources` are IPTC digital source types, of the picture and of what it was made
    from in one piece (its parents); `parts` those of what was put into it. `signer` is the certificate's organisation or
    name; `trusted` whether its chain ends in one of the roots given and is of its time, `lapsed` whether it would, but is not;
    `manifests` how many the store holds."""

    valid: bool | None = True
    problems: list[str] = field(default_factory=list)
    generator: str = ""
    signer: str = ""
    trusted: bool = False
    lapsed: bool = False
    actions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    manifests: int = 0

    @property
    def wholly_generated(self) -> bool:
        """Does it say that a trained model made the picture, or what it was made from?"""
        return "trainedAlgorithmicMedia" in self.sources

    @property
    def partly_generated(self) -> bool:
        """Does it say that a trained model made something of what is in the picture?"""
        return any(source in GENERATED[:2] for source in (*self.sources, *self.parts))

    @property
    def generated(self) -> bool:
        """Does it say that a generator made the picture, or part of it?"""
        return any(source in GENERATED for source in self.sources)

    def fail(self, problem: str) -> None:
        self.valid = False
        self.problems.append(problem)

    def doubt(self, problem: str) -> None:
        self.valid = None if self.valid else self.valid
        self.problems.append(problem)


def read_provenance(content: bytes, trust: Trust = NOBODY, at: datetime | None = None) -> Provenance | None:
    """The provenance of a JPEG or PNG; None where it carries no manifest. Never raises."""
    try:
        store = manifest_store(content)
        if store is None:
            return None
    except UnreadableInput as error:
        return Provenance(valid=False, problems=[f"unreadable: {error}"])
    except Exception as error:
        return Provenance(valid=False, problems=[f"malformed ({type(error).__name__})"])
    return judge(store, io.BytesIO(content), trust, at)


def judge(store: bytes, file: BinaryIO, trust: Trust = NOBODY, at: datetime | None = None) -> Provenance:
    """What the manifest store of this file says, and whether it holds. The file is read piece by piece. Never raises."""
    try:
        return _judge(store, file, trust, at)
    except UnreadableInput as error:
        return Provenance(valid=False, problems=[f"unreadable: {error}"])
    except Exception as error:  # a claim may hold a number where a list should stand, at any depth
        return Provenance(valid=False, problems=[f"malformed ({type(error).__name__})"])


def manifest_store(content: bytes) -> bytes | None:
    """The JUMBF bytes of the manifest store, put together again from the segments they are spread over."""
    if content[:2] == b"\xff\xd8":
        found: dict[int, list[tuple[int, bytes]]] = {}
        for payload in read_jpeg(content).application(0xEB, b"JP"):
            if len(payload) > 14:
                number, order = int.from_bytes(payload[:2], "big"), int.from_bytes(payload[2:6], "big")
                found.setdefault(number, []).append((order, payload[6:]))
        for pieces in found.values():
            pieces.sort()
            # Every segment repeats the box's own header; only the first one's counts.
            store = pieces[0][1] + b"".join(piece[8:] for _, piece in pieces[1:])
            if b"c2pa" in store[:64] and len(store) <= MAX_STORE:
                return store
        return None
    chunks: Iterator[bytes]
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        chunks = (content[at : at + length] for kind, at, length in png_chunks(content) if kind == b"caBX")
    elif content[:4] == b"RIFF":
        chunks = (content[at : at + length] for kind, at, length in webp_chunks(content) if kind == b"C2PA")
    elif content[4:8] == b"ftyp":
        chunks = _iso_stores(content)
    elif content[:4] in (b"II*\0", b"MM\0*"):
        chunks = filter(None, [tiff_bytes(content, _TIFF_TAG)])
    elif content[:3] == b"GIF" and (at := content.find(_GIF_BLOCK)) >= 0:
        chunks = iter([gif_blocks(content, at + len(_GIF_BLOCK), MAX_STORE)])
    else:
        return None
    return next((store for store in chunks if len(store) <= MAX_STORE), None)


def _iso_stores(content: bytes) -> Iterator[bytes]:
    """Of a `uuid` box: version and flags, the purpose as a string, eight bytes of offset, the store."""
    for kind, start, end in bmff_boxes(content, 0, len(content)):
        if kind == b"uuid" and content[start : start + 16] == _UUID:
            purpose, _, _ = content[start + 20 : min(start + 64, end)].partition(b"\0")
            if purpose == b"manifest":
                yield content[start + 29 + len(purpose) : end]


@dataclass
class Box:
    """A JUMBF box: a superbox has a label and boxes within; `payload` is everything behind its header."""

    kind: bytes
    payload: bytes
    label: str = ""
    inner: list[Box] = field(default_factory=list)

    def find(self, label: str) -> Box | None:
        return next((box for box in self.inner if box.label == label), None)

    @property
    def content(self) -> bytes:
        """What stands in its first content box."""
        return self.inner[0].payload if self.inner else b""


def boxes(content: bytes, depth: int = 0, count: list[int] | None = None) -> Iterator[Box]:
    """The boxes that these bytes are. Raises `UnreadableInput` where they overrun or nest too deep."""
    count = [0] if count is None else count
    at = 0
    while at + 8 <= len(content):
        count[0] += 1
        size, kind, head = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8], 8
        if size == 1:
            size, head = int.from_bytes(content[at + 8 : at + 16], "big"), 16
        size = size or len(content) - at
        if size < head or at + size > len(content) or depth > 16 or count[0] > MAX_BOXES:
            raise UnreadableInput("a JUMBF box is malformed", where=f"byte {at}")
        box = Box(kind, content[at + head : at + size])
        if kind == b"jumb":
            inner = list(boxes(box.payload, depth + 1, count))
            if inner and inner[0].kind == b"jumd":
                described = inner[0].payload
                if len(described) > 17 and described[16] & 2:
                    box.label = described[17:].split(b"\0", 1)[0].decode("utf-8", "replace")
                box.inner = inner[1:]
        yield box
        at += size


def _judge(store: bytes, file: BinaryIO, trust: Trust, at: datetime | None) -> Provenance:
    found = Provenance()
    top = next((box for box in boxes(store) if box.label == "c2pa"), None)
    manifests = [box for box in top.inner if box.kind == b"jumb"] if top else []
    if not manifests:
        found.fail("the store holds no manifest")
        return found
    manifest = manifests[-1]  # the active one
    claim_box = manifest.find("c2pa.claim.v2") or manifest.find("c2pa.claim")
    if claim_box is None:
        found.fail("the manifest has no claim")
        return found
    claim = cbor.loads(claim_box.content)
    if not isinstance(claim, dict):
        found.fail("the claim is no map")
        return found
    found.generator = _generator(claim)
    assertions = manifest.find("c2pa.assertions")
    kept = {box.label: box for box in assertions.inner} if assertions else {}
    _assertions(found, claim, kept)
    _bindings(found, claim, kept, file, len(store))
    _story(found, kept)
    found.manifests = len(manifests)
    _ingredients(found, manifest.label, {one.label: one for one in manifests})
    signature = manifest.find("c2pa.signature")
    if signature is None:
        found.fail("the claim is not signed")
    else:
        said = signer(signature.content, claim_box.content, trust, at)
        found.signer, found.trusted, found.lapsed = said.name, said.trusted, said.lapsed
        if said.holds is None:
            found.doubt(said.problem)
        elif not said.holds:
            found.fail(said.problem)
    return found


def _generator(claim: dict[Any, Any]) -> str:
    info = claim.get("claim_generator_info")
    info = info[0] if isinstance(info, list) and info else info
    name = info.get("name") if isinstance(info, dict) else None
    return str(name or claim.get("claim_generator") or "")[:120]


def _assertions(found: Provenance, claim: dict[Any, Any], kept: dict[str, Box]) -> None:
    """Every assertion that the claim names is there with the hash it states."""
    lists = (claim.get(name) for name in ("assertions", "created_assertions", "gathered_assertions"))
    redacted = {str(url).rpartition("/")[2] for url in claim.get("redacted_assertions") or ()}
    for reference in (r for one in lists if isinstance(one, list) for r in one if isinstance(r, dict)):
        label = str(reference.get("url", "")).rpartition("/")[2]
        box, algorithm = kept.get(label), str(reference.get("alg") or claim.get("alg") or "sha256")
        if box is None:
            if label not in redacted and "/c2pa.assertions/" in str(reference.get("url", "")):
                found.fail(f"assertion {label} is missing")
        elif algorithm not in _HASHES:
            found.doubt(f"hash {algorithm} is not known")
        elif not _same(_HASHES[algorithm](box.payload).digest(), reference.get("hash")):
            found.fail(f"assertion {label} was changed")


def _bindings(found: Provenance, claim: dict[Any, Any], kept: dict[str, Box], file: BinaryIO, store: int) -> None:
    """The hash over the file outside the ranges it excludes, which may hold the store and little else; of ISO files, over
    their boxes."""
    bound = [
        (label, box) for label, box in kept.items() if label.split("__")[0] == "c2pa.hash.data" or version_of(label)
    ]
    if not bound:
        found.doubt("nothing binds it to the file in a way that is checked here")
    for label, box in bound:
        binding = cbor.loads(box.content)
        algorithm = str(binding.get("alg") or claim.get("alg") or "sha256") if isinstance(binding, dict) else ""
        if algorithm not in _HASHES:
            found.doubt(f"hash {algorithm} is not known")
        elif version := version_of(label):
            holds, why = check(_HASHES[algorithm], binding, version, file)
            if holds is None:
                found.doubt(why)
            elif not holds:
                found.fail(why)
        else:
            _ranges_hashed(found, binding, _HASHES[algorithm](), file, store)


def _ranges_hashed(found: Provenance, binding: dict[Any, Any], hashed: Any, file: BinaryIO, store: int) -> None:
    ranges = [_range(r) for r in binding.get("exclusions") or () if isinstance(r, dict)]
    if (-1, -1) in ranges:
        found.fail("the excluded ranges are malformed")
        return
    if sum(length for _, length in ranges) > 2 * store + 65_536:
        found.fail("it excludes more of the file than itself")
    end, at = file.seek(0, 2), 0
    for start, length in [*sorted(ranges), (end, 0)]:
        file.seek(at)
        while at < min(start, end) and (piece := file.read(min(_STEP, min(start, end) - at))):
            hashed.update(piece)
            at += len(piece)
        at = max(at, start + length)
    if not _same(hashed.digest(), binding.get("hash")):
        found.fail("the file was changed after it was signed")


def _range(stated: dict[Any, Any]) -> tuple[int, int]:
    """Start and length; (-1, -1) where they are no such thing."""
    start, length = stated.get("start"), stated.get("length")
    if isinstance(start, int) and isinstance(length, int) and start >= 0 and length >= 0:
        return start, length
    return -1, -1


def _story(found: Provenance, kept: dict[str, Box]) -> None:
    actions: list[str] = []
    sources: list[str] = []
    for label, box in kept.items():
        if not label.startswith("c2pa.actions"):
            continue
        told = cbor.loads(box.content)
        listed = told.get("actions") if isinstance(told, dict) else None
        for action in listed if isinstance(listed, list) else ():
            if isinstance(action, dict):
                actions.append(str(action.get("action", ""))[:80])
                source = str(action.get("digitalSourceType") or "").rpartition("/")[2]
                if source:
                    sources.append(source[:80])
    found.actions, found.sources = tuple(actions[:50]), tuple(dict.fromkeys(sources))


def _ingredients(found: Provenance, active: str, manifests: dict[str, Box]) -> None:
    """Follows what the picture was made from through the store, and takes over what is said of it. Every step is bound by the
    hash that the ingredient's assertion, itself signed, states of the other manifest."""
    waiting, seen = [(active, True)], set[str]()
    sources, parts = list(found.sources), list[str]()
    while waiting and len(seen) < MAX_INGREDIENTS:
        label, whole = waiting.pop()
        if label in seen or label not in manifests:
            continue
        seen.add(label)
        kept = manifests[label].find("c2pa.assertions")
        for box in kept.inner if kept else ():
            if not box.label.startswith("c2pa.ingredient"):
                continue
            told = cbor.loads(box.content)
            reference = (told.get("activeManifest") or told.get("c2pa_manifest")) if isinstance(told, dict) else None
            if not isinstance(reference, dict):
                continue
            inner = manifests.get(str(reference.get("url", "")).rpartition("/")[2])
            algorithm = str(reference.get("alg") or "sha256")
            if inner is None or algorithm not in _HASHES:
                continue
            if not _same(_HASHES[algorithm](inner.payload).digest(), reference.get("hash")):
                found.doubt(f"ingredient {inner.label} is not the one that was signed")
                continue
            story = Provenance()
            assertions = inner.find("c2pa.assertions")
            _story(story, {one.label: one for one in assertions.inner} if assertions else {})
            parent = whole and told.get("relationship") == "parentOf"
            (sources if parent else parts).extend(story.sources)
            waiting.append((inner.label, parent))
    found.sources, found.parts = tuple(dict.fromkeys(sources))[:20], tuple(dict.fromkeys(parts))[:20]


def _same(digest: bytes, stated: Any) -> bool:
    return isinstance(stated, bytes) and hmac.compare_digest(digest, stated)


__all__ = ["GENERATED", "Provenance", "judge", "manifest_store", "read_provenance"]
