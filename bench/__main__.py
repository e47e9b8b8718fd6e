"""`python -m bench`: measure Backchat against a bare ASGI echo on this machine (`--quick` for a smoke run).

The server has one core and the load another. Redis, the database and both servers are started here, on free
ports of 127.0.0.1, and ended here. The exit status is 1 where a message was lost, doubled, disordered or not
stored, 2 where nothing could be measured; a figure below its target is only printed.
"""

import argparse
import asyncio
import gc
import json
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import uvloop

from bench import report, servers
from bench.crowd import gathered
from bench.plan import FULL, QUICK, Plan
from bench.summary import summarise
from bench.target import Target, app_target, echo_target
from bench.trial import Trial, take_turns

PROBE = 2  # members of the room that tells how long a fragment is


def main() -> int:
    """Run the whole benchmark; return the exit status."""
    plan = chosen_plan()
    if not shutil.which("redis-server"):
        sys.exit("bench: redis-server is not installed (Debian: apt-get install redis-server)")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, and so ends what was started
    raise_file_limit()
    with tempfile.TemporaryDirectory(prefix="backchat-bench-") as folder:
        try:
            trials = measure(plan, Path(folder))
        except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
            logs = server_logs(Path(folder))
            print(f"bench: could not measure: {error!r}", *logs, sep="\n", file=sys.stderr)
            return 2
        return publish(plan, trials, server_logs(Path(folder)))


def chosen_plan() -> Plan:
    """Return the plan that the command line asks for."""
    parser = argparse.ArgumentParser("python -m bench", description="Measure Backchat against a bare echo.")
    parser.add_argument("--quick", action="store_true", help="a smoke run of 10 seconds: nothing to publish")
    return QUICK if parser.parse_args().quick else FULL


def raise_file_limit() -> None:
    """Let this process and its children open as many sockets as the machine allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def measure(plan: Plan, folder: Path) -> list[Trial]:
    """Start everything in a folder, carry the plan out, end everything."""
    with ExitStack() as running:
        environment = servers.app_environment(folder, running.enter_context(servers.redis(folder)))
        prepared = prepare([PROBE, *plan.sizes], environment)
        start = {
            name: running.enter_context(servers.uvicorn(application, folder / f"{name}.log", environment))
            for name, application in (("app", "config.asgi:application"), ("echo", "bench.echo:application"))
        }
        servers.pin(servers.LOAD_CORE)()
        gc.disable()  # a pause of the load generator would look like one of the server
        rooms = {int(size): slug for size, slug in prepared["rooms"].items()}
        app = app_target(*start["app"], servers.database_in(folder), prepared["cookies"], rooms)
        return uvloop.run(carry_out(plan, app, start["echo"]))


def prepare(sizes: list[int], environment: dict[str, str]) -> dict[str, Any]:
    """Make the database; return the members' cookies and the rooms' slugs."""
    command = [sys.executable, "-m", "bench.prepare", *map(str, sizes)]
    made = subprocess.run(command, cwd=servers.ROOT, env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(made.stdout)


async def carry_out(plan: Plan, app: Target, echo: tuple[int, int]) -> list[Trial]:
    """Take the length of a fragment from the application, then try both servers in turn."""
    async with asyncio.timeout(plan.limit_seconds):
        async with gathered(app, PROBE) as probe:
            fragment = probe.ledger.fragment
        print(f"One fragment has {len(fragment):,} bytes; the echo sends as many.", flush=True)
        trials = []
        async for trial in take_turns([app, echo_target(*echo, fragment)], plan):
            print(progress(trial), flush=True)
            trials.append(trial)
        return trials


def progress(trial: Trial) -> str:
    """Return a line on one trial."""
    rate, usage = trial.saturated.delivered_per_second, trial.saturated.usage
    return (
        f"{trial.target:>5} {trial.members:>5} members: {rate:>9,.0f} deliveries/s, "
        f"server {usage.server:.0%}, load {usage.load:.0%}, others {usage.others:.0%} of a core; "
        f"{trial.opened_per_second:,.0f} sockets/s; {trial.posted} posted, {trial.lost} lost"
    )


def server_logs(folder: Path) -> list[str]:
    """Return what the servers wrote at level warning and above, the last 2,000 characters of each."""
    logs = [folder / f"{name}.log" for name in ("app", "echo")]
    texts = {log.stem: log.read_text(errors="replace").strip() for log in logs if log.exists()}
    return [f"The {name}'s log: {text[-2_000:] or 'empty'}" for name, text in texts.items()]


def publish(plan: Plan, trials: list[Trial], logs: list[str]) -> int:
    """Print and save the report; return 1 where a message went astray, else 0."""
    rows = summarise(trials)
    remarks = report.notes(rows, trials) + logs
    saved = report.save(plan.name, rows, trials, remarks)
    print("", report.table(rows), "", *remarks, "", f"Saved to {saved}", sep="\n")
    return 0 if all(trial.passed for trial in trials) else 1


if __name__ == "__main__":
    sys.exit(main())
