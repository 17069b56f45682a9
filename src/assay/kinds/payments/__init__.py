"""Payments: money asked to move."""

from pathlib import Path

from assay.core.kind import Kind
from assay.kinds.payments.evidence import Payment

_HERE = Path(__file__).parent

KIND = Kind(name="payments", evidence=(Payment,), words=_HERE / "words", page=_HERE / "page.html")
