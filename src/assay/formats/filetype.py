"""What kind of file this is, by its bytes; a name proves nothing and is asked only of a text, where bytes cannot tell one
language from another. Signatures are those that the formats' own specifications give.

`type_of` looks at the head, and at the whole only where a container (ZIP, OLE) has to be told from what is built on it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

HEAD = 65_536
_TAIL = 1 << 20  # of a ZIP: where the names of its members stand


class FileType(NamedTuple):
    """`name`: short and stable, such as "pe"; `family`: what one does with it: program, script, office, archive, image
    (of a disk), shortcut, document, picture, sound, film, font, web, mail, text, data, or "" where nobody knows."""

    name: str
    family: str

    def __bool__(self) -> bool:
        return bool(self.name)


UNKNOWN = FileType("", "")
EMPTY = FileType("empty", "data")

# (offset, signature, name, family); the first that fits is it.
_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"\x7fELF", "elf", "program"),
    (0, b"\xcf\xfa\xed\xfe", "macho", "program"), (0, b"\xce\xfa\xed\xfe", "macho", "program"),
    (0, b"\xfe\xed\xfa\xcf", "macho", "program"), (0, b"\xfe\xed\xfa\xce", "macho", "program"),
    (0, b"dex\n", "dex", "program"), (0, b"\0asm", "wasm", "program"),
    (0, b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F", "lnk", "shortcut"),
    (0, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "onenote", "office"),
    (0, b"{\\rt", "rtf", "office"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z", "archive"), (0, b"Rar!\x1a\x07", "rar", "archive"), (0, b"MSCF\0\0\0\0", "cab", "archive"),
    (0, b"\x1f\x8b", "gz", "archive"), (0, b"BZh", "bz2", "archive"), (0, b"\xfd7zXZ\0", "xz", "archive"),
    (0, b"\x28\xb5\x2f\xfd", "zst", "archive"), (257, b"ustar", "tar", "archive"), (0, b"!<arch>\ndebian-binary", "deb", "archive"), (0, b"!<arch>\n", "objects", "data"),
    (0, b"xar!", "xar", "archive"), (2, b"-lh", "lzh", "archive"), (0, b"\x60\xea", "arj", "archive"),
    (7, b"**ACE**", "ace", "archive"), (0, b"\xed\xab\xee\xdb", "rpm", "archive"), (0, b"\x1f\x9d", "compress", "archive"),
    (0, b"LZIP", "lzip", "archive"), (0, b"\x04\x22\x4d\x18", "lz4", "archive"), (0, b"0707", "cpio", "archive"),
    (32769, b"CD001", "iso", "image"), (32769, b"BEA01", "udf", "image"), (0, b"conectix", "vhd", "image"), (0, b"vhdxfile", "vhdx", "image"),
    (0, b"KDMV", "vmdk", "image"), (0, b"QFI\xfb", "qcow2", "image"), (0, b"MSWIM\0\0\0", "wim", "image"),
    (0, b"hsqs", "squashfs", "image"),
    (0, b"\x89PNG\r\n\x1a\n", "png", "picture"), (0, b"\xff\xd8\xff", "jpeg", "picture"), (0, b"GIF8", "gif", "picture"),
    (0, b"II*\0", "tiff", "picture"), (0, b"MM\0*", "tiff", "picture"), (8, b"WEBP", "webp", "picture"),
    (0, b"\0\0\x01\0", "ico", "picture"), (0, b"\0\0\x02\0", "cur", "picture"), (0, b"8BPS", "psd", "picture"),
    (0, b"\x97JB2\r\n\x1a\n", "jbig2", "picture"), (4, b"ftyphei", "heic", "picture"), (4, b"ftypavif", "avif", "picture"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "jp2", "picture"), (0, b"icns", "icns", "picture"), (0, b"/* XPM", "xpm", "picture"),
    (0, b"\x01\0\0\0", "emf", "picture"), (0, b"\xd7\xcd\xc6\x9a", "wmf", "picture"),
    (4, b"ftyp", "mp4", "film"), (0, b"\x1aE\xdf\xa3", "matroska", "film"), (8, b"AVI ", "avi", "film"), (0, b"FLV\x01", "flv", "film"),
    (0, b"\0\0\x01\xba", "mpeg", "film"), (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf", "film"),
    (0, b"ID3", "mp3", "sound"), (0, b"\xff\xfb", "mp3", "sound"), (0, b"OggS", "ogg", "sound"), (0, b"fLaC", "flac", "sound"),
    (8, b"WAVE", "wav", "sound"), (0, b"MThd", "midi", "sound"), (0, b"FORM", "aiff", "sound"), (0, b".snd", "au", "sound"),
    (0, b"\0\x01\0\0\0", "truetype", "font"), (0, b"OTTO", "opentype", "font"), (0, b"ttcf", "truetype", "font"),
    (0, b"true\0", "truetype", "font"), (0, b"wOFF", "woff", "font"), (0, b"wOF2", "woff2", "font"), (0, b"\x80\x01", "type1", "font"),
    (0, b"%!PS-AdobeFont", "type1", "font"), (0, b"%!PS", "postscript", "document"), (0, b"\xc5\xd0\xd3\xc6", "postscript", "document"),
    (0, b"AT&TFORM", "djvu", "document"), (0, b"ITSF", "chm", "document"),
    (0, b"SQLite format 3\0", "sqlite", "data"), (0, b"bplist0", "plist", "data"), (0, b"PAR1", "parquet", "data"),
    (0, b"\x93NUMPY", "npy", "data"), (0, b"\x89HDF\r\n\x1a\n", "hdf5", "data"), (0, b"ARROW1", "arrow", "data"),
    (0, b"\xde\x12\x04\x95", "gettext", "data"), (0, b"\x95\x04\x12\xde", "gettext", "data"), (0, b"TZif", "timezone", "data"),
    (0, b"ElfFile\0", "evtx", "data"), (0, b"regf", "registry", "data"), (0, b"\xd4\xc3\xb2\xa1", "pcap", "data"),
    (0, b"\x0a\x0d\x0d\x0a", "pcapng", "data"), (0, b"DIRC", "git", "data"), (0, b"PACK\0", "git", "data"), (0, b"\xfftOc", "git", "data"),
    (0, b"BC\xc0\xde", "bitcode", "data"), (0, b"\x1bLua", "lua", "program"), (0, b"MZ", "pe", "program"),
    (0, b"PMOC", "perl", "data"), (0, b"pst0", "perl", "data"), (0, b"LPKSHHRH", "journal", "data"), (0, b"MDMP", "minidump", "data"),
    (0, b"\x1a\x01", "terminfo", "data"), (0, b"\x1e\x02", "terminfo", "data"), (36, b"acsp", "icc", "data"), (0, b"Xcur", "cursor", "picture"),
    (0, b"GVariant", "gvariant", "data"), (0, b"VIMs", "vim", "data"), (0, b"JM\x01\0PK\x03\x04", "jmod", "archive"), (0, b"\xca\xfe\xda\xda", "jimage", "data"),
    (0, b"\x99\x01", "pgp", "data"), (0, b"\x99\x02", "pgp", "data"), (0, b"\x20\x05\x20\x20", "locale", "data"),
    (0, b"ORC", "orc", "data"),
    (0, b"Cr24", "crx", "archive"), (0, b"-----BEGIN ", "pem", "data"), (0, b"\xfe\xed\xfe\xed\0\0\0", "keystore", "data"), (0, b"!BDN", "pst", "mail"),
)  # fmt: skip

# Member names that tell what a ZIP is, in the order in which they are asked for.
_ZIPPED: tuple[tuple[bytes, str, str], ...] = (
    (b"word/document", "docx", "office"), (b"xl/workbook", "xlsx", "office"), (b"xl/styles", "xlsx", "office"),
    (b"ppt/presentation", "pptx", "office"), (b"[Content_Types].xml", "ooxml", "office"), (b"AppxManifest.xml", "appx", "archive"),
    (b"AndroidManifest.xml", "apk", "program"), (b"application/vnd.oasis.opendocument", "odf", "office"),
    (b"application/epub+zip", "epub", "document"), (b"META-INF/MANIFEST.MF", "jar", "program"),
)  # fmt: skip
_MSI = bytes.fromhex("84100c0000000000c000000000000046")
_OLE: tuple[tuple[bytes, str], ...] = (
    ("WordDocument".encode("utf-16-le"), "doc"), ("Workbook".encode("utf-16-le"), "xls"),
    ("PowerPoint Document".encode("utf-16-le"), "ppt"), ("B\0o\0o\0k\0\0\0".encode("latin-1"), "xls"),
    ("__substg1.0_".encode("utf-16-le"), "msg"), ("VisioDocument".encode("utf-16-le"), "vsd"),
)  # fmt: skip

# A text's language by its name; what runs on a double click or by an interpreter is a script, the rest is text.
SCRIPT_NAMES = {
    "ps1": "powershell", "psm1": "powershell", "psd1": "powershell", "vbs": "vbscript", "vbe": "vbscript", "vba": "vba", "bas": "vba",
    "js": "javascript", "jse": "javascript", "mjs": "javascript", "wsf": "wsf", "wsc": "wsf", "sct": "wsf", "hta": "hta", "bat": "batch",
    "cmd": "batch", "sh": "shell", "bash": "shell", "zsh": "shell", "ksh": "shell", "py": "python", "pyw": "python", "pl": "perl",
    "rb": "ruby", "php": "php", "phtml": "php", "jsp": "jsp", "asp": "asp", "aspx": "asp", "ashx": "asp", "lua": "lua", "tcl": "tcl",
    "reg": "registry", "inf": "inf", "url": "url", "iqy": "iqy", "slk": "sylk", "settingcontent-ms": "settingcontent", "msc": "msc",
    "rdp": "rdp", "library-ms": "library", "searchconnector-ms": "library", "desktop": "desktop", "website": "url",
}  # fmt: skip
_SHORTCUTS = frozenset(("url", "settingcontent", "msc", "rdp", "library", "desktop"))  # texts that lead to something
_SHEBANG = re.compile(rb"#!\s*\S*?([a-z]+)[0-9.]*(?:[ \t]+(?:-S[ \t]+)?(?:\S*/)?([a-z]+)?)?")
_INTERPRETERS = {
    b"sh": "shell", b"bash": "shell", b"dash": "shell", b"zsh": "shell", b"ksh": "shell", b"python": "python", b"perl": "perl",
    b"ruby": "ruby", b"node": "javascript", b"php": "php", b"lua": "lua", b"pwsh": "powershell", b"tclsh": "tcl", b"wish": "tcl",
    b"awk": "shell", b"gawk": "shell", b"make": "shell", b"nodejs": "javascript", b"osascript": "applescript",
}  # fmt: skip
# What a text without a telling name is written in, by words of which `least` must be there.
_WORDS: tuple[tuple[str, int, re.Pattern[bytes]], ...] = (
    ("hta", 1, re.compile(rb"<hta:application", re.I)),
    ("msc", 1, re.compile(rb"<MMC_ConsoleFile\b")),
    ("library", 1, re.compile(rb"<(?:libraryDescription|searchConnectorDescription)\b")),
    ("rdp", 1, re.compile(rb"^(?:alternate )?full address:s:", re.M)),
    ("wsf", 2, re.compile(rb"<(?:job|package|scriptlet|registration)\b|<script\s+language", re.I)),
    ("php", 1, re.compile(rb"<\?php|<\?=")),
    ("asp", 1, re.compile(rb"<%@\s*(?:page|webhandler|language|webservice)\b|<%\s*(?:eval|execute|response\.)", re.I)),
    ("jsp", 1, re.compile(rb"<%@\s*page[^>]{0,200}java|<jsp:", re.I)),
    ("vba", 1, re.compile(rb"^Attribute VB_Name = ", re.M)),
    ("powershell", 2, re.compile(
        rb"\$env:|\bNew-Object\s|\bInvoke-(?:Expression|WebRequest|Command)\b|\[System\.|\bWrite-(?:Host|Output)\b|\$_\.|-ErrorAction\b"
        rb"|\bGet-[A-Z]\w+|\[Convert\]::|\bparam\s*\(|\bSet-StrictMode\b|FromBase64String|\bpowershell(?:\.exe)?\s+-", re.I)),
    ("vbscript", 2, re.compile(
        rb"^\s*Dim\s+\w+|^\s*Set\s+\w+\s*=|\bCreateObject\s*\(|\bOn Error Resume Next\b|\bWScript\.|^\s*End (?:Sub|Function|If)\b|\bChr\(\d|&\s*vbCrLf",
        re.I | re.M)),
    ("batch", 2, re.compile(rb"^\s*@?echo off\b|^\s*(?:setlocal|goto\s+:?\w+|rem\s|set\s+/[ap]\s|if (?:not )?exist\s|start\s+/)|%~dp0|\bcmd(?:\.exe)?\s+/c\b", re.I | re.M)),
    ("javascript", 3, re.compile(
        rb"\bfunction\s*\w*\s*\(|\b(?:var|let|const)\s+\w+\s*=|\bnew ActiveXObject\b|\beval\(|\bString\.fromCharCode\b|=>\s*\{"
        rb"|\bWScript\.|\bunescape\(|\bdocument\.|\bwindow\.|\}\s*\)\s*\(\s*\)\s*;")),
)  # fmt: skip
_ENOUGH = 16_384  # characters of a text that are asked for words
_WEB = re.compile(rb"\s*(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head|body|script)\b", re.I | re.S)
_CONTROL = bytes(range(9)) + bytes(range(14, 27)) + bytes(range(28, 32)) + b"\x7f"


def extension(name: str) -> str:
    """What stands behind a name's last dot, in lower case, without blanks around it."""
    dot = name.rfind(".")
    return name[dot + 1 :].strip().lower() if 0 <= dot < len(name) - 1 else ""


def type_of(content: bytes, name: str = "") -> FileType:
    """Never raises. `content` may be the head alone; then a ZIP or OLE file is told only as far as it goes."""
    if not content:
        return EMPTY
    return binary_type(content) or text_type(content, name)


def binary_type(content: bytes) -> FileType:
    """The same without a look at texts: `UNKNOWN` for those."""
    found = _by_magic(content)
    if found.name == "zip":
        return _zipped(content)
    return found or _disk(content)


def _disk(content: bytes) -> FileType:
    """A disk or one volume of it as it lies: their sign stands at the end of the first sector, a fixed virtual disk's at the end of all."""
    if content[510:512] != b"\x55\xaa":
        return UNKNOWN
    if content[-512:].startswith(b"conectix"):
        return FileType("vhd", "image")
    volume = content[3:11] in (b"NTFS    ", b"EXFAT   ") or b"FAT" in (content[54:57], content[82:85])
    return FileType("disk", "image") if volume and content[:1] in (b"\xeb", b"\xe9") else UNKNOWN


def _by_magic(content: bytes) -> FileType:
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return FileType("zip", "archive")
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole(content)
    if content.startswith(b"%PDF-"):
        return FileType("pdf", "document")
    if content.startswith(b"\xca\xfe\xba\xbe"):  # a Mach-O of several machines, or a Java class: the next number tells
        many = int.from_bytes(content[4:8], "big")
        return FileType("macho", "program") if 0 < many < 40 else FileType("class", "program")
    for offset, signature, name, family in _MAGIC:
        if content.startswith(signature, offset) and _stands(content, name):
            return FileType(name, family)
    if b"%PDF-" in content[:1024]:  # readers take one that begins a little late
        return FileType("pdf", "document")
    if content.startswith(b"BM") and content[6:10] == b"\0\0\0\0":
        return FileType("bmp", "picture")
    if (
        content[2:4] == b"\r\n"
        and content[8:16] == bytes(8)
        and content[:1] in (b"\xa7", b"\xcb", b"\x33", b"\x42", b"\x55", b"\x61", b"\x6f", b"\xe3")
    ):
        return FileType("pyc", "program")
    return FileType("pyc", "program") if content[2:4] == b"\r\n" and content[5:8] == b"\0\0\0" else UNKNOWN


def _stands(content: bytes, name: str) -> bool:
    """What a short signature needs beside itself."""
    if name == "pe":
        at = int.from_bytes(content[60:64], "little")
        return (len(content) >= 64 and content.startswith(b"PE\0\0", at)) or b"\0" in content[:64]
    if name == "emf":
        return content[40:44] == b" EMF"
    if name in ("webp", "avi", "wav"):
        return content.startswith((b"RIFF", b"RIFX"))
    if name == "lzh":
        return content[6:7] == b"-"
    if name in ("ico", "cur"):
        return 0 < int.from_bytes(content[4:6], "little") < 200 and content[9:10] in (b"\0", b"\xff")
    if name == "truetype":
        return content.startswith((b"ttcf", b"true")) or 0 < int.from_bytes(content[4:6], "big") < 100
    if name in ("bz2", "cpio"):
        return content[4:10] == b"1AY&SY" or (name == "cpio" and content[4:6] in (b"01", b"02", b"07"))
    if name == "aiff":
        return content[8:11] == b"AIF"
    if name == "type1":
        return content.startswith(b"%!") or content[6:8] == b"%!"
    return True


def _zipped(content: bytes) -> FileType:
    head, tail = content[:HEAD], content[-_TAIL:]
    for sign, name, family in _ZIPPED:
        if sign in head or sign in tail:
            return FileType(name, family)
    return FileType("zip", "archive")


def _ole(content: bytes) -> FileType:
    for sign, name in _OLE:
        if sign in content:
            return FileType(name, "mail" if name == "msg" else "office")
    return FileType("msi", "program") if _MSI in content else FileType("ole", "office")


def text_type(content: bytes, name: str = "") -> FileType:
    """A text by its language; `UNKNOWN` where it is no text."""
    head = plain_text(content[:HEAD])
    if head is None:
        return UNKNOWN
    if head.startswith(b"#!") and (match := _SHEBANG.match(head[:200])):
        language = _INTERPRETERS.get(match[2] or b"") or _INTERPRETERS.get(match[1])
        return FileType(language or "shell", "script")
    by_name = SCRIPT_NAMES.get(extension(name), "")
    if by_name:
        return _language(by_name)
    words = head[:_ENOUGH]
    web = _WEB.match(words) is not None
    for language, least, pattern in _WORDS:
        if web and language in ("javascript", "vbscript", "batch", "powershell"):
            continue
        if len({match[0].lower()[:24] for match in _some(pattern, words)}) >= least:
            return _language(language)
    if web:
        return FileType("html", "web")
    if head.lstrip()[:5].lower() == b"<?xml" or head.lstrip()[:4] == b"<svg":
        return FileType("svg", "picture") if b"<svg" in head[:4096] else FileType("xml", "web")
    return FileType("text", "text")


def _language(name: str) -> FileType:
    return FileType(name, "shortcut" if name in _SHORTCUTS else "script")


def _some(pattern: re.Pattern[bytes], text: bytes, most: int = 64) -> list[re.Match[bytes]]:
    found = []
    for match in pattern.finditer(text):
        found.append(match)
        if len(found) == most:
            break
    return found


def plain_text(content: bytes) -> bytes | None:
    """The text as UTF-8 or Latin-1 bytes, whatever UTF it came in; None where it is no text."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content[: len(content) & ~1].decode("utf-16", "replace").encode("utf-8", "replace")
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    sample = content[:8192]
    zeros = sample.count(0)
    if zeros:
        odd, even = sample[1::2].count(0), sample[::2].count(0)
        half = len(sample) // 2
        if half >= 8 and zeros > 0.6 * half and min(odd, even) <= 0.02 * half:  # UTF-16 without a mark
            coding = "utf-16-le" if odd > even else "utf-16-be"
            text = content[: len(content) & ~1].decode(coding, "replace")
            return text.encode("utf-8", "replace") if text[:200].isprintable() or "\n" in text[:400] else None
        return None
    return content if len(sample.translate(None, _CONTROL)) >= 0.99 * len(sample) else None


__all__ = [
    "EMPTY",
    "HEAD",
    "SCRIPT_NAMES",
    "UNKNOWN",
    "FileType",
    "binary_type",
    "extension",
    "plain_text",
    "text_type",
    "type_of",
]
