"""Sockets for the attacks."""

from a_rtchat.tests.conftest import open_tab  # noqa: F401  (a fixture)
