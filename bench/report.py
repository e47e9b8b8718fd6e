"""What a run prints and keeps: a table that is Markdown and readable as it is, notes, and a JSON file."""

import json
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.account import Account
from bench.figure import Figure
from bench.servers import LOAD_CORE, SERVER_CORE
from bench.summary import Row, Side
from bench.trial import Trial
from bench.usage import Usage

RESULTS = Path(__file__).resolve().parent / "results"
PACKAGES = ("django", "channels", "channels-redis", "uvicorn", "uvloop", "websockets")
HEADINGS = ["measure", "app", "echo", "ratio (rounds)", "per CPU s", "target", "app p50 / p99 ms"]
HEADINGS += ["echo p50 / p99 ms", "lost app / echo", "server CPU app / echo", "load CPU app / echo"]
FIGURE_HEADINGS = ["measure", "app", "rounds", "target", "lost"]
BUSY = 0.95  # of a core: who uses more is at its limit
IDLE = 0.90  # of the server's core under full load: who uses less was kept waiting
CROWDED = 0.05  # of the server's core taken by others: worth a word


def table(rows: list[Row]) -> str:
    """Return what was measured beside the echo."""
    return aligned([HEADINGS, *(cells(row) for row in rows)])


def figure_table(figures: list[Figure]) -> str:
    """Return what was measured of the application alone."""
    return aligned([FIGURE_HEADINGS, *(figure_cells(figure) for figure in figures)])


def figure_cells(figure: Figure) -> list[str]:
    """Return the texts of one figure."""
    low, high = (figure.number(bound) for bound in (min(figure.values), max(figure.values)))
    verdict = f"{figure.aim()} {figure.unit}: {'reached' if figure.reached else 'missed'}"
    value = f"{figure.number(figure.value)} {figure.unit}"
    return [figure.name, value, f"{low} to {high}", verdict, str(figure.lost)]


def aligned(lines: list[list[str]]) -> str:
    """Return lines of cells, the headings first, as an aligned Markdown table."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in padded)


def cells(row: Row) -> list[str]:
    """Return the texts of one row."""
    app, echo = row.app, row.echo
    ratio = f"{row.ratio:.2f} ({min(row.ratios):.2f} to {max(row.ratios):.2f})"
    per_cpu = f"{row.cpu_ratio:.2f}" if row.cpu_ratio else "-"
    rates = [f"{app.rate:,.0f}", f"{echo.rate:,.0f}", ratio, per_cpu, verdict(row)]
    return [row.name, *rates, latency(app), latency(echo), f"{app.lost} / {echo.lost}", *cpu(app, echo)]


def verdict(row: Row) -> str:
    """Return a row's target and whether it was reached, for the wall clock and for the CPU time."""
    if row.target is None:
        return "-"
    reached = min(row.ratio, row.cpu_ratio or row.ratio) >= row.target
    return f"{row.target} {'reached' if reached else 'missed'}"


def latency(side: Side) -> str:
    """Return the median and the 99th percentile in ms."""
    return "-" if side.p50 is None or side.p99 is None else f"{side.p50:.1f} / {side.p99:.1f}"


def cpu(app: Side, echo: Side) -> list[str]:
    """Return the shares of the server's and of the load generator's core, for both sides."""
    if app.usage is None or echo.usage is None:
        return ["-", "-"]
    return [
        f"{app.usage.server:.0%} / {echo.usage.server:.0%}",
        f"{app.usage.load:.0%} / {echo.usage.load:.0%}",
    ]


def notes(rows: list[Row], figures: list[Figure], accounts: list[Account]) -> list[str]:
    """Return the sentences that belong under the tables."""
    explained = [f"{figure.name}: {note}." for figure in figures for note in figure.notes]
    return [summed_up(accounts), *explained, *limits(rows), *oddities(accounts)]


def summed_up(accounts: list[Account]) -> str:
    """Return what became of the messages."""
    audits = [account.audit for account in accounts if account.audit]
    return (
        f"Audit: {sum(audit.acknowledged for audit in audits):,} messages acknowledged; of these "
        f"{sum(audit.absent for audit in audits)} are not in the database, "
        f"{sum(audit.doubled for audit in audits)} are twice, "
        f"{sum(audit.gaps for audit in audits)} numbers (seq) are left out or used twice. Of all deliveries "
        f"{sum(account.lost for account in accounts)} were lost, "
        f"{sum(account.doubled for account in accounts)} doubled; "
        f"{sum(account.disordered for account in accounts)} sockets saw another order than the database's."
    )


def limits(rows: list[Row]) -> list[str]:
    """Say where the server was not alone in deciding a figure."""
    return [
        f"{row.name}: {limit}"
        for row in rows
        for server, side in (("app", row.app), ("echo", row.echo))
        for limit in limits_of(server, side.usage, row.cpu_ratio is not None)
    ]


def limits_of(server: str, usage: Usage | None, saturated: bool) -> list[str]:
    """Say what but the server decided a figure of this use of the cores."""
    if usage is None:
        return []
    reasons = {
        "the load generator was at its limit; {} may be faster than this.": usage.load > BUSY,
        "{} was not saturated; it may be faster than this.": saturated and usage.server < IDLE,
        f"other processes took {usage.others:.0%} of the server's core from {{}}.": usage.others > CROWDED,
    }
    return [reason.format(server) for reason, holds in reasons.items() if holds]


def oddities(accounts: list[Account]) -> list[str]:
    """Return the sockets that a server closed and the texts that nobody expected."""
    closed = [f"{account.where}: closed by the server: {account.closed}" for account in accounts if account.closed]
    strays = [f"{account.where}: unexpected: {text[:300]}" for account in accounts for text in account.strays[:1]]
    return closed + strays


def save(name: str, rows: list[Row], figures: list[Figure], trials: list[Trial], remarks: list[str]) -> Path:
    """Write everything but the single latencies to results/<name>.json; return its path."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    report = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "rows": [asdict(row) for row in rows],
        "figures": [figure.as_json() for figure in figures],
        "tables": [table(rows), figure_table(figures)],
        "notes": remarks,
        "trials": [asdict(trial) for trial in trials],
    }
    path.write_text(json.dumps(report, indent=2, default=len) + "\n")  # of latencies, how many there are
    return path


def processor() -> str:
    """Return the processor's name, where Linux tells it."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "server_core": SERVER_CORE,
        "load_core": LOAD_CORE,
        "packages": {name: version(name) for name in PACKAGES},
    }
