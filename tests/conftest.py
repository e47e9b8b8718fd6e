"""Servers for testing the thread pool."""

import pytest

from tests.http_client import DaphneWithApp, Uvicorn
from tests.server import serve


@pytest.fixture(scope="module", params=[Uvicorn, DaphneWithApp], ids=["uvicorn", "daphne"])
def server(request, tmp_path_factory):
    with serve(tmp_path_factory.mktemp("http") / "log", expect_errors=True, kind=request.param) as running:
        yield running


@pytest.fixture
def uvicorn(tmp_path):
    with serve(tmp_path / "log", expect_errors=True, kind=Uvicorn) as running:
        yield running
