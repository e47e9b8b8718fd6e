"""The plot: horizontal bars as an SVG, readable on light and on dark pages, without a library."""

from dataclasses import dataclass
from html import escape
from typing import Any

WIDTH, LEFT, RIGHT, STEP, BAR = 860, 300, 250, 30, 14  # pixels; of the picture, its margins, a line, a bar
SPAN = WIDTH - LEFT - RIGHT
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328; } .heading { font-weight: 600; font-size: 14px; }
  .name { text-anchor: end; } .quiet { fill: #59636e; } .page { fill: #ffffff; } .track { fill: #d8dee4; }
  .bar { fill: #2563a8; } .missed { fill: #b35900; } .target { stroke: #1f2328; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .quiet { fill: #9da7b1; } .page { fill: #0d1117; } .track { fill: #30363d; }
    .bar { fill: #58a6ff; } .missed { fill: #f0a04b; } .target { stroke: #e6edf3; }
  }
"""


@dataclass
class Bar:
    """One line of the plot: lengths are shares of the full width, `target` None where there is none."""

    name: str
    text: str
    length: float
    target: float | None
    missed: bool


def row_bar(row: dict[str, Any]) -> Bar:
    """Return the application's share of the echo, which is the full width."""
    ratio, target = min(row["ratio"], row["cpu_ratio"] or row["ratio"]), row["target"]
    text = f"{row['ratio']:.2f} x ({row['app']['rate']:,.0f} of {row['echo']['rate']:,.0f})"
    return Bar(row["name"], text, row["ratio"], target, target is not None and ratio < target)


def figure_bar(figure: dict[str, Any]) -> Bar:
    """Return a figure beside its target, the longer of which has nearly the full width."""
    full = 1.1 * max(figure["value"], figure["target"])
    text = f"{figure['value']:,.{figure['shown']}f} {figure['unit']} ({figure['aim']})"
    return Bar(figure["name"], text, figure["value"] / full, figure["target"] / full, not figure["reached"])


def svg(results: dict[str, Any]) -> str:
    """Return the picture of a saved run."""
    rows = [row_bar(row) for row in results["rows"] if not row["name"].startswith("paced")]
    figures = [figure_bar(figure) for figure in results["figures"]]
    first = section(0, "Share of a bare ASGI echo in the same run (full width: the echo)", rows)
    second = section(len(first), "The application against its targets", figures)
    height = (len(first) + len(second) + 1) * STEP
    return document(height, [*first, *second, legend(len(first) + len(second))])


def section(line: int, heading: str, bars: list[Bar]) -> list[str]:
    """Return a heading and its bars, one text for each line, from a line of the picture on."""
    title = f'<text class="heading" x="16" y="{line * STEP + 22}">{escape(heading)}</text>'
    return [title, *(drawn(line + number, bar) for number, bar in enumerate(bars, 1))]


def drawn(line: int, bar: Bar) -> str:
    """Return a bar with its name, its figure and its target."""
    top = line * STEP + (STEP - BAR) // 2
    text = top + BAR - 2
    kind = "missed" if bar.missed else "bar"
    return (
        f'<text class="name" x="{LEFT - 12}" y="{text}">{escape(bar.name)}</text>'
        f'<rect class="track" x="{LEFT}" y="{top}" width="{SPAN}" height="{BAR}"/>'
        f'<rect class="{kind}" x="{LEFT}" y="{top}" width="{min(bar.length, 1) * SPAN:.0f}" height="{BAR}"/>'
        f"{mark(bar.target, top)}"
        f'<text x="{LEFT + SPAN + 12}" y="{text}">{escape(bar.text)}</text>'
    )


def mark(target: float | None, top: int) -> str:
    """Return the line that marks a target."""
    if target is None:
        return ""
    x = LEFT + target * SPAN
    return f'<line class="target" x1="{x:.0f}" x2="{x:.0f}" y1="{top - 4}" y2="{top + BAR + 4}"/>'


def legend(line: int) -> str:
    """Return what the marks and colours mean."""
    text = "The upright line is the target; a bar in the other colour (orange) misses it."
    return f'<text class="quiet" x="16" y="{line * STEP + 20}">{text}</text>'


def document(height: int, parts: list[str]) -> str:
    """Return the SVG file of these parts."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
    title = "<title>Backchat measured beside a bare ASGI echo and against its targets</title>"
    page = f'<rect class="page" width="{WIDTH}" height="{height}"/>'
    return "\n".join([head, title, f"<style>{STYLE}</style>", page, *parts, "</svg>", ""])
