"""Libraries that every server loads. None of them reads the settings or starts an event loop when it is imported."""

# ruff: noqa: F401
import autobahn.websocket.protocol
import channels.generic.websocket
import django.contrib.admin.options
import django.core.management
import django.db.backends.sqlite3.base
import django.db.migrations
import django.views.debug
import markdown_it
import PIL.Image
import redis.asyncio
import servestatic
import twisted.internet.endpoints
import twisted.web.http
import uvicorn.protocols.websockets.websockets_sansio_impl
