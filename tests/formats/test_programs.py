"""Headers of programs: what is written is read, as another reader reads it; damage is harmless."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.formats.program import entropies, entropy, read_program
from assay.kinds.files.samples.programs import elf, macho, pe


@pytest.mark.parametrize("functions", [("CreateFileA",), ("b", "A", "LongName_9"), tuple(f"F{i}" for i in range(300))])
def test_imports_and_their_hash_are_those_that_yara_x_reads(functions: tuple[str, ...]) -> None:
    import yara_x

    content = pe(functions=functions, tail=b"overlay")
    rules = yara_x.compile(
        'import "pe" import "console" rule r { condition: console.log(pe.imphash()) and console.log(pe.number_of_sections) and '
        "console.log(pe.overlay.offset) and console.log(pe.entry_point_raw) }"
    )
    told: list[str] = []
    scanner = yara_x.Scanner(rules)
    scanner.console_log(told.append)
    scanner.scan(content)
    program = read_program(content)
    assert [program.imphash, str(len(program.sections)), str(program.overlay[0]), str(program.entry)] == told
    assert program.imports == {"kernel32.dll": list(functions)}
    assert (program.form, program.kind, program.machine, program.signed, program.problem) == (
        "pe",
        "executable",
        "x86",
        False,
        "",
    )


def test_segments_are_read() -> None:
    program = read_program(elf(rights=7, tail=b"x" * 10))
    assert (program.form, program.entry, program.sections[0].writable, program.sections[0].executable) == (
        "elf",
        0x401000,
        True,
        True,
    )
    assert (program.without_sections, program.overlay[1]) == (False, 10)
    program = read_program(macho())
    assert (program.form, program.machine, program.entry) == ("macho", "x86-64", 0x100000800)


@pytest.mark.parametrize("made", [pe(), elf(), macho()], ids=["pe", "elf", "macho"])
def test_cut_anywhere_it_is_a_problem_and_no_exception(made: bytes) -> None:
    for at in range(0, min(len(made), 1700), 7):
        read_program(made[:at] or b"MZ")


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from((pe(), elf(), macho())), st.lists(st.tuples(st.integers(0, 900), st.integers(0, 255)), max_size=12)
)
def test_headers_that_lie_are_never_an_exception(made: bytes, changes: list[tuple[int, int]]) -> None:
    content = bytearray(made)
    for at, value in changes:
        content[at] = value
    read_program(bytes(content))


def test_entropy_is_shannons() -> None:
    assert entropy(b"") == entropy(b"aaaa") == 0
    assert entropy(bytes(range(256))) == 8
    counts = [3, 5, 9]
    text = b"".join(bytes([i]) * n for i, n in enumerate(counts))
    assert math.isclose(entropy(text), -sum(n / 17 * math.log2(n / 17) for n in counts))
    assert entropies(random.Random(1).randbytes(10_000)).shape == (3,)
