"""The networks are installed at set-up; where they are not, what needs them is skipped, and says so."""

from __future__ import annotations

from tests.vision.conftest import networks

__all__ = ["networks"]
