"""The application of tests/http_app.py with limits that a test can reach."""

from django.conf import settings

from config import http_body, server_protocols

settings.HTTP_HEAD_SECONDS = 1.0
settings.HTTP_CONNECTIONS = 40
server_protocols.IDLE_SECONDS = 1.5
http_body.STALL_SECONDS = 1.0
http_body.LINGER_SECONDS = 0.5
http_body.BYTES_HELD = 30_000_000
http_body.UPLOADS_PER_CLIENT = 3

from tests.http_app import application  # noqa: E402, F401  (it reads them)
