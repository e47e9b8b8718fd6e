"""Addresses to invite by mail: mailboxes at domain names; mails whose names are no links."""

import pytest

from a_rtchat.guests import _is_address
from a_rtchat.invite_mails import _mailbox_of, _unlinked


@pytest.mark.parametrize("address", ["x@[127.0.0.1]", f"{'x' * 65}@example.com", "x@", "@example.com"])
def test_an_address_that_no_mailbox_has_is_refused(address):
    assert not _is_address(address)


def test_an_address_at_a_domain_name_is_accepted():
    assert _is_address("ann+rooms@example.com") and _is_address(f"{'x' * 64}@example.com")


def test_addresses_with_a_plus_are_counted_as_one_mailbox():
    assert _mailbox_of("Ann+1@Example.com") == _mailbox_of("ann+2@example.com") == "ann@example.com"


def test_names_in_mails_are_no_links():
    assert (
        "evil.example" not in _unlinked("Win at https://evil.example/x") and _unlinked("Dr. Ann: tea") == "Dr. Ann: tea"
    )
