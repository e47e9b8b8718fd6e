"""The application and the bare echo, in turn: the fan-out, its latencies and the opening of sockets."""

import asyncio

import uvloop

from bench import servers
from bench.crowd import gathered
from bench.plan import Plan
from bench.stage import Stage
from bench.target import Server, Target, echo_target
from bench.trial import Trial, take_turns

PROBE = 2  # members of the room that tells how long a fragment is


def measure(stage: Stage, plan: Plan) -> list[Trial]:
    """Run both servers and carry the plan out."""
    log = stage.folder / "echo.log"
    with stage.app() as app, servers.uvicorn("bench.echo:application", log, stage.environment) as echo:
        return uvloop.run(carry_out(plan, app, echo))


async def carry_out(plan: Plan, app: Target, echo: Server) -> list[Trial]:
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
        f"{trial.opened_per_second:,.0f} sockets/s; {trial.account.posted} posted, {trial.account.lost} lost"
    )
