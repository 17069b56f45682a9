"""Every signature of a PDF: what bytes it covers, whether it holds, and what was changed after it (ISO 32000-2 12.8, PAdES).

The anatomy of /ByteRange is read here; digests, CMS and the rules for permitted changes are pyHanko's, offline: nothing is
fetched, and a certificate is trusted only where it leads to a root the operator laid down. Attacks: Mladenov et al., CCS'19
(forgery, incremental saving, wrapping); Mainka et al., NDSS'21 (shadow); Rohlmann et al., S&P'21 (certified documents).
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assay.formats.pdf_file import PdfFile, Ref, Stream, View

MAX_SIGNATURES = 50
MAX_DIFFED = 60_000  # objects of a file whose changes after signing are reviewed one by one
MAX_REVISIONS = 60
MAX_PATHS = 150_000

NONE, LTA, FORMS, ANNOTATIONS, OTHER, UNSEEN = "none", "lta", "forms", "annotations", "other", "unseen"

logging.getLogger("pyhanko").addHandler(logging.NullHandler())
logging.getLogger("pyhanko_certvalidator").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Signature:
    """One signature or document time stamp.

    range     its /ByteRange as it stands (None: absent or not integers)
    fault     what is wrong with the range: "" | "shape" (not 4 numbers from 0, or negative) | "gap" (it leaves out more or
              less than /Contents) | "moved" (/Contents stands elsewhere: the file was written anew) | "beyond" (the file is
              shorter)
    covers    "file" | "revision" | "block" (from the start, not to the end of a revision) | "unclear"
    intact    the digest of the covered bytes is the one that was signed; None: not known
    valid     the cryptographic signature over it holds; None: not known
    trusted   its certificate leads to a configured root; None: no roots are configured
    changes   what came after: "none" < "lta" < "forms" < "annotations" < "other"; "unseen": not reviewed
    permits   /P of DocMDP: 1 no changes, 2 forms and signatures, 3 annotations too; None: not certified
    problem   why it could not be verified: "" | "unfinished" | "unreadable" | "unsupported" | "encapsulated"
    """

    field: str
    range: tuple[int, ...] | None
    fault: str = ""
    covers: str = "unclear"
    intact: bool | None = None
    valid: bool | None = None
    trusted: bool | None = None
    changes: str = UNSEEN
    permits: int | None = None
    problem: str = ""
    revision: int = 0
    stamp: bool = False

    @property
    def end(self) -> int | None:
        """The byte after the last one it covers."""
        return sum(self.range[-2:]) if self.range and len(self.range) >= 2 else None

    @property
    def exceeded(self) -> bool:
        """Something changed that the signer had forbidden."""
        allowed = {1: LTA, 2: FORMS, 3: ANNOTATIONS}.get(self.permits or 0, ANNOTATIONS)
        return self.changes != UNSEEN and _ORDER[self.changes] > _ORDER[allowed]


_ORDER = {NONE: 0, LTA: 1, FORMS: 2, ANNOTATIONS: 3, OTHER: 4, UNSEEN: 0}


def signature_fields(view: View, most: int = 2_000) -> list[tuple[str, dict[str, Any]]]:
    """(full name, signature dictionary) of every signed field, in the order of the form."""
    out: list[tuple[str, dict[str, Any]]] = []
    form = view.dictionary(view.root.get("AcroForm"))
    stack = [(field, "", None) for field in reversed(view.array(form.get("Fields"))[:most])]
    seen: set[int] = set()
    while stack and len(seen) < most and len(out) < MAX_SIGNATURES:
        value, above, kind = stack.pop()
        if isinstance(value, Ref):
            if value.number in seen:
                continue
            seen.add(value.number)
        node = view.dictionary(value)
        own = node.get("T")
        name = ".".join(part for part in (above, own.decode("latin-1")[:60] if isinstance(own, bytes) else "") if part)
        kind = node.get("FT", kind)
        signed = view.dictionary(node.get("V")) if kind == "Sig" else {}
        if signed:
            out.append((name, _resolved(view, signed)))
        stack += [(kid, name, kind) for kid in reversed(view.array(node.get("Kids"))[:most])]
    return out


def _resolved(view: View, signed: dict[str, Any]) -> dict[str, Any]:
    """A signature dictionary with the references in its own entries followed."""
    out = {key: view.of(value) for key, value in signed.items()}
    if isinstance(out.get("ByteRange"), list):
        out["ByteRange"] = [view.of(value) for value in out["ByteRange"][:64]]
    return out


def _permits(view: View, signed: dict[str, Any]) -> int | None:
    """/P of the DocMDP that a signature carries, None where it certifies nothing."""
    for value in view.array(signed.get("Reference"))[:20]:
        reference = view.dictionary(value)
        if view.of(reference.get("TransformMethod")) == "DocMDP":
            level = view.of(view.dictionary(reference.get("TransformParams")).get("P", 2))
            return level if level in (1, 2, 3) else None
    return None


def anatomy(content: bytes, signed: dict[str, Any]) -> tuple[tuple[int, ...] | None, str, bytes]:
    """(range, fault, signature bytes) of a signature dictionary; see `Signature`.

    >>> anatomy(b"<00>", {"ByteRange": [0, 0, 4, 0], "Contents": b"\\x00"})
    ((0, 0, 4, 0), '', b'\\x00')
    """
    given, contents = signed.get("ByteRange"), signed.get("Contents")
    contents = contents if isinstance(contents, bytes) else b""
    if not isinstance(given, list) or not given or not all(type(n) is int for n in given[:64]):
        return None, "shape", contents
    numbers = tuple(given[:64])
    if len(numbers) != 4 or numbers[0] != 0 or min(numbers) < 0 or numbers[2] < numbers[1]:
        return numbers, "shape", contents
    _, length, start, rest = numbers
    exact = _stands(content, length, contents)
    if not exact and b"<" + contents.hex().encode() not in content[length:start].lower():
        return numbers, "moved", contents
    if start + rest > len(content):
        return numbers, "beyond", contents
    return numbers, "" if exact and start == length + 2 * len(contents) + 2 else "gap", contents


def _stands(content: bytes, at: int, contents: bytes) -> bool:
    """Is the signature's value written at this byte?"""
    written = content[at : at + 2 * len(contents) + 2]
    try:
        return written[:1] == b"<" and written[-1:] == b">" and bytes.fromhex(written[1:-1].decode("ascii")) == contents
    except ValueError:
        return False


def signatures(content: bytes, file: PdfFile, roots: Path | None = None) -> list[Signature]:
    """Every signature of the newest revision, oldest first. Never raises: see `Signature.problem`."""
    found = []
    view = file.at()
    for name, signed in signature_fields(view):
        numbers, fault, contents = anatomy(content, signed)
        problem = ""
        if not contents.strip(b"\0"):
            problem = "unfinished"  # the room for a signature that was never made
        elif signed.get("ByteRange") is None:
            problem = "unreadable"
        stamp = signed.get("Type") == "DocTimeStamp"
        permits = _permits(view, signed)
        found.append(Signature(name, numbers, fault, problem=problem, stamp=stamp, permits=permits))
    return _verified(content, file, found, roots) if found else []


def _verified(content: bytes, file: PdfFile, found: list[Signature], roots: Path | None) -> list[Signature]:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.fields import enumerate_sig_fields

    try:
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        if reader.encrypted and reader.decrypt(b"").status.value == 0:
            raise ValueError("needs a key")
        fields = {name: field for name, value, field in enumerate_sig_fields(reader, filled_status=True)}
    except Exception:  # pyHanko on hostile bytes: whatever it says, nothing is known
        return [one if one.problem else replace(one, problem="unreadable") for one in found]
    out = []
    for one in found:
        field = fields.get(one.field)
        if one.problem or one.fault in ("shape", "beyond", "moved"):
            out.append(one)
        elif field is None:
            out.append(replace(one, problem="unreadable"))
        else:
            out.append(_verify(reader, field, one, file, roots))
    return sorted(out, key=lambda s: s.end or 0)


def _verify(reader: Any, field: Any, one: Signature, file: PdfFile, roots: Path | None) -> Signature:
    from pyhanko.sign.fields import MDPPerm
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

    try:
        embedded = EmbeddedPdfSignature(reader, field, one.field)
        one = replace(one, revision=embedded.signed_revision)
        if one.permits is not None:
            embedded._docmdp, embedded._docmdp_queried = MDPPerm(one.permits), True  # read here, references and all
    except Exception:  # not ASN.1, no signer, several signers …
        return replace(one, problem="unreadable")
    try:
        intact, valid = _cryptography(embedded)
        one = replace(one, intact=intact, valid=valid)
        if roots is not None and valid:
            one = replace(one, trusted=_trusted(embedded, roots))
    except _Encapsulated:
        one = replace(one, problem="encapsulated")
    except (SignatureValidationError, NotImplementedError):
        one = replace(one, problem="unsupported")
    except Exception:
        one = replace(one, problem="unreadable")
    return _reviewed(embedded, one, file)


class _Encapsulated(Exception):
    """A detached signature that carries content of its own."""


def _cryptography(embedded: Any) -> tuple[bool, bool]:
    """(digest matches, signature holds), without a word on trust."""
    import hashlib

    from asn1crypto import core
    from pyhanko.sign.general import byte_range_digest
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity

    content = embedded.signed_data["encap_content_info"]
    kind, carried = content["content_type"].native, content["content"]
    digest = embedded.compute_digest()
    outer = True
    if kind == "tst_info":
        outer = carried.parsed["message_imprint"]["hashed_message"].native == digest
        digest = hashlib.new(embedded.md_algorithm, bytes(carried)).digest()
    elif carried is not core.VOID and carried.native is not None:
        if embedded.sig_object.get("/SubFilter") != "/adbe.pkcs7.sha1":
            raise _Encapsulated
        # Acrobat 4's way: what is signed is the SHA-1 of the range, carried inside (ISO 32000-1, 12.8.3.3.1).
        outer = bytes(carried) == byte_range_digest(embedded.reader.stream, embedded.byte_range, "sha1")[1]
        digest = hashlib.new(embedded.md_algorithm, bytes(carried)).digest()
    intact, valid = validate_sig_integrity(embedded.signer_info, embedded.signer_cert, kind, digest)
    return bool(intact and outer), bool(valid)


def _reviewed(embedded: Any, one: Signature, file: PdfFile) -> Signature:
    """What it covers and what was changed after it."""
    from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult
    from pyhanko.sign.validation.status import SignatureCoverageLevel as Covers

    names = {
        Covers.ENTIRE_FILE: "file",
        Covers.ENTIRE_REVISION: "revision",
        Covers.CONTIGUOUS_BLOCK_FROM_START: "block",
        Covers.UNCLEAR: "unclear",
    }
    try:
        embedded.coverage = embedded.evaluate_signature_coverage()
        one = replace(one, covers=names[embedded.coverage])
        if one.covers == "file":
            return replace(one, changes=NONE)
        if one.covers != "revision":
            return replace(one, changes=OTHER)
        objects = sum(len(r.entries) for r in file.revisions)
        if objects > MAX_DIFFED or len(file.revisions) > MAX_REVISIONS or not _few_paths(file.at()):
            return one
        result = embedded.evaluate_modifications(DEFAULT_DIFF_POLICY)
        if not isinstance(result, DiffResult):
            return replace(one, changes=OTHER)
        return replace(one, changes=(NONE, LTA, FORMS, ANNOTATIONS, OTHER)[result.modification_level.value])
    except Exception:  # a change that pyHanko cannot even read is none that it can excuse
        return replace(one, problem=one.problem or "unreadable")


def _few_paths(view: View, most: int = MAX_PATHS) -> bool:
    """Can every way from the trailer to every object be listed? pyHanko lists them all, and their number may grow with two
    to the power of the depth; pages and structure elements are entered once, as it does."""
    once: set[int] = set()
    on_path: set[int] = set()
    stack: list[tuple[int, Any]] = [(0, view.trailer)]
    open_: list[int] = []  # numbers on the path, with the depth they were entered at
    depths: list[int] = []
    steps = 0
    while stack:
        depth, value = stack.pop()
        while depths and depths[-1] >= depth:
            depths.pop()
            on_path.discard(open_.pop())
        steps += 1
        if steps > most or depth > 400:
            return False
        if isinstance(value, Ref):
            number = value.number
            if number in on_path or number in once:
                continue
            value = view.object(number)
            if isinstance(value, dict) and value.get("Type") in ("Page", "Pages", "StructElem"):
                once.add(number)
            on_path.add(number)
            open_.append(number)
            depths.append(depth)
        if isinstance(value, Stream):
            value = value.dictionary
        if isinstance(value, dict):
            stack += [(depth + 1, v) for k, v in value.items() if k not in ("Parent", "P")]
        elif isinstance(value, list):
            stack += [(depth + 1, v) for v in value if isinstance(v, (Ref, list, dict))]
    return True


def _trusted(embedded: Any, roots: Path) -> bool:
    """Does the certificate lead to one of the operator's roots? Without a network, and as of the time of signing."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor
    from datetime import UTC, datetime

    from pyhanko.keys import load_certs_from_pemder
    from pyhanko_certvalidator import CertificateValidator, ValidationContext

    files = [str(path) for path in sorted(roots.iterdir()) if path.suffix.lower() in (".pem", ".crt", ".cer", ".der")]
    if not files:
        return False
    context = ValidationContext(
        trust_roots=list(load_certs_from_pemder(files)),  # type: ignore[no-untyped-call]
        allow_fetching=False,
        revocation_mode="soft-fail",
        moment=embedded.self_reported_timestamp or datetime.now(UTC),
        other_certs=embedded.other_embedded_certs,
    )
    validator = CertificateValidator(embedded.signer_cert, validation_context=context)

    def run() -> bool:
        asyncio.run(validator.async_validate_path())
        return True

    try:
        with ThreadPoolExecutor(1) as pool:  # the caller may be inside an event loop of its own
            return pool.submit(run).result(timeout=10)
    except Exception:
        return False
