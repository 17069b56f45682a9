"""What forgers change: figures and rows, parties and numbers, identity papers. An alteration takes random numbers and a
paper's facts and gives the changed facts with the field that was meant, or None where the paper has no such place."""

from __future__ import annotations

from typing import Any

Altered = tuple[Any, str] | None
