"""Asking: one question, one process, one answer. Whatever the question does, the process ends in time and takes nothing along."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import msgspec

from assay.core.errors import AssayError, InvalidSetting
from assay.hunting.child import Head, Question
from assay.hunting.tables import Tables

Form = Literal["json", "csv", "parquet"]
MEDIA: dict[str, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
LONGEST = 20_000  # letters of a question
GRACE = 2.0  # seconds beyond its time after which a process is ended


class BadQuestion(AssayError):
    """A question that is not answered: not one SELECT, with a mistake, or beyond its limits."""

    code, status = "bad-query", 422


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one question may take."""

    rows: int = 1000
    seconds: float = 30.0
    memory: int = 512 << 20


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`body` in the form asked for (JSON: a list of rows). `upto`: the last record that is in the tables."""

    columns: tuple[tuple[str, str], ...]
    rows: int
    cut: bool
    ms: int
    upto: int
    body: bytes

    def values(self) -> list[list[Any]]:
        """The rows of a JSON answer."""
        return msgspec.json.decode(self.body, type=list[list[Any]])


def ask(tables: Tables, sql: str, form: Form = "json", limits: Limits | None = None) -> Answer:
    """Raises `BadQuestion`."""
    limits = limits or Limits()
    if not sql.strip() or len(sql) > LONGEST or "\0" in sql:
        raise BadQuestion(
            "the question is empty or too long", where="query", hint=f"one SELECT of at most {LONGEST} letters"
        )
    contents = tables.contents()
    question = Question(
        sql=sql, files=tables.paths(), form=form, limit=limits.rows, seconds=limits.seconds, memory=limits.memory
    )
    head, body = _answered(question)
    if head.problem:
        raise BadQuestion(head.problem, where="query")
    return Answer(columns=tuple(head.columns), rows=head.rows, cut=head.cut, ms=head.ms, upto=contents.seq, body=body)


def _answered(question: Question) -> tuple[Head, bytes]:
    command = [sys.executable, "-P", "-m", "assay.hunting.child"]
    try:
        done = subprocess.run(
            command, input=msgspec.json.encode(question), capture_output=True, timeout=question.seconds + GRACE,
            env=environment(), cwd="/", check=False, close_fds=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Head(problem=f"it took longer than {question.seconds:g} s"), b""
    except OSError as error:
        raise InvalidSetting(error.strerror or str(error), where="hunting") from None
    line, _, body = done.stdout.partition(b"\n")
    if done.returncode or not line:
        return Head(problem="the question ended its process: it asks for more than there is"), b""
    return msgspec.json.decode(line, type=Head), body


def environment() -> dict[str, str]:
    """Nothing of ours goes along but where our own code is."""
    return {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PATH": os.defpath, "LANG": "C.UTF-8", "HOME": "/nonexistent",
        "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "ARROW_DEFAULT_MEMORY_POOL": "system",
    }  # fmt: skip


def folder_of(data: Path) -> Path:
    """Where the tables of a data folder are, or of the ledger folder inside it."""
    return data.parent if data.name == "ledger" and (data / "ledger.db").exists() else data
