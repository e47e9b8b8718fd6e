"""`python -m bench --publish`: the last whole run as docs/BENCHMARKS.md and docs/bench.svg."""

import json
import sys
from html import escape
from pathlib import Path
from typing import Any

from bench.plan import FULL
from bench.report import RESULTS
from bench.servers import ROOT

DOCS = ROOT / "docs"
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
6. "Per CPU s" compares both for a second of the server's CPU time, whatever else runs; it has to keep the target, too.
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
    full, baseline = 1.1 * max(figure["value"], target), top + BAR - 2
    mark, kind = LEFT + target / full * SPAN, "bar" if figure["reached"] else "missed"
    text = f"{figure['value']:,.{figure['shown']}f} {figure['unit']} ({figure['verdict']})"
    return (
        f'<text class="name" x="{LEFT - 12}" y="{baseline}">{escape(figure["name"])}</text>'
        f'<rect class="track" x="{LEFT}" y="{top}" width="{SPAN}" height="{BAR}"/>'
        f'<rect class="{kind}" x="{LEFT}" y="{top}" width="{figure["value"] / full * SPAN:.0f}" height="{BAR}"/>'
        f'<line class="target" x1="{mark:.0f}" x2="{mark:.0f}" y1="{top - 4}" y2="{top + BAR + 4}"/>'
        f'<text x="{LEFT + SPAN + 12}" y="{baseline}">{escape(text)}</text>'
    )
