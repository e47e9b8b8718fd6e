"""Who is at the other end of a request."""

import pytest

from a_live.clients import address_of, network_of

PEER = "198.51.100.7"


@pytest.mark.parametrize(
    ("peer", "address", "network"),
    [
        ("198.51.100.7", "198.51.100.7", "198.51.100.7"),
        ("2001:db8::1:2:3:4", "2001:db8::1:2:3:4", "2001:db8::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7", "198.51.100.7"),
        ("", "", ""),
        ("a socket", "", ""),
    ],
)
def test_without_a_proxy_it_is_the_peer(settings, peer, address, network):
    settings.TRUSTED_PROXY_COUNT = 0
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": "203.0.113.9"}
    assert (address_of(environ), network_of(environ)) == (address, network)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (2, "203.0.113.9", PEER),
        (1, "unknown", PEER),
    ],
)
def test_trusted_proxies_say_who_it_is_and_nobody_else(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXY_COUNT = proxies
    assert address_of({"REMOTE_ADDR": PEER, "HTTP_X_FORWARDED_FOR": forwarded}) == address
