"""What Backchat is measured beside: a bare ASGI echo, and a view of a stock Django project.

The echo has no framework, database or accounts: what is left is the cost of the server itself. The stock project has
the settings that startproject writes, with DEBUG off. `python -m bench.baselines` makes its database.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

Event = dict[str, Any]
Send = Callable[[Event], Awaitable[None]]

sockets: set[Send] = set()


async def echo(scope: Event, receive: Callable[[], Awaitable[Event]], send: Send) -> None:
    """Serve one socket: send each of its texts to every socket, itself included."""
    await receive()
    await send({"type": "websocket.accept"})
    sockets.add(send)
    try:
        while (event := await receive())["type"] == "websocket.receive":
            await fan_out({"type": "websocket.send", "text": event["text"]})
    finally:
        sockets.discard(send)


async def fan_out(event: Event) -> None:
    """Send a text to all open sockets."""
    for send in tuple(sockets):
        await send(event)


def hello(request: HttpRequest) -> HttpResponse:
    """Read the session and the user."""
    return HttpResponse("Signed in" if request.user.is_authenticated else "Signed out")


urlpatterns = [path("", hello)]

CONTEXT_PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
APPS = ["admin", "auth", "contenttypes", "sessions", "messages", "staticfiles"]


def configure() -> None:
    """Set what startproject sets; the secret key and the database's file come from the environment."""
    settings.configure(
        SECRET_KEY=os.environ["SECRET_KEY"],
        ALLOWED_HOSTS=["127.0.0.1"],
        INSTALLED_APPS=[f"django.contrib.{app}" for app in APPS],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        ROOT_URLCONF="bench.baselines",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": CONTEXT_PROCESSORS},
            }
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["STOCK_DATABASE"]}},
        STATIC_URL="static/",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )


def stock() -> Any:
    """Return the ASGI application of the stock project."""
    from django.core.asgi import get_asgi_application

    configure()
    return get_asgi_application()


def make_stock_database() -> str:
    """Migrate and sign one user in; return the cookie."""
    import django
    from django.core.management import call_command

    configure()
    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.create_user("reader"))  # type: ignore[arg-type]  # not our own User
    return f"sessionid={client.cookies['sessionid'].value}"


if __name__ == "__main__":
    print(make_stock_database())
