"""`python -m bench --publish`: the last whole run as docs/BENCHMARKS.md and docs/bench.svg."""

import json
import sys
from pathlib import Path
from typing import Any

from bench.plan import FULL
from bench.plot import svg
from bench.report import RESULTS
from bench.servers import ROOT

DOCS = ROOT / "docs"
PAGE = """# Benchmarks

Measured on {date} by `make bench`; `python -m bench --publish` writes this page from the last run. Do not edit it.

![Bars: the application beside a bare ASGI echo, and against its targets](bench.svg)

## Beside a bare ASGI echo

{rows}

## Against targets

{figures}

## What the figures say of themselves

{notes}

## The machine

{machine}

## The method

1. The server has one core and the load generator the other; Redis and PostgreSQL run beside the load generator.
2. The application runs as in production (uvicorn, Redis, sessions, memberships), only its limits on load are lifted.
3. The echo (`bench/echo.py`) is bare ASGI on the same uvicorn: each text goes to every socket, as long as a fragment.
4. Rounds alternate between both; a ratio is the median of the rounds' ratios, with the lowest and highest beside it.
5. "Per CPU s" compares deliveries for a second of the server's CPU time: it holds beside other load on the machine.
6. Fan-out keeps four messages under way; paced posts ten a second, and only there do the latencies tell anything.
7. Posts: twenty posters alone in a room, eighty posts under way; SQLite in WAL mode, PostgreSQL waiting for its disk.
8. Storm and idle sockets: signed in and joined to one room; a later message has to reach each of them.
9. Two processes share one core here, so they are compared by the CPU time of the busier one, not by the clock.
10. Each acknowledged message has to be stored once, numbered without gaps, and shown to all once, in order.
"""


def publish(docs: Path = DOCS) -> tuple[Path, Path]:
    """Write the page and its picture; return their paths. Ends the program where there is no run to publish."""
    source = RESULTS / f"{FULL.name}.json"
    results = json.loads(source.read_text()) if source.exists() else {}
    if "figures" not in results:
        sys.exit("bench: there is no whole run to publish; make one with: python -m bench")
    page, picture = docs / "BENCHMARKS.md", docs / "bench.svg"
    page.write_text(text_of(results))
    picture.write_text(svg(results))
    return page, picture


def text_of(results: dict[str, Any]) -> str:
    """Return the page on a saved run."""
    rows, figures = results["tables"]
    notes = "\n".join(f"- {note}" for note in results["notes"])
    date, machine = results["measured_at"][:10], machine_of(results["machine"])
    return PAGE.format(date=date, rows=rows, figures=figures, notes=notes, machine=machine)


def machine_of(machine: dict[str, Any]) -> str:
    """Return a sentence on what the run was measured on."""
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    hardware = f"{machine['processor']}, {machine['cores']} cores, {machine['system']}"
    return f"{hardware}; Python {machine['python']}, {packages}."
