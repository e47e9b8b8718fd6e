"""Steps that tests of several subjects share."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from channels.db import database_sync_to_async
from django.core.exceptions import ValidationError
from django.db import connections
from django.http import Http404
from django.test import Client


def together(*works):
    """Run functions at the same time, each in a thread; return what each returned or raised."""
    barrier = Barrier(len(works))

    def one(work):
        try:
            barrier.wait(timeout=10)
            return work()
        except (ValidationError, Http404) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def post(user, path, data=()):
    """Post as a user."""
    client = Client()
    client.force_login(user)
    return client.post(path, dict(data))


post_later = database_sync_to_async(post)
