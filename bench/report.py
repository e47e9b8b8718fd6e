"""What a run prints and keeps: a Markdown table that is readable as it is, notes, and a JSON file."""

import json
import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.audit import Account
from bench.results import Figure

RESULTS = Path(__file__).resolve().parent / "results"
PACKAGES = ("django", "channels", "channels-redis", "uvicorn", "uvloop", "websockets")
HEADINGS = ["measure", "result (rounds)", "target", "rates /s", "per CPU s", "p50 / p99 ms", "bytes"]
HEADINGS += ["server CPU", "load CPU", "lost"]


def cells(figure: Figure) -> list[str]:
    """Return the texts of a figure; those of two sides are separated by a semicolon."""
    low, high, sides = figure.number(min(figure.values)), figure.number(max(figure.values)), figure.sides.items()
    columns = [
        [f"{figure.number(figure.value)} {figure.unit} ({low} to {high})"],
        [figure.verdict()],
        [f"{name} {side.rate:,.0f}" for name, side in sides],
        [f"{figure.per_cpu:.2f}"] if figure.per_cpu else [],
        [f"{side.percentile(0.5):.1f} / {side.percentile(0.99):.1f}" for _, side in sides if side.latencies],
        [f"{side.size:,.0f}" for _, side in sides if side.size],
        [f"{side.server:.0%}" for _, side in sides],
        [f"{side.load:.0%}" for _, side in sides],
        [str(sum(account.lost for account in figure.accounts))] if figure.accounts else [],
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
    report = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "figures": [figure.as_json() for figure in figures],
        "table": table(figures),
        "notes": remarks,
    }
    path.write_text(json.dumps(report, indent=2, default=len) + "\n")  # of latencies, how many there are
    return path


def machine() -> str:
    """Return a sentence on what the figures were measured on."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    hardware = f"{[*names, platform.machine()][0]}, {os.cpu_count()} cores, {platform.platform()}"
    return f"{hardware}; Python {platform.python_version()}, {packages}."
