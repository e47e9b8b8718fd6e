"""Incoming frames: parse JSON into commands, and carry out concurrent commands of a room in one commit."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from a_live import budget
from a_live.consumers import Reply
from a_rtchat.commands.pace import Pace
from a_rtchat.commands.registry import COMMANDS, Command, Values, Visitor, failure, refusal
from a_rtchat.models import Membership

logger = logging.getLogger(__name__)

FRAME_BATCH = 32  # frames of a room per commit


class Frame(NamedTuple):
    """A frame that needs the database: its sender, room, command, data, and the sender's language."""

    user_id: int
    slug: str
    command: Command
    data: Mapping[str, Any]
    language: str = settings.LANGUAGE_CODE


class Job(NamedTuple):
    """A validated frame that is ready to be carried out."""

    frame: Frame
    values: Values


def parse(text: str | None) -> dict[str, Any]:
    """Return the JSON object of a frame. Raises ValidationError for anything else."""
    if text is None:
        raise ValidationError(_("Frames must be text, not binary."))
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise ValidationError(_("Frames must be JSON.")) from None
    if not isinstance(data, dict):
        raise ValidationError(_("Frames must be JSON objects."))
    return data


def command_of(data: Mapping[str, Any]) -> Command:
    """Return the command that a frame names, `post` by default. Raises ValidationError if it is unknown."""
    name = data.get("action", "post")
    command = COMMANDS.get(name) if isinstance(name, str) else None
    if command is None or command.actor is Visitor:
        raise ValidationError(_("Unknown action."))
    return command


def carry_out_all(frames: list[Frame]) -> list[Reply | None]:
    """Carry out concurrent frames of a room; return a reply for each, or None if its sender is no longer a member.

    The senders share the cost of the work.
    """
    replies, seconds = budget.measured(_carry_out_all, frames)
    budget.charge([frame.user_id for frame in frames], seconds)
    return replies


def _carry_out_all(frames: list[Frame]) -> list[Reply | None]:
    """Do work that needs no lock first, once per frame.

    Then all frames share one commit, the expensive part for the disk; if that fails, each is retried alone.
    """
    prepared = charge([prepare(frame) for frame in frames])
    jobs = [job for job in prepared if isinstance(job, Job)]
    replies = iter(_commit(jobs))
    return [next(replies) if isinstance(job, Job) else job for job in prepared]


def prepare(frame: Frame) -> Job | Reply:
    """Return a job for a valid frame, or a refusal."""
    with translation.override(frame.language):
        try:
            return Job(frame, frame.command.clean(frame.data))
        except ValidationError as error:
            return refusal(error, frame.data)
        except Exception:
            logger.exception("a frame for %s failed", frame.slug)
            return failure(frame.data)


def charge(prepared: list[Job | Reply]) -> list[Job | Reply]:
    """Take the jobs' tokens in one round trip for each pace; replace jobs over the limit by refusals."""
    by_pace: dict[Pace, list[tuple[int, Frame]]] = {}
    for place, job in enumerate(prepared):
        if isinstance(job, Job) and job.frame.command.pace is not None:
            by_pace.setdefault(job.frame.command.pace, []).append((place, job.frame))
    refused: dict[int, Reply] = {}
    for pace, costly in by_pace.items():
        waits = pace.bucket.take_all([(frame.user_id, 1) for _, frame in costly])
        late = ((place, frame, wait) for (place, frame), wait in zip(costly, waits, strict=True) if wait)
        refused |= {place: _too_fast(frame, pace, wait) for place, frame, wait in late}
    return [refused.get(place, job) for place, job in enumerate(prepared)]


def _too_fast(frame: Frame, pace: Pace, wait: float) -> Reply:
    with translation.override(frame.language):
        return refusal(pace.refusal(wait), frame.data)


def _commit(jobs: list[Job]) -> list[Reply | None]:
    if len(jobs) > 1:
        try:
            with transaction.atomic():
                members = Membership.objects.enter_all({job.frame.user_id for job in jobs}, jobs[0].frame.slug)
                return [reply for run in _runs(jobs) for reply in _carry_out_run(run, members)]
        except Exception:
            logger.exception("%d frames for %s failed together", len(jobs), jobs[0].frame.slug)
    return [_carry_out_alone(job) for job in jobs]


def _runs(jobs: list[Job]) -> Iterator[list[Job]]:
    """Yield consecutive jobs with the same command, which can be batched without changing the order."""
    for _command, run in groupby(jobs, key=lambda job: job.frame.command):
        yield list(run)


def _carry_out_run(run: list[Job], members: dict[int, Membership]) -> list[Reply | None]:
    action_many = run[0].frame.command.action_many
    allowed = [(members[job.frame.user_id], job.values) for job in run if job.frame.user_id in members]
    if action_many is not None and len(allowed) > 1:
        try:
            with transaction.atomic():
                replies = iter(action_many(allowed))
            return [next(replies) if job.frame.user_id in members else None for job in run]
        except (IntegrityError, ValidationError):
            pass  # one of them is a resend, or refused: carry out each alone

    def door(frame: Frame) -> Membership:
        return members[frame.user_id]

    return [_carry_out(job, door) if job.frame.user_id in members else None for job in run]


def _carry_out(job: Job, door: Callable[[Frame], Membership]) -> Reply:
    """Carry out a job for the membership that the door returns; roll back only this job if it fails.

    Raises django.db.Error, and what the door raises.
    """
    with translation.override(job.frame.language):
        try:
            with transaction.atomic():
                return job.frame.command.action(door(job.frame), job.values)
        except ValidationError as error:
            return refusal(error, job.frame.data)


def _carry_out_alone(job: Job) -> Reply | None:
    """Carry out a job in a transaction of its own; report any failure to its sender only."""
    try:
        return _carry_out_with_retry(job)
    except Membership.DoesNotExist:
        return None
    except Exception:
        logger.exception("a frame for %s failed", job.frame.slug)
        with translation.override(job.frame.language):
            return failure(job.frame.data)


def _carry_out_with_retry(job: Job) -> Reply | None:
    """Carry out a job; retry once if the connection broke, because the commit may or may not have succeeded.

    A post that was already stored is found by its client_id.
    """
    try:
        return _carry_out(job, _enter)
    except (OperationalError, InterfaceError) as error:
        logger.warning("retrying a frame for %s: %s", job.frame.slug, error)
        connection.close()
        return _carry_out(job, _enter)


def _enter(frame: Frame) -> Membership:
    return Membership.objects.enter(frame.user_id, frame.slug)
