"""Who is at the other end of a request: one rule for limits, lists of devices, and bodies that arrive."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings


def address_of(environ: Mapping[str, Any]) -> str:
    """Return a client's address, or "" if it has none, as on a Unix socket: the peer, or what trusted proxies say.

    The environ is that of WSGI, which is also request.META. IPv4 in the notation of IPv6 is the same client.
    """
    return str(_address_of(environ) or "")


def network_of(environ: Mapping[str, Any]) -> str:
    """Return what to count a client by: its IPv4 address, or the /64 network of its IPv6 address."""
    address = _address_of(environ)
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address or "")


def _address_of(environ: Mapping[str, Any]) -> IPv4Address | IPv6Address | None:
    proxies, hops = settings.TRUSTED_PROXY_COUNT, environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
    forwarded = _parsed(hops[-proxies].strip()) if 0 < proxies <= len(hops) else None
    return forwarded or _parsed(environ.get("REMOTE_ADDR", ""))


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address; some proxies add the port."""
    for written in (text, text.rpartition(":")[0].strip("[]")):
        try:
            address = ip_address(written)
        except ValueError:
            continue
        return getattr(address, "ipv4_mapped", None) or address
    return None
