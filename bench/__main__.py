"""`python -m bench`: measure Backchat on this machine against baselines and targets.

`python -m bench pages fanout` runs only these parts, `python -m bench.prepare` only fills a database. `--quick` is a
smoke run; `--publish` writes the last full run into docs/ without measuring. The server and the load generator each
have a core. Redis, the databases and the servers are started and stopped here. The exit status is 1 if a message was
lost, duplicated, out of order or not stored, 2 if measuring failed; a missed target is only reported.
"""

import argparse
import gc
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bench import elsewhere, fanout, pages, report, servers, sockets
from bench.plan import FULL, QUICK, Plan
from bench.results import Figure
from bench.stage import Stage

PARTS = {
    "fanout": fanout.measure_fanout,
    "sockets": sockets.measure_sockets,
    "posts": fanout.measure_posts,
    "memory": sockets.measure_memory,
    "elsewhere": elsewhere.measure_elsewhere,
    "processes": fanout.measure_processes,
    "pages": pages.measure_pages,
    "large": pages.measure_large,
}


def main() -> int:
    """Measure, or publish the last full run; return the exit status."""
    wanted = arguments()
    if wanted.publish:
        print("Written:", *report.publish())
        return 0
    if not shutil.which("redis-server"):
        sys.exit("bench: redis-server is not installed (Debian: apt-get install redis-server)")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, which stops the processes
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    with tempfile.TemporaryDirectory(prefix="backchat-bench-") as folder:
        return run(wanted.plan, wanted.parts or list(PARTS), Path(folder))


def arguments() -> argparse.Namespace:
    """Return the command line's arguments, with the plan of the run."""
    parser = argparse.ArgumentParser("python -m bench", description="Measure Backchat on this machine.")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"what to measure (default: {', '.join(PARTS)})")
    parser.add_argument("--messages", type=int, help="number in the large room (default: 50,000)")
    parser.add_argument("--rounds", type=int, help="repetitions of each measurement (default: 3)")
    parser.add_argument("--quick", action="store_true", help="a smoke run, not for publishing")
    parser.add_argument("--publish", action="store_true", help="write the last full run into docs/")
    wanted = parser.parse_args()
    if unknown := set(wanted.parts) - set(PARTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    plan = QUICK if wanted.quick else FULL
    name = "-".join([plan.name, *wanted.parts])  # only a full run is saved under the name that is published
    messages, rounds = wanted.messages or plan.messages, wanted.rounds or plan.rounds
    wanted.plan = replace(plan, name=name, messages=messages, rounds=rounds)
    return wanted


def run(plan: Plan, parts: list[str], folder: Path) -> int:
    """Measure and report; return the exit status."""
    try:
        figures = measure(plan, parts, folder)
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"bench: measuring failed: {error!r}", *server_logs(folder), sep="\n", file=sys.stderr)
        return 2
    remarks = report.notes(figures) + server_logs(folder)
    saved = report.save(plan.name, figures, remarks)
    print("", report.table(figures), "", *remarks, "", f"Saved to {saved}", sep="\n")
    return 0 if all(account.passed for account in report.accounts_of(figures)) else 1


def measure(plan: Plan, parts: list[str], folder: Path) -> list[Figure]:
    """Measure the parts, printing each figure as soon as it is known."""
    figures = []
    with servers.redis(folder) as redis_port, ExitStack() as ending:
        os.sched_setaffinity(0, {servers.LOAD_CORE})
        gc.disable()  # a pause in the load generator would look like one in the server
        stage = Stage(folder, redis_port, plan, ending)
        for part in parts:
            for figure in PARTS[part](stage):
                print(" | ".join(cell for cell in report.cells(figure) if cell != "-"), flush=True)
                figures.append(figure)
    return figures


def server_logs(folder: Path) -> list[str]:
    """Return the servers' warnings and errors, the last 2,000 characters of each log."""
    texts = {log.stem: log.read_text(errors="replace").strip() for log in sorted(folder.glob("*.log"))}
    texts.pop("redis", None)
    written = [f"Log of {name}: {text[-2_000:]}" for name, text in texts.items() if text]
    return written or ["The servers' logs are empty."]


if __name__ == "__main__":
    sys.exit(main())
