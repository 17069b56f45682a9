"""RTF and OneNote: the files and objects that lie in them."""

from __future__ import annotations

import struct

from assay.formats.ole_objects import Package, moniker_link, overlong_font, read_ole1, read_package
from assay.formats.rtf import read_rtf
from assay.kinds.files.office.compound import SIGNATURE, read_compound
from assay.kinds.files.office.opened import MOST_EMBEDDED, Link, Office

_STORED = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")  # a FileDataStoreObject ([MS-ONESTORE] 2.6.13)


def read_rich_text(content: bytes, found: Office) -> None:
    """Objects are OLE 1; what they hold is mostly a compound file."""
    rich = read_rtf(content)
    found.problem = rich.problem
    if rich.template:
        found.links.append(Link("template", rich.template))
    if rich.dde:
        found.dde.append(rich.dde)
    for one in rich.objects:
        found.updates |= one.updates
        if one.strewn and found.strewn is None:
            found.strewn = one.at
        inner = read_ole1(one.data)
        kind, data = (inner.kind, inner.data) if inner is not None else ("", one.data)
        found.objects.append(kind)
        if inner is not None and inner.linked and inner.topic:
            found.links.append(Link("object", inner.topic, one.at))
        if target := moniker_link(one.data):
            found.links.append(Link("object", target, one.at))
        if SIGNATURE in data[:64] or SIGNATURE in one.data[:4096]:
            _compound(one.data[one.data.find(SIGNATURE) :], found)
        elif kind.lower().startswith("equation") and overlong_font(data) is not None:
            found.fonts.append(one.at)
        elif (package := read_package(data)) is not None and len(found.packages) < MOST_EMBEDDED:
            found.packages.append(package)


def _compound(data: bytes, found: Office) -> None:
    links = len(found.links)
    try:
        read_compound(data, found, 1)
    except Exception as error:  # olefile raises what it meets
        found.problem = found.problem or str(error)[:160]
    del found.links[links + 8 :]


def read_notebook(content: bytes, found: Office) -> None:
    """The files that lie in a OneNote section."""
    at = content.find(_STORED)
    while at >= 0 and len(found.packages) < MOST_EMBEDDED:
        if at + 36 > len(content):
            break
        size = struct.unpack_from("<Q", content, at + 16)[0]
        data = content[at + 36 : at + 36 + min(size, len(content))]
        found.packages.append(Package(f"file {len(found.packages) + 1}", data))
        at = content.find(_STORED, at + 36)


__all__ = ["read_notebook", "read_rich_text"]
