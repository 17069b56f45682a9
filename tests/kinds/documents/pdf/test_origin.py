"""What a PDF says of its making, read from the ways in which programs write it."""

import pytest

from assay.kinds.documents.pdf.origin import _element


@pytest.mark.parametrize(
    "packet",
    [
        "<xmp:CreateDate>2026-01-15</xmp:CreateDate>",
        '<xmp:CreateDate xmlns:xmp="http://ns.adobe.com/xap/1.0/">2026-01-15</xmp:CreateDate>',
        '<rdf:Description rdf:about="" xmp:CreateDate="2026-01-15"/>',
    ],
)
def test_an_element_is_read_however_it_is_written(packet):
    assert _element(packet, "xmp:CreateDate") == "2026-01-15"
    assert _element(packet, "xmp:ModifyDate") == ""
