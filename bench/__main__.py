"""`python -m bench`: measure Backchat on this machine, beside a bare ASGI echo and against its targets.

`--quick` is a smoke run; `--publish` measures nothing and writes the last whole run into docs/. The server has one
core and the load another. Redis, the databases and the servers are started here, on free ports of 127.0.0.1, and
ended here. The exit status is 1 where a message was lost, doubled, disordered or not stored, 2 where nothing could
be measured; a figure below its target is only printed.
"""

import argparse
import gc
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench import idle, posts, publish, report, scale, servers, side_by_side, storm
from bench.account import Account
from bench.figure import Figure
from bench.plan import FULL, QUICK, Plan
from bench.side_by_side import PROBE
from bench.stage import set_stage
from bench.summary import latency_figures, summarise
from bench.trial import Trial

MEASURES = (posts.measure, storm.measure, idle.measure, scale.measure)


def main() -> int:
    """Run the whole benchmark, or publish the last one; return the exit status."""
    wanted = arguments()
    if wanted.publish:
        print("Written:", *publish.publish())
        return 0
    if not shutil.which("redis-server"):
        sys.exit("bench: redis-server is not installed (Debian: apt-get install redis-server)")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, and so ends what was started
    raise_file_limit()
    with tempfile.TemporaryDirectory(prefix="backchat-bench-") as folder:
        return run(QUICK if wanted.quick else FULL, Path(folder))


def arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser("python -m bench", description="Measure Backchat on this machine.")
    parser.add_argument("--quick", action="store_true", help="a smoke run of 25 seconds: nothing to publish")
    parser.add_argument("--publish", action="store_true", help="write the last whole run into docs/")
    return parser.parse_args()


def raise_file_limit() -> None:
    """Let this process and its children open as many sockets as the machine allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def run(plan: Plan, folder: Path) -> int:
    """Measure and report; return the exit status."""
    try:
        trials, figures = measure(plan, folder)
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"bench: could not measure: {error!r}", *server_logs(folder), sep="\n", file=sys.stderr)
        return 2
    accounts = [trial.account for trial in trials] + [account for figure in figures for account in figure.accounts]
    tell(plan, trials, figures, accounts, server_logs(folder))
    return 0 if all(account.passed for account in accounts) else 1


def measure(plan: Plan, folder: Path) -> tuple[list[Trial], list[Figure]]:
    """Start what all measures share in a folder, carry the plan out, end everything."""
    with ExitStack() as running:
        redis_port = running.enter_context(servers.redis(folder))
        sizes = [PROBE, posts.POSTERS, *plan.sizes]
        stage = set_stage(folder, redis_port, folder / "bench.sqlite3", sizes)
        servers.pin(servers.LOAD_CORE)()
        if plan.keep_process:
            running.enter_context(stage.kept())
        gc.disable()  # a pause of the load generator would look like one of the server
        trials = side_by_side.measure(stage, plan)
        return trials, [figure for measured in MEASURES for figure in told(measured(stage, plan))]


def told(figures: list[Figure]) -> list[Figure]:
    """Print figures as soon as there are any."""
    for figure in figures:
        print(" | ".join(report.figure_cells(figure)), flush=True)
    return figures


def server_logs(folder: Path) -> list[str]:
    """Return what the servers wrote at level warning and above, the last 2,000 characters of each."""
    texts = {log.stem: log.read_text(errors="replace").strip() for log in sorted(folder.glob("*.log"))}
    texts.pop("redis", None)
    written = [f"The log of {name}: {text[-2_000:]}" for name, text in texts.items() if text]
    return written or ["The servers' logs are empty."]


def tell(plan: Plan, trials: list[Trial], figures: list[Figure], accounts: list[Account], logs: list[str]) -> None:
    """Print and save the report."""
    rows = summarise(trials)
    figures = [*latency_figures(rows), *figures]
    remarks = report.notes(rows, figures, accounts) + logs
    saved = report.save(plan.name, rows, figures, trials, remarks)
    print("", report.table(rows), "", report.figure_table(figures), "", *remarks, "", f"Saved to {saved}", sep="\n")


if __name__ == "__main__":
    sys.exit(main())
