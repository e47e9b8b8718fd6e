"""Frames on their way in: JSON to command, and the commands of one room that wait together in one commit."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import Error as DatabaseError
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from a_live.consumers import Reply
from a_live.limits import TooFast
from a_rtchat.commands import pace
from a_rtchat.commands.registry import COMMANDS, Command, Values, Visitor, refusal, unsaved
from a_rtchat.models import Membership

logger = logging.getLogger(__name__)

FRAME_BATCH = 32  # frames of one room in one commit


class Frame(NamedTuple):
    """A frame that needs the database: whose it is, in which room, what it asks for, its sender's language."""

    user_id: int
    slug: str
    command: Command
    data: Mapping[str, Any]
    language: str = settings.LANGUAGE_CODE


class Job(NamedTuple):
    """A frame that is valid and paid for."""

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
    """Return the command that a frame names, `post` by default. Raises ValidationError for an unknown one."""
    name = data.get("action", "post")
    command = COMMANDS.get(name) if isinstance(name, str) else None
    if command is None or command.actor is Visitor:
        raise ValidationError(_("Unknown action."))
    return command


def carry_out_all(frames: list[Frame]) -> list[Reply | None]:
    """Carry out frames of one room that wait at the same time; return an answer for each, None where its sender is
    no longer in the room.

    Everything that needs no lock comes first, once for each frame. Then all share one commit, which is what a post
    costs the disk; where that fails, each is tried again alone.
    """
    prepared = charge([prepare(frame) for frame in frames])
    jobs = [job for job in prepared if isinstance(job, Job)]
    replies = iter(_commit(jobs))
    return [next(replies) if isinstance(job, Job) else job for job in prepared]


def prepare(frame: Frame) -> Job | Reply:
    """Return a frame as a job, or the refusal of one that is not valid."""
    with translation.override(frame.language):
        try:
            return Job(frame, frame.command.clean(frame.data))
        except ValidationError as error:
            return refusal(error, frame.data)
        except Exception:
            logger.exception("a frame for %s failed", frame.slug)
            return unsaved(frame.data)


def charge(prepared: list[Job | Reply]) -> list[Job | Reply]:
    """Take the tokens that jobs cost, in one round trip; those that come too fast become refusals."""
    costly = [job for job in prepared if isinstance(job, Job) and job.frame.command.cost]
    if not costly:
        return prepared
    waits = pace.posting.take_all([(job.frame.user_id, job.frame.command.cost) for job in costly])
    slow = {id(job): wait for job, wait in zip(costly, waits, strict=True) if wait}
    return [_too_fast(job, slow[id(job)]) if id(job) in slow else job for job in prepared]


def _too_fast(job: Any, wait: float) -> Reply:
    with translation.override(job.frame.language):
        return refusal(TooFast(wait), job.frame.data)


def _commit(jobs: list[Job]) -> list[Reply | None]:
    if len(jobs) > 1:
        try:
            with transaction.atomic():
                members = Membership.objects.enter_all({job.frame.user_id for job in jobs}, jobs[0].frame.slug)
                return [reply for run in _runs(jobs) for reply in _carry_out_run(run, members)]
        except DatabaseError:
            logger.exception("%d frames for %s failed together", len(jobs), jobs[0].frame.slug)
    return [_carry_out_alone(job) for job in jobs]


def _runs(jobs: list[Job]) -> Iterator[list[Job]]:
    """Yield neighbours with the same command: those may be carried out together without changing the order."""
    for _command, run in groupby(jobs, key=lambda job: job.frame.command):
        yield list(run)


def _carry_out_run(run: list[Job], members: dict[int, Membership]) -> list[Reply | None]:
    together = run[0].frame.command.together
    inside = [(members[job.frame.user_id], job.values) for job in run if job.frame.user_id in members]
    if together is not None and len(inside) > 1:
        try:
            with transaction.atomic():
                replies = iter(together(inside))
            return [next(replies) if job.frame.user_id in members else None for job in run]
        except IntegrityError:
            pass  # one of them was sent before: each alone then
    return [_carry_out(job, members.get(job.frame.user_id)) for job in run]


def _carry_out(job: Job, membership: Membership | None) -> Reply | None:
    """Carry out a job within the shared transaction, undone for itself where it fails. Raises django.db.Error."""
    if membership is None:
        return None
    with translation.override(job.frame.language):
        try:
            with transaction.atomic():
                return job.frame.command.action(membership, job.values)
        except ValidationError as error:
            return refusal(error, job.frame.data)


def _carry_out_alone(job: Job) -> Reply | None:
    """Carry out a job in a transaction of its own; whatever goes wrong is told to its sender alone."""
    try:
        return _carry_out(job, Membership.objects.enter(job.frame.user_id, job.frame.slug))
    except Membership.DoesNotExist:
        return None
    except Exception:
        logger.exception("a frame for %s failed", job.frame.slug)
        with translation.override(job.frame.language):
            return unsaved(job.frame.data)
