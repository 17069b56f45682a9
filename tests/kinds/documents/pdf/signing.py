"""Signatures by a certificate made for the test; nothing is trusted and nothing is fetched."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@cache
def certificate() -> tuple[bytes, bytes]:
    """(PKCS#8 key, certificate), both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example Bank")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=300))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(True, True, False, False, False, True, True, False, False), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return plain, made.public_bytes(serialization.Encoding.PEM)


@cache
def signer() -> Any:
    import tempfile
    from pathlib import Path

    from pyhanko.keys import load_cert_from_pemder, load_private_key_from_pemder
    from pyhanko.sign import signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    key, cert = certificate()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "key.pem").write_bytes(key)
        (Path(folder) / "cert.pem").write_bytes(cert)
        return signers.SimpleSigner(
            signing_cert=load_cert_from_pemder(str(Path(folder) / "cert.pem")),
            signing_key=load_private_key_from_pemder(str(Path(folder) / "key.pem"), passphrase=None),
            cert_registry=SimpleCertificateStore(),
        )


def signed(content: bytes, field: str = "Issuer", **more: Any) -> bytes:
    """Signed, as an update. `more` goes to pyHanko's metadata (`certify`, `docmdp_permissions` …)."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers

    out = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(content), strict=False)
    signers.sign_pdf(writer, signers.PdfSignatureMetadata(field_name=field, **more), signer=signer(), output=out)
    return out.getvalue()


def resigned(content: bytes, numbers: list[int]) -> bytes:
    """A signed file whose signature is made anew, and holds, over other ranges: the anatomy alone gives it away."""
    import asyncio
    import hashlib
    import re

    found = re.search(rb"/ByteRange\s*(\[[^\]]*\])", content)
    contents = re.search(rb"/Contents\s*<([0-9A-Fa-f]{1000,})>", content)
    assert found is not None
    assert contents is not None
    text = ("[" + " ".join(map(str, numbers)) + "]").encode().ljust(len(found[1]))
    content = content[: found.start(1)] + text + content[found.end(1) :]
    covered = b"".join(content[a : a + n] for a, n in zip(numbers[::2], numbers[1::2], strict=True))
    made = asyncio.run(signer().async_sign(hashlib.sha256(covered).digest(), "sha256"))
    digits = made.dump().hex().encode().ljust(len(contents[1]), b"0")
    assert len(digits) == len(contents[1])
    return content[: contents.start(1)] + digits + content[contents.end(1) :]
