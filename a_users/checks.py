"""Checks before Backchat starts."""

import logging

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

logger = logging.getLogger(__name__)

NO_MAIL = (
    "EMAIL_URL isn't set to a mail server: Backchat sends no mail, so people can't reset their passwords or confirm "
    "their addresses."
)


@register(deploy=True)
def check_mail(**kwargs: object) -> list[CheckMessage]:
    """Warn about a server that can't send mails."""
    return [] if settings.CAN_SEND_MAIL else [Warning(NO_MAIL, id="backchat.W001")]


def warn_without_mail() -> None:
    """Log a line about a server that can't send mails."""
    if not settings.CAN_SEND_MAIL:
        logger.warning(NO_MAIL)
