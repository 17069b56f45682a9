"""The parcels room, installed for these tests as any package is: by its metadata on the path."""

import sys
from collections.abc import Iterator

import pytest

from assay.core.kind import kinds
from assay.core.words import catalogue

METADATA = "Metadata-Version: 2.1\nName: assay-parcels\nVersion: 0.1\n"
ENTRY_POINTS = "[assay.kinds]\nparcels = assay_parcels:KIND\n"


@pytest.fixture(autouse=True, scope="module")
def parcels_installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    site = tmp_path_factory.mktemp("site")
    info = site / "assay_parcels-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    sys.path.insert(0, str(site))
    kinds.cache_clear()
    catalogue.cache_clear()
    yield
    sys.path.remove(str(site))
    kinds.cache_clear()
    catalogue.cache_clear()
