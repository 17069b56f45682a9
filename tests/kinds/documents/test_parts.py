"""A document's parts: the codes on its pages and the files it carries go to the rooms that read them."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import numpy as np
import pikepdf
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from assay.kinds.documents.evidence import Document
from assay.kinds.images.evidence import Image as ImageEvidence
from assay.kinds.messages.evidence import Message

WHEN = datetime(2026, 11, 22, tzinfo=UTC)


def page(*payloads: str) -> bytes:
    picture = np.full((400, 900), 255, np.uint8)
    for i, payload in enumerate(payloads):
        made = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.QRCode)
        code = np.asarray(zxingcpp.write_barcode_to_image(made, scale=4, add_quiet_zones=True))
        picture[20 : 20 + code.shape[0], 20 + 290 * i : 20 + 290 * i + code.shape[1]] = code
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def document(content: bytes) -> Document:
    return Document(id="bill", time=WHEN, content=content, customer="c1")


def test_a_link_in_a_code_becomes_a_message_and_the_same_one_only_once() -> None:
    parts = document(page("https://pay.example/now", "https://pay.example/now", "tel:+4912345")).parts()
    assert [(type(p), p.text, p.customer, p.channel) for p in parts if isinstance(p, Message)] == [
        (Message, "https://pay.example/now", "c1", "code"), (Message, "tel:+4912345", "c1", "code"),
    ]  # fmt: skip
    assert parts[0].id == "bill/0"


def test_payment_codes_and_article_numbers_stay_in_the_room() -> None:
    assert document(page("BCD\n002\n1\nSCT\n\nShop\nDE89370400440532013000\nEUR5", "4006381333931")).parts() == ()


def test_files_in_a_pdf_are_parts() -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.attachments["inner.png"] = page("https://inner.example")
    file = io.BytesIO()
    pdf.save(file)
    (part,) = document(file.getvalue()).parts()
    assert isinstance(part, ImageEvidence), "a page without a line of print is a picture"
    assert [p.text for p in part.parts() if isinstance(p, Message)] == ["https://inner.example"]


@given(st.binary(max_size=300), st.sampled_from([b"", b"%PDF-1.7\n", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
@settings(max_examples=25, deadline=None)
def test_any_bytes_have_parts_without_error(content: bytes, head: bytes) -> None:
    document(head + content).parts()
