"""What a run prints and keeps: a Markdown table that is readable as it is, notes, and a JSON file."""

import json
import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.audit import Account
from bench.results import Figure, Side

RESULTS = Path(__file__).resolve().parent / "results"
PACKAGES = ("django", "channels", "channels-redis", "uvicorn", "uvloop", "websockets")
HEADINGS = ["measure", "result (rounds)", "target", "rates /s", "per CPU s", "p50 / p99 ms", "bytes"]
HEADINGS += ["server CPU", "load CPU", "lost"]


def line(figure: Figure) -> str:
    """Return a figure as a line, to be printed as soon as it is known."""
    return " | ".join(cell for cell in cells(figure) if cell != "-")


def table(figures: list[Figure]) -> str:
    """Return an aligned Markdown table."""
    lines = [HEADINGS, *(cells(figure) for figure in figures)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    lines.insert(1, ["-" * width for width in widths])
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in padded)


def cells(figure: Figure) -> list[str]:
    """Return the texts of a figure; those of two sides are separated by a semicolon."""
    low, high = figure.number(min(figure.values)), figure.number(max(figure.values))
    result = f"{figure.number(figure.value)} {figure.unit} ({low} to {high})"
    lost = str(sum(account.lost for account in figure.accounts)) if figure.accounts else "-"
    timed, sized = (any(getattr(side, kind) for side in figure.sides) for kind in ("p99", "size"))
    return [
        figure.name,
        result,
        figure.verdict(),
        both(figure, "{0.name} {0.rate:,.0f}"),
        f"{figure.per_cpu:.2f}" if figure.per_cpu else "-",
        both(figure, "{0.p50:.1f} / {0.p99:.1f}") if timed else "-",
        both(figure, "{0.size:,.0f}") if sized else "-",
        both(figure, "{0.usage.server:.0%}"),
        both(figure, "{0.usage.load:.0%}"),
        lost,
    ]


def both(figure: Figure, form: str) -> str:
    """Return a text of each side of a figure."""
    sides: list[Side] = figure.sides
    return "; ".join(form.format(side) for side in sides) or "-"


def notes(figures: list[Figure]) -> list[str]:
    """Return the sentences that belong under the table."""
    accounts = accounts_of(figures)
    said = [f"{figure.name}: {text}." for figure in figures for text in (*figure.notes, *figure.limits())]
    return [*summary(accounts), *said, *oddities(accounts)]


def accounts_of(figures: Iterable[Figure]) -> list[Account]:
    """Return the accounts of all figures, each once: figures of one crowd share them."""
    return list({id(account): account for figure in figures for account in figure.accounts}.values())


def summary(accounts: list[Account]) -> list[str]:
    """Return what became of the messages, if any were posted."""
    fields = ("acknowledged", "absent", "repeated", "gaps", "lost", "doubled", "disordered")
    acknowledged, absent, repeated, gaps, lost, doubled, disordered = (
        sum(getattr(account, name) for account in accounts) for name in fields
    )
    text = (
        f"Audit: {acknowledged:,} messages acknowledged; {absent} of them are not in the database, {repeated} are "
        f"stored twice, {gaps} numbers (seq) are left out or used twice. Of all deliveries {lost} were lost and "
        f"{doubled} doubled; {disordered} sockets saw another order than the database's."
    )
    return [text] if accounts else []


def oddities(accounts: list[Account]) -> list[str]:
    """Return the sockets that a server closed and the texts that were not expected."""
    closed = [f"{account.where}: closed by the server: {account.closed}" for account in accounts if account.closed]
    strays = [f"{account.where}: unexpected: {text[:300]}" for account in accounts for text in account.strays[:1]]
    return closed + strays


def save(name: str, figures: list[Figure], remarks: list[str]) -> Path:
    """Write everything but the single latencies to results/<name>.json; return its path."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    report = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "figures": [figure.as_json() for figure in figures],
        "table": table(figures),
        "notes": remarks,
    }
    path.write_text(json.dumps(report, indent=2) + "\n")
    return path


def machine() -> str:
    """Return a sentence on what the figures were measured on."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processor = names[0] if names else platform.machine()
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    hardware = f"{processor}, {os.cpu_count()} cores, {platform.platform()}"
    return f"{hardware}; Python {platform.python_version()}, {packages}."
