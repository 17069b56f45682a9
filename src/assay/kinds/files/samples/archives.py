"""Archives that harm who unpacks them, and those that are merely large or odd."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence

from assay.kinds.files.samples.compound import compound
from assay.kinds.files.samples.disks import fat, ntfs, partitioned, virtual
from assay.kinds.files.samples.packed import cabinet, old_locked, rar4, rar5, sevenzip
from assay.kinds.files.samples.programs import pe
from assay.kinds.files.samples.sample import Sample


def zipped(members: Sequence[tuple[str, bytes]], *, stored: bool = False) -> bytes:
    """A ZIP of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(
                zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, None if not stored else zipfile.ZIP_STORED
            )
    return out.getvalue()


def tarred(members: Sequence[tuple[str, bytes | str]], mode: str = "w:gz") -> bytes:
    """A tar; a member whose content is a text is a symbolic link to it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as file:  # type: ignore[call-overload]
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                file.addfile(info)
            else:
                info.size = len(content)
                file.addfile(info, io.BytesIO(content))
    return out.getvalue()


def overlapping(count: int = 50, kernel: int = 100_000) -> bytes:
    """A ZIP whose entries all have the same packed bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(kernel)) + packer.flush()
    crc = zlib.crc32(bytes(kernel))
    name = b"a0000"
    local = (
        struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(packed), kernel, len(name), 0) + name + packed
    )
    central = b""
    for i in range(count):
        central += struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, len(packed), kernel, len(name), 0, 0, 0, 0, 0, 0)  # fmt: skip
        central += f"a{i:04}".encode()
    return local + central + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(central), len(local), 0)


def renamed(content: bytes, name: bytes, other: bytes) -> bytes:
    """A ZIP whose first member is called `other` where it lies, and `name` in the directory; both of one length."""
    return content.replace(name, other, 1)


def locked(content: bytes) -> bytes:
    """A ZIP that says that its members are encrypted."""
    out = bytearray(content)
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = out.find(sign)
        while place >= 0:
            out[place + at] |= 1
            place = out.find(sign, place + 4)
    return bytes(out)


def iso(members: Sequence[tuple[str, bytes]]) -> bytes:
    """A disk image (ISO 9660) with these files in its root."""
    place, records, data = 20, b"", b""
    for name, content in members:
        raw = name.encode() + b";1"
        record = struct.pack("<BBI4xI4x7sBBBHHB", 0, 0, place, len(content), bytes(7), 0, 0, 0, 1, 0, len(raw)) + raw
        record += b"\0" * (len(record) % 2)
        records += bytes([len(record)]) + record[1:]
        data += content.ljust(-(-len(content) // 2048) * 2048, b"\0")
        place += -(-len(content) // 2048)
    root = struct.pack("<BBI4xI4x7sBBBHHB", 34, 0, 18, 2048, bytes(7), 2, 0, 0, 1, 0, 1) + b"\0"
    volume = b"\x01CD001\x01" + bytes(149) + root
    end = b"\xffCD001\x01"
    image = bytes(16 * 2048) + volume.ljust(2048, b"\0") + end.ljust(2048, b"\0")
    return image + records.ljust(2048, b"\0") + bytes(2048) + data


def samples() -> Iterator[Sample]:
    text = ("read me.txt", b"nothing to see\n" * 50)
    yield Sample("", "papers.zip", zipped([text, ("sub/more.txt", b"more\n")]))
    yield Sample("", "papers.tar.gz", tarred([("a/b.txt", b"x"), ("a/link", "b.txt"), ("root", "/usr/share")]))
    yield Sample("", "log.gz", gzip.compress(b"2026-01-01 00:00:00 all is well\n" * 20_000))
    yield Sample("", "disk.iso", iso([("README.TXT", b"hello")]))
    yield Sample("entries overlap", "papers.zip", overlapping(), "files.archive-overlap")
    yield Sample("grows without measure", "zeros.gz", gzip.compress(bytes(1 << 20)) * 100, "files.archive-bomb")
    yield Sample("leads out of the folder", "papers.zip", zipped([("../../up.txt", b"x")]), "files.archive-outside")
    yield Sample(
        "leads out of the folder",
        "papers.tar.gz",
        tarred([("a/../../../.ssh/authorized_keys", b"x")]),
        "files.archive-outside",
    )
    yield Sample(
        "leads out of the folder",
        "papers.zip",
        zipped([("..\\..\\Start Menu\\Startup\\a.txt", b"x")]),
        "files.archive-outside",
    )
    through = tarred([("a", "/tmp"), ("a/planted", b"x")])  # noqa: S108 - a name in an archive
    yield Sample("writes through a link", "papers.tar.gz", through, "files.archive-through-link")
    two = renamed(zipped([("bill.pdf", b"x" * 100)]), b"bill.pdf", b"bill.exe")
    yield Sample("two names", "papers.zip", two, "files.archive-two-names")
    for ending, maker in (("cab", cabinet), ("7z", sevenzip), ("rar", rar5), ("rar", rar4)):
        yield Sample("", f"papers.{ending}", maker([text, ("more.txt", b"more\n")]))
        yield Sample(
            "a program within", f"papers.{ending}", maker([text, ("invoice.pdf.exe", pe())]), "files.double-extension"
        )
    for name, image in (("scan.img", fat([("Scan.pdf.exe", pe())])), ("scan.vhd", virtual(partitioned(ntfs([("Scan.pdf.exe", pe())])))), ("scan.vhd", virtual(partitioned(fat([("Scan.pdf.exe", pe())], bits=16)), grows=True))):  # fmt: skip
        yield Sample("a program within", name, image, "files.double-extension")
        yield Sample(
            "a disk image in a message", "scans.zip", zipped([(name, image)]), "files.mailed-image", mailed=True
        )
    yield Sample("", "data.vhd", virtual(partitioned(ntfs([("list.txt", b"one\n"), ("more.txt", b"two\n" * 200)]))))
    papers = compound({"WordDocument": bytes(6000), "ObjectPool/_1/Package": zipped([text])})
    yield Sample("an archive behind the file", "setup.msi", papers + zipped([("META-INF/MANIFEST.MF", b"Main-Class: a\n"), ("a.class", b"x")]), "files.carried-archive")  # fmt: skip
    yield Sample("", "papers.doc", papers)
    yield Sample("locked", "papers.rar", rar4([text], sealed=True), "files.archive-encrypted")
    yield Sample("packed otherwise", "papers.rar", rar4([text], method=0x33), "files.archive-left")
    yield Sample(
        "leads out of the folder", "papers.rar", rar5([text], stream=":..\\..\\Startup\\a.lnk"), "files.archive-outside"
    )
    yield Sample("writes through a link", "papers.rar", rar5([("up/planted", b"x")], links=[("up", "../..")]), "files.archive-through-link")  # fmt: skip
    yield Sample(
        "an archive before the archive",
        "papers.zip",
        zipped([("bill.exe", pe())]) + zipped([text]),
        "files.archive-second",
    )
    yield Sample(
        "an archive before the archive",
        "papers.zip",
        zipped([("bill.pdf.exe", pe())]) + zipped([text]),
        "files.double-extension",
    )
    same = zipped([("bill.pdf ", b"%PDF-1.4\n"), ("bill.pdf /bill.pdf .cmd", b"@echo off\n")])
    yield Sample("a file and a folder of one name", "papers.zip", same, "files.archive-same-name")
    yield Sample(
        "",
        "site.zip",
        zipped([("news.html", b"<p>news"), ("news/first.html", b"<p>first"), ("news/news.html", b"<p>x")]),
    )
    told = ("Rechnung-7712.", "Rechnung-7712")
    for wanted in ("files.archive-unlocked", "files.double-extension"):
        hidden = old_locked("bill.pdf.exe", pe(), "Rechnung-7712")
        yield Sample("locked, the password beside it", "bill.zip", hidden, wanted, mailed=True, passwords=told)
    yield Sample("locked", "bill.zip", old_locked("bill.pdf.exe", pe(), "another"), "files.archive-encrypted", mailed=True, passwords=told)  # fmt: skip
    yield Sample(
        "", "payslip.zip", old_locked("payslip.txt", b"your payslip\n", "Rechnung-7712"), mailed=True, passwords=told
    )
    yield Sample("locked", "papers.zip", locked(zipped([text])), "files.archive-encrypted")
    yield Sample("a program within", "papers.zip", zipped([("invoice.pdf.exe", pe())]), "files.double-extension")
    inner = zipped([("inner.zip", zipped([("scan.jpg", pe())]))])
    yield Sample("a program within", "papers.tar.gz", tarred([("outer.zip", inner)]), "files.disguised")
    yield Sample("a disk image in a message", "scan.iso", iso([("SCAN.TXT", b"x")]), "files.mailed-image", mailed=True)
    yield Sample("a program within", "scan.iso", iso([("SCAN.PDF", pe())]), "files.disguised")


__all__ = ["iso", "locked", "overlapping", "samples", "tarred", "zipped"]
