"""Sockets and servers to attack."""

import pytest

from a_rtchat.tests.conftest import open_tab  # noqa: F401  (a fixture)
from tests.http_client import Uvicorn
from tests.server import serve


class SmallLimits(Uvicorn):
    """uvicorn with limits that a test can reach."""

    program: tuple[str, ...] = ("uvicorn", "tests.attacks.small_limits:application", "--lifespan", "off")


class SmallLimitsH11(SmallLimits):
    """The same with uvicorn's other HTTP protocol."""

    program = (*SmallLimits.program, "--http", "h11")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("small") / "log", kind=SmallLimits) as running:
        yield running


@pytest.fixture(scope="module", params=[SmallLimits, SmallLimitsH11], ids=["httptools", "h11"])
def either(request, tmp_path_factory):
    with serve(tmp_path_factory.mktemp("small") / "log", kind=request.param) as running:
        yield running
