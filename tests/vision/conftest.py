"""The networks are installed at set-up; where they are not, what needs them is skipped, and says so."""

from __future__ import annotations

import pytest

from assay.vision import assets


@pytest.fixture(scope="session")
def networks() -> None:
    if missing := [name for name in assets.missing() if name.startswith("face_")]:
        pytest.skip(f"not installed: {', '.join(missing)}")
