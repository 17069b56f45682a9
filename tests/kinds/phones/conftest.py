"""A phone's backup, written as iOS does and read as anybody's is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.reader import IosBackup
from assay.kinds.phones.simulate import Phone, write


def read(path: Path) -> PhoneImage:
    (batch,) = IosBackup().read(path, reject=lambda _: None)
    found = batch.item(0)
    assert isinstance(found, PhoneImage)
    return found


@pytest.fixture
def examined(tmp_path: Path) -> Callable[[Phone], PhoneImage]:
    def examine(phone: Phone) -> PhoneImage:
        return read(write(phone, tmp_path / "backup") / "Manifest.db")

    return examine
