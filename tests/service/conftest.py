"""A real service on a free port of 127.0.0.1, over the parcels room and a real ledger."""

from collections.abc import Iterator

import pytest

from tests.engine.conftest import parcels_installed  # noqa: F401

from .running import Running, running


@pytest.fixture(scope="module")
def service(parcels_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:  # noqa: F811
    with running(tmp_path_factory.mktemp("service")) as service:
        yield service
