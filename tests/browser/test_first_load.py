"""The first load in production: few requests, few bytes, and pages that work like those of development."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import open_context_page
from tests.browser.steps import expect_live, fill, say
from tests.collected import Collected, collect
from tests.server import serve

MAX_REQUESTS = 14
MAX_BYTES = 90_000


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """A folder with collected files."""
    return collect(tmp_path_factory.mktemp("collected"))


@pytest.fixture
def server(collected, transactional_db, tmp_path):
    """A server process with collected files."""
    with serve(tmp_path / "server.log", kind=Collected, PYTHONPATH=str(collected)) as running:
        yield running


def load(page, path):
    """Load a page with an empty cache; return the number of requests and of bytes received."""
    finished = []
    page.on("requestfinished", lambda request: finished.append(request))
    page.goto(path, wait_until="networkidle")
    sizes = [request.sizes() for request in finished]
    return len(sizes), sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)


@pytest.mark.parametrize("path", ["/", "/rooms/lobby/"])
def test_the_first_load_takes_few_requests_and_bytes(server, new_context, watch, alice, bob, lobby, path):
    fill(lobby, bob, 60)
    page = open_context_page(new_context, watch, server, alice if "rooms" in path else None, "about:blank")
    requests, received = load(page, path)
    print(f"{path}: {requests} requests, {received} bytes")
    assert requests <= MAX_REQUESTS and received <= MAX_BYTES


def test_the_bundled_page_works(open_page, alice, bob, lobby):
    readers = [open_page(user, "/rooms/lobby/") for user in (alice, bob)]
    for page in readers:
        expect_live(page)
    say(readers[0], "from the bundle")
    for page in readers:
        expect(page.locator("#messages .message")).to_contain_text(["from the bundle"])
    expect(readers[0].locator("#outbox .message")).to_have_count(0)


def test_the_bundle_applies_the_same_styles_as_the_plain_files(open_page, new_context, watch, tmp_path, alice, lobby):
    script = """() => [...document.querySelectorAll("body *:not(script):not(style)")].map(element => {
      const style = getComputedStyle(element);
      return element.tagName + [...style].sort().map(name => name + ":" + style.getPropertyValue(name)).join(";");
    })"""
    fill(lobby, alice, 1)
    bundled = open_page(alice, "/rooms/lobby/")
    with serve(tmp_path / "plain.log") as plain_server:
        plain = open_context_page(new_context, watch, plain_server, alice, "/rooms/lobby/")
        for page in (bundled, plain):
            expect_live(page)
        assert bundled.locator("link[rel=stylesheet]").count() == 1 < plain.locator("link[rel=stylesheet]").count()
        assert bundled.evaluate(script) == plain.evaluate(script)
