"""An SMTP server for tests that keeps the mails it receives."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.services import free_port, wait_until


class Mailbox:
    """The received mails, and the server's EMAIL_URL."""

    def __init__(self, port: int) -> None:
        self.url = f"smtp://127.0.0.1:{port}"
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Store a mail; called by aiosmtpd."""
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"

    def wait_for(self, address: str, subject: str) -> EmailMessage:
        """Wait for a mail to an address with a matching subject and return the latest. Raises TimeoutError."""
        wait_until(lambda: bool(self.find(address, subject)), 10, f"a mail to {address} with the subject {subject!r}")
        return self.find(address, subject)[-1]

    def find(self, address: str, subject: str = "") -> list[EmailMessage]:
        """Return the mails to an address with a matching subject."""
        return [mail for mail in self.mails if mail["To"] == address and subject in mail["Subject"]]


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    """Return a mail's plain text or HTML."""
    body = mail.get_body((kind,))
    assert body is not None, f"no {kind} in {mail['Subject']}"
    return body.get_content()


def link_in(mail: EmailMessage) -> str:
    """Return the first link in a mail's text, which is also its button's."""
    link = re.search(r"https?://\S+", text_of(mail))
    assert link and f'href="{link[0]}"' in text_of(mail, "html")
    return link[0]


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """Run a mail server for the length of a block."""
    mailbox = Mailbox(port := free_port())
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
