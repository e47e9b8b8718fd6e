"""What a run prints and keeps: a Markdown table, notes and a JSON file; and the page and the plot made of it.

`python -m bench --publish` writes the last whole run as docs/BENCHMARKS.md and docs/bench.svg.
"""

import json
import os
import platform
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.audit import Account
from bench.plan import FULL
from bench.results import Figure
from bench.servers import ROOT

RESULTS, DOCS = ROOT / "bench/results", ROOT / "docs"
PACKAGES = ("django", "channels", "channels-redis", "uvicorn", "uvloop", "websockets")
HEADINGS = ["measure", "result (rounds)", "target", "rates /s", "per CPU s", "p50 / p99 ms", "bytes"]
HEADINGS += ["server CPU", "load CPU", "lost"]
PAGE = """# Benchmarks

Measured on {date} by `make bench`; `python -m bench --publish` writes this page from the last run. Do not edit it.

![Bars: the results beside their targets](bench.svg)

{table}

{notes}

Measured on {machine}

## Method

1. The server has one core and the load generator the other; Redis and PostgreSQL run beside the load generator.
2. The application runs as in production (uvicorn, Redis, sessions, memberships), only its limits on load are lifted.
3. The echo (`bench/echo.py`) is bare ASGI on the same uvicorn: each text goes to every socket, as long as a fragment.
4. "Stock" is a new Django project with DEBUG off and a view that reads the user, on the same uvicorn.
5. "x" is a ratio of two rates, measured in turn: the median of the rounds, with the lowest and highest.
6. "Per CPU s" compares both for a second of the server's CPU time, whatever else runs; it has to keep the target, too,
   and decides alone ("by CPU") if other processes took more than 5 % of the server's core.
7. Fan-out keeps a number of messages under way; paced posts ten a second, and only there do latencies mean much.
8. Posts: twenty posters alone in a room, eighty posts under way; SQLite in WAL mode, PostgreSQL waiting for its disk.
9. Storm and idle sockets: signed in and joined to one room; a later message has to reach each of them.
10. Two processes share one core here, so they are compared by the CPU time of the busier one, not by the clock.
11. Pages: eight keep-alive connections, a reader each, compression offered as browsers do; each response is checked.
12. Each acknowledged message has to be stored once, numbered without gaps, and shown to all once, in order.
"""

WIDTH, LEFT, RIGHT, STEP, BAR = 860, 320, 250, 30, 14  # pixels: the picture, its margins, a line, a bar
SPAN = WIDTH - LEFT - RIGHT
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328; } .name { text-anchor: end; } .quiet { fill: #59636e; }
  .page { fill: #ffffff; } .track { fill: #d8dee4; } .bar { fill: #2563a8; } .missed { fill: #b35900; }
  .target { stroke: #1f2328; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .quiet { fill: #9da7b1; } .page { fill: #0d1117; } .track { fill: #30363d; }
    .bar { fill: #58a6ff; } .missed { fill: #f0a04b; } .target { stroke: #e6edf3; }
  }
"""
LEGEND = "The upright line is the target; a bar in the other colour (orange) misses it."


def cells(figure: Figure) -> list[str]:
    """Return the texts of a figure; those of two sides are separated by a semicolon."""
    low, high, sides = figure.number(min(figure.values)), figure.number(max(figure.values)), figure.sides.items()
    columns = [
        [f"{figure.number(figure.value)} {figure.unit} ({low} to {high})"],
        [figure.verdict],
        [f"{name} {side.rate:,.0f}" for name, side in sides],
        [f"{figure.per_cpu:.2f}"] if figure.per_cpu else [],
        [f"{side.percentile(0.5):.1f} / {side.percentile(0.99):.1f}" for _, side in sides if side.latencies],
        [f"{side.size:,.0f}" for _, side in sides if side.size],
        [f"{side.server:.0%}" for _, side in sides],
        [f"{side.load:.0%}" for _, side in sides],
        [str(figure.lost)] if figure.accounts else [],
    ]
    return [figure.name, *("; ".join(texts) or "-" for texts in columns)]


def table(figures: list[Figure]) -> str:
    """Return an aligned Markdown table."""
    lines = [HEADINGS, *(cells(figure) for figure in figures)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    lines.insert(1, ["-" * width for width in widths])
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in padded)


def notes(figures: list[Figure]) -> list[str]:
    """Return the sentences that belong under the table."""
    accounts = accounts_of(figures)
    said = [f"{figure.name}: {text}." for figure in figures for text in (*figure.notes, *figure.limits())]
    closed = [f"{account.where}: closed by the server: {account.closed}" for account in accounts if account.closed]
    strays = [f"{account.where}: unexpected: {text[:300]}" for account in accounts for text in account.strays[:1]]
    return [*([audit(accounts)] if accounts else []), *said, *closed, *strays]


def accounts_of(figures: Iterable[Figure]) -> list[Account]:
    """Return the accounts of all figures, each once: figures of one crowd share them."""
    return list({id(account): account for figure in figures for account in figure.accounts}.values())


def audit(accounts: list[Account]) -> str:
    """Return what became of the messages."""
    names = ("acknowledged", "absent", "repeated", "gaps", "lost", "doubled", "disordered")
    sums = {name: sum(getattr(account, name) for account in accounts) for name in names}
    return (
        "Audit: {acknowledged:,} messages acknowledged; {absent} of them are not in the database, {repeated} are "
        "stored twice, {gaps} numbers (seq) are left out or used twice. Of all deliveries {lost} were lost and "
        "{doubled} doubled; {disordered} sockets saw another order than the database's."
    ).format(**sums)


def save(name: str, figures: list[Figure], remarks: list[str]) -> Path:
    """Write everything but the single latencies to results/<name>.json; return its path."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    derived = ("value", "reached", "lost", "verdict")
    saved = [asdict(figure) | {name: getattr(figure, name) for name in derived} for figure in figures]
    report = {"figures": saved, "table": table(figures), "notes": remarks, "machine": machine()}
    dated = {"measured_at": datetime.now(UTC).isoformat(timespec="seconds")} | report
    path.write_text(json.dumps(dated, indent=2, default=len) + "\n")  # of latencies, how many there are
    return path


def machine() -> str:
    """Return a sentence on what the figures were measured on."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    hardware = f"{[*names, platform.machine()][0]}, {os.cpu_count()} cores, {platform.platform()}"
    return f"{hardware}; Python {platform.python_version()}, {packages}."


def publish(docs: Path = DOCS) -> tuple[Path, Path]:
    """Write the page and its picture; return their paths. Ends the program if there is no run to publish."""
    source = RESULTS / f"{FULL.name}.json"
    results = json.loads(source.read_text()) if source.exists() else {}
    if "table" not in results:
        sys.exit("bench: there is no whole run to publish; make one with: python -m bench")
    page, picture = docs / "BENCHMARKS.md", docs / "bench.svg"
    notes, date = "\n".join(f"- {note}" for note in results["notes"]), results["measured_at"][:10]
    page.write_text(PAGE.format(date=date, table=results["table"], notes=notes, machine=results["machine"]))
    picture.write_text(svg(results["figures"]))
    return page, picture


def svg(figures: list[dict[str, Any]]) -> str:
    """Return horizontal bars, readable on light and on dark pages."""
    height = (len(figures) + 2) * STEP
    bars = "\n".join(bar(STEP // 2 + number * STEP, figure) for number, figure in enumerate(figures))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">\n'
        f"<title>Backchat measured against its targets</title><style>{STYLE}</style>\n"
        f'<rect class="page" width="{WIDTH}" height="{height}"/>\n{bars}\n'
        f'<text class="quiet" x="16" y="{height - 12}">{LEGEND}</text></svg>\n'
    )


def bar(top: int, figure: dict[str, Any]) -> str:
    """Return a figure beside its target; the longer of both has nearly the full width."""
    target = figure["target"] or 0.0
    full, baseline = 1.1 * max(figure["value"], target, 0.01), top + BAR - 2
    mark, kind = LEFT + target / full * SPAN, "bar" if figure["reached"] else "missed"
    text = f"{figure['value']:,.{figure['shown']}f} {figure['unit']} ({figure['verdict']})"
    return (
        f'<text class="name" x="{LEFT - 12}" y="{baseline}">{escape(figure["name"])}</text>'
        f'<rect class="track" x="{LEFT}" y="{top}" width="{SPAN}" height="{BAR}"/>'
        f'<rect class="{kind}" x="{LEFT}" y="{top}" width="{figure["value"] / full * SPAN:.0f}" height="{BAR}"/>'
        f'<line class="target" x1="{mark:.0f}" x2="{mark:.0f}" y1="{top - 4}" y2="{top + BAR + 4}"/>'
        f'<text x="{LEFT + SPAN + 12}" y="{baseline}">{escape(text)}</text>'
    )
