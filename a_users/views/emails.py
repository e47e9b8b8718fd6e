"""allauth's pages that send mails."""

from typing import Any

from allauth.account.views import EmailView, PasswordResetView
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class EmailPage(EmailView):
    """One's email address."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Change the address, or send the confirmation link again; tell if that's over its limit."""
        response = super().post(request, *args, **kwargs)
        if "action_send" in request.POST and not self._did_send_verification_email:
            return self.render_to_response(self.get_context_data(too_many_mails=True), status=429)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tell the page whether this server can send mails."""
        return super().get_context_data(**kwargs) | {"can_send_mail": settings.CAN_SEND_MAIL}


class PasswordReset(PasswordResetView):
    """Ask for a link to choose a new password, if this server can send mails."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form, or whom to ask instead."""
        if settings.CAN_SEND_MAIL:
            return super().dispatch(request, *args, **kwargs)
        status = 503 if request.method == "POST" else 200
        return render(request, "account/password_reset_unavailable.html", status=status)
