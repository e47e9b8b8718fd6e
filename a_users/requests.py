"""A request type for the type checker."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from a_users.models import User


class SignedInRequest(HttpRequest):
    """The request that a view behind `login_required` receives."""

    user: User
    htmx: HtmxDetails
    csp_nonce: str
