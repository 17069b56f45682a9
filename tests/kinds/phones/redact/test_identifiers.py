"""Whoever is in a log goes out of it, whatever is not a person stays, and there is no way back."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import assay.kinds.phones as room
from assay.kinds.phones.redact.identifiers import Redactor

ROOM = Path(room.__file__).parent

GONE = {
    "email": [
        (b"2026-01-02 10:00:01 accountsd: login of jane.doe+x@example.co.uk failed", b"jane.doe"),
        (b"GET /v1?user=jane%40example.com&x=1", b"jane%40example"),
        (b'{"appleId":"j.d@icloud.com"}', b"j.d@icloud"),
        (b"mailto:someone@example.org>", b"someone"),
        ("von müller@exämple.de an".encode(), "müller".encode()),
    ],
    "phone": [
        (b"imagent: sending to +441632960123 via sms", b"1632960123"),
        (b"call from +1 (212) 555-0123 ended", b"555-0123"),
        (b"tel:02079460000;phone-context", b"02079460000"),
        (b"handle = 15112345678", b"15112345678"),
        (b"handle=13800138000 service=iMessage", b"13800138000"),
        (b"caller 212-555-0199 rejected", b"555-0199"),
        (b'"phoneNumber" : "0151 23456789"', b"23456789"),
        (b"callto 030 123456 from", b"123456"),
        (b"dial %2B4915112345678&x", b"15112345678"),
        (b"message for 07700900123 queued", b"07700900123"),
        (b"x 06 12 34 56 78 y", b"12 34 56"),
        (b"x 138-0013-8000 y", b"0013-8000"),
        (b"x 020 7946 0958 y", b"7946"),
        (b"x (030) 1234567 y", b"1234567"),
        (b"CommCenter: dialed 15112345678", b"15112345678"),
    ],
    "contact-digest": [
        (b"sharingd[88]: received hash 5a3f9c0b17e2 from peer", b"5a3f9c0b17e2"),
        (b"sharingd AirDrop client <SFAirDropClient 0x1> contacts: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", b"9f86d081"),
        (b"contactHash: '0123456789abcdef0123'", b"0123456789abcdef"),
        (b"user <mask.hash: 'qLxTO7UhOrqOM6gJUJhZuA=='>", b"qLxTO7"),
        (b"emailHash=ab12f", b"ab12f"),
        (b"sharingd[30299]: discovered device with hash <01faa200 00000000 0000>", b"01faa200"),
        (b"sharingd BLE hash 0x1a2b rssi -60", b"1a2b"),
        (b"AirDrop: record <12345678 9abcdef0 11223344>", b"12345678"),
        (b"sharingd: validated n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg= ok", b"n4bQgYh"),
        (b"sharingd: token 1234567890 seen", b"1234567890"),
    ],
    "airdrop-id": [(b"AirDropID = 9c1f0d22ab34;", b"9c1f0d22ab34")],
    "token": [
        (b"Authorization: Bearer abcDEF123.456-789_xyz", b"abcDEF123"),
        (b"push token = <a1b2c3d4 e5f6>", b"a1b2c3d4"),
        (b"apiKey=ZXCVBNM1234", b"ZXCVBNM"),
    ],
    "device-name": [
        (b"connected to Jane\xe2\x80\x99s iPhone over awdl0", b"Jane"),
        (b"peer John Smith's MacBook Pro found", b"Smith"),
        (b'DeviceName: "Kitchen of Ana"', b"Ana"),
        (b"found iPhone von Greta in range", b"Greta"),
        ("发现 小明的iPhone".encode(), "小明".encode()),
    ],
    "serial": [(b"SerialNumber: F2LXX0XXXXXX", b"F2LXX0"), (b"IMEI = 356938035643809", b"356938"), (b"dsid=1234567890", b"1234567890")],
    "network": [(b"SSID: 'Home of the Does'", b"Does"), (b"bssid a4:83:e7:01:02:03 rssi -40", b"a4:83:e7")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "line", "told"), [(k, line, told) for k, cases in GONE.items() for line, told in cases]
)
def test_whoever_is_in_a_line_goes_out_of_it(kind: str, line: bytes, told: bytes) -> None:
    redactor = Redactor()
    out = redactor.lines(line + b"\n")
    assert told not in out
    assert kind in redactor.counts
    assert b"[" + kind.encode() in out


@pytest.mark.parametrize(
    "line",
    [
        b"2026-01-02 10:00:01.123456+0100 kernel[0]: process 12345 exited with 0x1f2e3d4c",
        b"After 1.00s, these clients are still here:",
        b"remaining client pid: 301 (/usr/libexec/nfcd/6F2B3C4D-1111-2222-3333-444455556666)",
        b"iPhone OS 18.6.2 (22G100) iPhone14,5",
        b"SIGTERM: [1712345678]",
        b"memory 134217728 bytes, 4294967296 total; load 1.23 4.56",
        b"dyld: loaded /System/Library/Frameworks/CFNetwork.framework/CFNetwork sha 9f86d081884c7d65",
        b"connected to 10.0.0.12:443, rtt 12.5 ms",
        b"crashed: EXC_BAD_ACCESS at 0x00000001a2b3c4d5",
        b"session started at 20260102101112",
        b"uuid 6F2B3C4D-1111-2222-3333-444455556666",
        b"version 1.2.3.4-5678 build 20240101",
        b"/vendor/lib/android.hardware.graphics.mapper@4.0-impl.so (BuildId: 0e17e52cdc75b1a3)",
        b"loaded AppIcon60x60@2x.png and getty@tty1.service",
        b"081109 203518 143 INFO Receiving block src: /10.251.30.6:33145 dest: /10.251.30.6:50010",
        b"ciod: Message code 0 is not 51 or 4294967295",
        b"-[UABestAppSuggestionManager notifyBestAppChanged:type:deviceName:deviceIdentifier:] (null)",
        b"number of bytes to send: 4294967296 from 2147483648 to 3221225472",
        b"sharingd[12345]: SFAirDropBrowserUpdateController started in 0.123 s",
        b"wifid: 100 200 300 400 packets, 0 dropped, 0-100 range",
    ],
)
def test_what_is_no_person_stays(line: bytes) -> None:
    redactor = Redactor()
    assert redactor.lines(line + b"\n") == line + b"\n"
    assert redactor.people == 0


def test_one_person_has_one_name_in_a_run_and_another_in_the_next() -> None:
    first, second = Redactor(), Redactor()
    line = b"from +44 1632 960123 to +441632960123 and a@example.com, A@EXAMPLE.COM, b@example.com\n"
    out = first.lines(line)
    names = re.findall(rb"\[phone-[0-9a-f]{8}\]", out)
    assert len(names) == 2
    assert len(set(names)) == 1
    assert first.distinct == {"phone": 1, "email": 2}
    assert first.people == 3
    assert second.lines(line) != out
    assert first.lines(out) == out  # what is redacted stays so


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from([line for cases in GONE.values() for line, _ in cases]) | st.binary(max_size=60), max_size=8
    )
)
def test_lines_do_not_depend_on_each_other_and_nothing_raises(lines: list[bytes]) -> None:
    text = b"".join(line.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n" for line in lines)
    out = Redactor().lines(text)
    assert out.count(b"\n") == len(lines)
    for cases in GONE.values():
        for line, told in cases:
            if line in lines and text.count(told) == lines.count(line):
                assert told not in out


def test_time_grows_with_length_and_no_faster() -> None:
    import time

    for hostile in (b"0 " * 200_000, b"a" * 400_000 + b"@", b"sharingd " + b"f0" * 200_000, b"+1" * 200_000, b"x." * 200_000 + b"@a.b",
                    b"A" * 300_000 + b"'s", b"name=" * 60_000, b"John " * 80_000 + b"'s iPhone"):  # fmt: skip
        began = time.process_time()
        Redactor().lines(hostile)
        assert time.process_time() - began < 4, hostile[:20]


def functions(tree: ast.AST) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def test_nothing_in_this_room_finds_out_whose_a_digest_is() -> None:
    """By design: no list of numbers is made, no digest of one is made, and none is compared with what a log or a phone holds."""
    for path in ROOM.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, (ast.For, ast.comprehension)):  # no counting through numbers towards a digest
                body = ast.unparse(node)
                assert not (
                    ("range(" in body or "product(" in body or "permutations(" in body)
                    and re.search(r"sha\d|hashlib|hmac|digest\(", body)
                ), path
        for function in functions(tree):
            names = {a.arg for a in (*function.args.args, *function.args.kwonlyargs)}
            given = {
                n
                for n in names
                if re.search(
                    r"phone_?number|msisdn|numbers?_|candidate|wordlist|rainbow|suspect|target_?(?:number|email)", n
                )
            }
            assert not given, (path, function.name, given)
            assert not re.search(
                r"deanonym|de_anonym|unhash|reverse_hash|crack|enumerate_numbers|rainbow|lookup_number|match_number",
                function.name,
            ), path
    redact = "".join(p.read_text("utf-8") for p in (ROOM / "redact").glob("*.py"))
    assert "hashlib" not in redact
    assert redact.count("hmac.digest(self._key") == redact.count("hmac.digest(")  # under a key that nobody keeps
    assert "self._key" not in "".join(re.findall(r"return .*|yield .*|write\(.*", redact))


def test_the_command_takes_no_number_no_address_and_no_list_of_them() -> None:
    import argparse

    from assay.cli import redact

    parser = argparse.ArgumentParser()
    redact.add(parser)
    assert {action.dest for action in parser._actions} == {"help", "path", "out", "kind", "json"}
