"""Static files, served outside Django before and after collectstatic and in development."""

import gzip
import re
import shutil
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection

import brotli
import pytest

from config.bundles import BundleError, in_order, join_modules, join_styles
from tests.collected import Collected, collect
from tests.server import Daphne, Server, serve
from tests.services import BASE_DIR

pytestmark = pytest.mark.once
SOURCE = (BASE_DIR / "static/js/main.js").read_bytes()
SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
YEARS = "max-age=315360000, public, immutable"


class Development(Server):
    """manage.py runserver."""

    def start(self):
        """Start the process and wait until it accepts connections."""
        command = [sys.executable, "manage.py", "runserver", f"127.0.0.1:{self.port}", "--noreload"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=BASE_DIR, env=self.environ, stdout=log, stderr=log)
        self.wait_until_started("runserver")


def ask(server, path, method="GET", **headers):
    """Return the status, headers and body of a response."""
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.headers.items()}, response.read()


@pytest.mark.parametrize("kind", [Server, Daphne])
def test_files_are_served_before_collectstatic(kind, tmp_path, db):
    with serve(tmp_path / "log", kind=kind) as server:
        status, headers, body = ask(server, "/static/js/main.js")
        assert (status, body, headers["cache-control"]) == (200, SOURCE, "max-age=60, public")
        assert SECURITY.items() <= headers.items() and "content-security-policy" not in headers
        assert ask(server, "/static/admin/css/base.css")[0] == 200
        assert ask(server, "/static/js/main.js", method="HEAD")[2] == b""
        assert ask(server, "/static/js/main.js", if_none_match=headers["etag"])[0] == 304
        for path in ("/static/nothing.js", "/static/../manage.py", "/static/%2e%2e/manage.py", "/static/"):
            assert ask(server, path)[0] in (400, 404)


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """A folder with collected files."""
    return collect(tmp_path_factory.mktemp("collected"))


def test_collected_files_are_immutable_and_compressed(collected, tmp_path, db):
    name = next(path.name for path in collected.glob("static/js/main.*.js"))
    with serve(tmp_path / "log", kind=Collected, PYTHONPATH=str(collected)) as server:
        page = ask(server, "/")[2].decode()
        assert re.search(rf'src="(/static/js/{re.escape(name)})"', page)
        for encoding, decompress in (("br", brotli.decompress), ("gzip", gzip.decompress)):
            status, headers, body = ask(server, f"/static/js/{name}", accept_encoding=encoding)
            assert (status, headers["content-encoding"], headers["cache-control"]) == (200, encoding, YEARS)
            assert b"function timeline(" in decompress(body) and headers["vary"] == "Accept-Encoding"
            assert SECURITY.items() <= headers.items()
        assert ask(server, "/static/js/main.js")[1]["cache-control"] == "max-age=60, public"


def test_https_is_enforced(tmp_path, db):
    with serve(tmp_path / "log", HTTPS="on", TRUSTED_PROXY_COUNT="1") as server:
        status, headers, _ = ask(server, "/static/js/main.js")
        assert (status, headers["location"]) == (301, f"https://127.0.0.1:{server.port}/static/js/main.js")
        status, headers, body = ask(server, "/static/js/main.js", x_forwarded_proto="https")
        assert (status, body) == (200, SOURCE)
        assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains; preload"
        assert ask(server, "/healthz")[0] == 200
        assert ask(server, "/")[0] == 301
        assert ask(server, "/", x_forwarded_proto="https")[0] == 200
        assert ask(server, "/", x_forwarded_proto="http", X_Forwarded_Proto="https")[0] == 301


def test_runserver_serves_pages_and_files(tmp_path, db):
    with serve(tmp_path / "log", kind=Development, DEBUG="on") as server:
        assert ask(server, "/static/js/main.js")[2] == SOURCE
        assert ask(server, "/static/nothing.js")[0] == 404
        assert ask(server, "/static/js/main.js", method="HEAD")[0] == 200
        status, _, page = ask(server, "/", accept_encoding="gzip")
        assert status == 200 and b"csrfmiddlewaretoken" in gzip.decompress(page)


def join(**files):
    """Join modules, given as name=source, from "main" on."""
    return join_modules("js/main.js", lambda name: files[name.removeprefix("js/").removesuffix(".js")])


def run(script):
    """Run a script with node and return what it prints."""
    node = shutil.which("node") or pytest.skip("node is missing")
    return subprocess.run([node, "-e", script], capture_output=True, text=True, check=True).stdout


MAIN = """import {
  one,
  two as deux,
} from "./a.js";
import "./b.js";
console.log(one, deux(), typeof own);
"""
A = """import { shared } from "./b.js";
const own = 2;
export const one = shared;
export function two() { return own; }
"""
B = """console.log("b");
export const shared = 1;
export class Own {}
"""


def test_a_bundle_runs_each_module_once_in_a_scope_of_its_own():
    assert run(join(main=MAIN, a=A, b=B)) == "b\n1 2 undefined\n"


@pytest.mark.parametrize(
    "source",
    [
        "export default 1;",
        "export let a = 1;",
        "export { a };",
        'export * from "./a.js";',
        'import a from "./a.js";',
        'import * as a from "./a.js";',
        'import { missing } from "./a.js";',
        "import { a } from './a.js';",
        'import { a } from "/static/js/a.js";',
        'import { a } from "./main.js";',
        'const a = await import("./a.js");',
        "const here = import.meta.url;",
    ],
)
def test_a_module_that_cannot_be_bundled_is_an_error_that_names_it(source):
    with pytest.raises(BundleError, match=r"main\.js"):
        join(main=source, a="export const a = 1;")


@pytest.mark.parametrize("rule", ['@import "other.css";', "a { background: url(../icons/a.svg) }", '@charset "utf-8";'])
def test_a_style_sheet_that_cannot_be_bundled_is_an_error_that_names_it(rule):
    with pytest.raises(BundleError, match="css/components/a"):
        join_styles(["css/components/a.css"], lambda name: rule)


def test_the_order_of_the_layers_comes_first():
    names = ["css/components/room-list.css", "css/components/room.css", "css/base.css", "css/layers.css"]
    assert in_order(names) == [
        "css/layers.css",
        "css/base.css",
        "css/components/room.css",
        "css/components/room-list.css",
    ]


def test_before_collectstatic_a_page_links_every_style_sheet(client, db):
    linked = re.findall(r'<link rel="stylesheet" href="/static/([^"]+)">', client.get("/").content.decode())
    assert linked[0] == "css/layers.css"
    assert sorted(linked) == sorted(
        str(path.relative_to(BASE_DIR / "static")) for path in BASE_DIR.glob("static/css/**/*.css")
    )
