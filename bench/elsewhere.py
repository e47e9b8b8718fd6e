"""Members who look elsewhere: what news of their rooms cost the server, compared with the same posts without them."""

import asyncio
from contextlib import AsyncExitStack
from itertools import cycle
from time import perf_counter

import uvloop

from bench.audit import Account, newest_revision
from bench.client import Endpoint, upgrade_request
from bench.crowd import Crowd, Target
from bench.plan import ELSEWHERE_RATIO, Plan
from bench.results import Burst, Figure, Meter, sides_of
from bench.stage import Application, Stage, app_frame

POSTS_PER_SECOND = 20.0  # over all rooms
SETTLE_SECONDS = 3.0  # for the server to read what its users follow, and to show them to each other


def measure_elsewhere(stage: Stage) -> list[Figure]:
    """Compare the server's CPU time for posts into many rooms with and without members on other pages."""
    plan = stage.plan
    with stage.elsewhere.serve() as [(port, pid)]:
        rounds, accounts = uvloop.run(measure_rounds(stage.elsewhere, port, pid, plan))
    ratios = [with_them.server / without.server for with_them, without in rounds]
    name = f"{plan.elsewhere:,} members elsewhere, {POSTS_PER_SECOND:.0f} posts/s in {plan.elsewhere_rooms} rooms"
    figure = Figure(name, "x", ratios, ELSEWHERE_RATIO, at_least=False, accounts=accounts)
    figure.sides = sides_of("with without", rounds)
    figure.notes = ["CPU time of the server, with them to without them; each of them is a member of all these rooms"]
    return [figure]


async def measure_rounds(
    application: Application, port: int, pid: int, plan: Plan
) -> tuple[list[list[Burst]], list[Account]]:
    """Post at a steady pace without and with the others, in turn; a first burst warms the server up."""
    rounds = []
    async with asyncio.timeout(plan.limit_seconds):
        _, accounts = await post_with(application, port, pid, 0, plan)
        for _ in range(plan.rounds):
            pair = []
            for watchers in (plan.elsewhere, 0):
                burst, some = await post_with(application, port, pid, watchers, plan)
                pair.append(burst)
                accounts += some
            rounds.append(pair)
    return rounds, accounts


async def post_with(
    application: Application, port: int, pid: int, watchers: int, plan: Plan
) -> tuple[Burst, list[Account]]:
    """Return the burst of posts into all rooms in turn while a number of members have a page without a room open."""
    rooms = zip(application.data["slugs"], application.data["posters"], strict=True)
    posters = [Crowd(target(application, port, pid, *room)) for room in rooms]
    elsewhere = Crowd(Target("elsewhere", [pid], lambda members: home(application, port, members), app_frame))
    async with AsyncExitStack() as leaving:
        for crowd, members in [(elsewhere, watchers), *((poster, 1) for poster in posters)]:
            leaving.push_async_callback(crowd.close)
            await crowd.open(crowd.target.endpoints(members))
        await asyncio.sleep(SETTLE_SECONDS)
        meter = Meter([pid])
        await post_in_turn(posters, plan.elsewhere_seconds)
        burst = meter.burst(rate=POSTS_PER_SECOND)
        for poster in posters:
            await poster.settle()
        return burst, [poster.account(f"{poster.target.name}, {watchers} elsewhere") for poster in posters]


async def post_in_turn(posters: list[Crowd], seconds: float) -> None:
    """Post at a steady pace, into one room after the other."""
    start, turns = perf_counter(), cycle(posters)
    for number in range(round(seconds * POSTS_PER_SECOND)):
        next(turns).post_in_turn()
        await asyncio.sleep(start + (number + 1) / POSTS_PER_SECOND - perf_counter())


def target(application: Application, port: int, pid: int, slug: str, cookie: str) -> Target:
    """Return a room as a target for its poster."""
    path = f"/ws/rooms/{slug}/?since={newest_revision(application.database, slug)}"
    endpoint = (port, upgrade_request(port, path, cookie))
    return Target(slug, [pid], lambda members: [endpoint] * members, app_frame, application.database)


def home(application: Application, port: int, members: int) -> list[Endpoint]:
    """Return how members connect on a page without a room."""
    return [(port, upgrade_request(port, "/ws/me/", cookie)) for cookie in application.data["cookies"][:members]]
