"""The patient's pages; the conversation itself runs through the API."""

from csp.decorators import csp_replace, csp_update
from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt


@csp_update({"require-trusted-types-for": ["'script'"]})
def demo(request: HttpRequest) -> HttpResponse:
    """A clinic's page that embeds the component the way a clinic would."""
    return render(request, "chat/demo.html")


@csp_update({"require-trusted-types-for": ["'script'"]})
def page(request: HttpRequest) -> HttpResponse:
    """The chat on a page of its own."""
    return render(request, "chat/page.html")


@xframe_options_exempt
@csp_replace({"frame-ancestors": ["'self'", *django_settings.CORS_ALLOWED_ORIGINS]})
@csp_update({"require-trusted-types-for": ["'script'"]})
def embed(request: HttpRequest) -> HttpResponse:
    """The chat for an iframe on the clinic's own sites."""
    return render(request, "chat/embed.html")
