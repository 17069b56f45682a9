"""The parcels room, installed for these tests as any package is: by its metadata on the path."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.core.kind import kinds
from assay.core.words import catalogue

METADATA = "Metadata-Version: 2.1\nName: assay-parcels\nVersion: 0.1\n"
ENTRY_POINTS = "[assay.kinds]\nparcels = assay_parcels:KIND\n"


@pytest.fixture(autouse=True, scope="module")
def parcels_installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    site = tmp_path_factory.mktemp("site")
    _install(site)
    kinds.cache_clear()
    catalogue.cache_clear()
    yield
    sys.path.remove(str(site))
    kinds.cache_clear()
    catalogue.cache_clear()


def _install(site: Path) -> None:
    info = site / "assay_parcels-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    sys.path.insert(0, str(site))


def install_for_process() -> None:
    """The same for a process of its own."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "room"))
    _install(Path(tempfile.mkdtemp()))
