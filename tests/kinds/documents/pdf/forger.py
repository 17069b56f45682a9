"""A forger's workbench: each function takes a genuine paper and changes what it says, in one known way."""

from __future__ import annotations

import io
import re
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image
from pyhanko.pdf_utils import generic

from tests.kinds.documents.pdf.papers import appended, noise


def content_of(content: bytes, page: int = 0) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return b"\n".join(
            part.read_bytes()
            for part in (
                pdf.pages[page].Contents if isinstance(pdf.pages[page].Contents, Array) else [pdf.pages[page].Contents]
            )
        )


def incremental(content: bytes, before: str, after: str) -> bytes:
    """An amount exchanged in the page's own content, saved as an update: the original is still in the file."""
    stream = content_of(content).replace(before.encode(), after.encode())
    assert stream != content_of(content)

    def change(writer: object) -> None:
        page = writer.root["/Pages"]["/Kids"][0]  # type: ignore[attr-defined]
        page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=stream))  # type: ignore[attr-defined]
        writer.mark_update(page.container_ref)  # type: ignore[attr-defined]

    return appended(content, change)


def over(content: bytes, drawing: str, *, update: bool = False, fonts: dict[str, str] | None = None) -> bytes:
    """Something painted over the page at the end, in a rewritten file or in an update."""
    fonts = {"/Fover": "Helvetica"} if fonts is None else fonts
    if update:

        def change(writer: object) -> None:
            resources = generic.DictionaryObject()
            resources["/Font"] = generic.DictionaryObject(
                {
                    generic.pdf_name(key): generic.DictionaryObject(
                        {
                            generic.pdf_name("/Type"): generic.pdf_name("/Font"),
                            generic.pdf_name("/Subtype"): generic.pdf_name("/Type1"),
                            generic.pdf_name("/BaseFont"): generic.pdf_name("/" + name),
                        }
                    )
                    for key, name in fonts.items()
                }
            )
            stream = writer.add_object(generic.StreamObject(stream_data=drawing.encode()))  # type: ignore[attr-defined]
            writer.add_stream_to_page(0, stream, resources=resources)  # type: ignore[attr-defined]

        return appended(content, change)
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        page = pdf.pages[0]
        for key, name in fonts.items():
            page.add_resource(
                Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/" + name)), Name.Font, Name(key)
            )
        page.contents_add(drawing.encode(), prepend=False)
        pdf.save(out)
    return out.getvalue()


def patched(
    content: bytes, box: tuple[float, float, float, float], text: str, *, update: bool = False, size: float = 10
) -> bytes:
    """A white box over an amount, and another amount written on it."""
    x0, y0, x1, y1 = box
    drawing = (
        f"q 1 1 1 rg {x0} {y0} {x1 - x0} {y1 - y0} re f Q BT 0 g /Fover {size} Tf {x0 + 1} {y0 + 2.5} Td ({text}) Tj ET"
    )
    return over(content, drawing, update=update)


def rewritten(content: bytes, before: str, after: str) -> bytes:
    """An amount exchanged and the file written anew: no history is left."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        page = pdf.pages[0]
        page.Contents = pdf.make_stream(content_of(content).replace(before.encode(), after.encode()))
        pdf.save(out)
    return out.getvalue()


def image_swapped(content: bytes) -> bytes:
    """The first image of the page exchanged in an update."""
    return _with_image(content, noise(seed=2).resize((300, 400)))


def recompressed(content: bytes) -> bytes:
    """The first image of the page written again in an update, a little worse and looking the same."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        picture = pikepdf.PdfImage(next(iter(pdf.pages[0].get_images().values()))).as_pil_image().convert("RGB")
    return _with_image(content, picture.point(lambda v: v & 0xFC))


def _with_image(content: bytes, picture: Image.Image) -> bytes:
    def change(writer: object) -> None:
        page = writer.root["/Pages"]["/Kids"][0]  # type: ignore[attr-defined]
        images = page["/Resources"]["/XObject"]
        name = next(iter(images))
        old = images[name]
        new = generic.StreamObject(
            dict_data={
                generic.pdf_name("/Type"): generic.pdf_name("/XObject"),
                generic.pdf_name("/Subtype"): generic.pdf_name("/Image"),
                generic.pdf_name("/Width"): generic.NumberObject(picture.width),
                generic.pdf_name("/Height"): generic.NumberObject(picture.height),
                generic.pdf_name("/ColorSpace"): generic.pdf_name("/DeviceRGB"),
                generic.pdf_name("/BitsPerComponent"): generic.NumberObject(8),
                generic.pdf_name("/Filter"): generic.pdf_name("/FlateDecode"),
            },
            encoded_data=zlib.compress(picture.tobytes()),
        )
        writer.objects[(0, old.container_ref.idnum)] = new  # type: ignore[attr-defined]

    return appended(content, change)


def byte_range(content: bytes) -> list[int]:
    found = re.search(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", content)
    assert found is not None
    return [int(n) for n in found.groups()]


def appended_body(content: bytes) -> bytes:
    """Incremental saving attack: a new page content is appended without any table; a reader that repairs takes it."""
    found = re.search(rb"(\d+) 0 obj\s*<<[^>]*/Type\s*/Page[^s]", content)
    number = int(found[1]) if found else 5
    body = b"BT /F1 24 Tf 60 700 Td (Pay 9,999.00) Tj ET"
    return content + b"\n%d 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\nstartxref\n7\n%%%%EOF\n" % (
        number + 40,
        len(body),
        body,
    )
