"""Files are known by their content and read as messages; what is not one is left to others."""

from pathlib import Path

import pytest

from assay.core.kind import RowError, sniff
from assay.kinds.messages.evidence import Message

MAIL = b"From: Tom <tom@firm.example>\nSubject: hello\nDate: Tue, 2 Dec 2025 10:00:00 +0100\n\nHi\n"
FILES: dict[str, tuple[bytes, str, list[tuple[str, str]]]] = {
    "mail.eml": (MAIL, "messages.file", [("email", "Hi")]),
    "no-ending": (MAIL, "messages.file", [("email", "Hi")]),
    "box.mbox": (b"From x Tue\n" + MAIL + b"\nFrom y Tue\n" + MAIL.replace(b"Hi", b">From here"), "messages.file",
                 [("email", "Hi"), ("email", "From here")]),
    "sms.txt": (b"Your parcel is waiting", "messages.file", [("sms", "Your parcel is waiting")]),
    "link.txt": (b"https://x.example/a\n", "messages.file", [("link", "https://x.example/a")]),
    "page.html": (b"<html><p>Hello</p>", "messages.file", [("other", "")]),
    "urls.txt": (b"https://x.example/a\ny.example.com/b\n\n# note\nnot a link\n", "messages.links",
                 [("link", "https://x.example/a"), ("link", "y.example.com/b")]),
    "urls.csv": (b"url\nhttps://x.example/a\nhttps://y.example.com/b,c\n", "messages.links",
                 [("link", "https://x.example/a"), ("link", "https://y.example.com/b,c")]),
    "table.csv": (b'label,text\nham,"two\nlines"\nspam,win now\n', "messages.table", [("other", "two\nlines"), ("other", "win now")]),
    "table.jsonl": (b'{"message":"hello","sender":"DHL","channel":"sms"}\n', "messages.table", [("sms", "hello")]),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_files(name: str, tmp_path: Path) -> None:
    content, reader_name, expected = FILES[name]
    path = tmp_path / name
    path.write_bytes(content)
    if name == "urls.txt":  # nine of ten lines must be links for a list to be one
        path.write_bytes(content.replace(b"not a link\n", b""))
    found = sniff(path)
    assert found is not None
    kind, reader, _ = found
    assert (kind.name, reader.name) == ("messages", reader_name)
    rejected: list[RowError] = []
    batches = list(reader.read(path, reject=rejected.append))
    messages = [b.item(i) for b in batches for i in range(len(b))]
    assert all(isinstance(m, Message) for m in messages)
    assert [(m.channel, m.text) for m in messages] == expected
    assert rejected == []
    assert len({m.id for m in messages}) == len(messages)


def test_a_line_that_is_no_link_is_refused_with_its_number(tmp_path: Path) -> None:
    from assay.kinds.messages.reader import LinkList

    path = tmp_path / "urls.txt"
    path.write_text("https://x.example/a\nnot a link\nhttps://y.example/b\n")
    rejected: list[RowError] = []
    (batch,) = LinkList().read(path, reject=rejected.append)
    assert [r.row for r in rejected] == [2]
    assert batch.ids == ["urls.txt:1", "urls.txt:3"]


def test_labels_of_a_table_are_the_truth(tmp_path: Path) -> None:
    from assay.kinds.messages.reader import MessageTable

    path = tmp_path / "t.csv"
    path.write_text('label,text\nham,"hello"\nsmishing,"pay now"\n')
    (batch,) = MessageTable().read(path, reject=lambda _: None)
    assert batch.truth is not None
    assert batch.truth.tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("payments.csv", b"time,amount,text\n2026-01-01,12.00,rent\n"),
        ("a.bin", b"\x00\x01\x02"),
        ("a.pdf", b"%PDF-1.4"),
        ("empty.txt", b""),
    ],
)
def test_what_is_not_ours_is_left_to_others(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    found = sniff(path)
    assert found is None or found[0].name != "messages"
