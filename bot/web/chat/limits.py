"""Rates: per conversation, per address. The clinic's own network can be exempted."""

import ipaddress
from functools import lru_cache

from django.conf import settings as django_settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from bot.settings import settings


@lru_cache(maxsize=1)
def _exempt() -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(network) for network in settings().clinic.exempt)


def address(request: Request) -> str:
    """The patient's address: the connection's, or what the outermost of our own proxies saw."""
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    proxies = django_settings.PROXIES
    return forwarded[-proxies] if 0 < proxies <= len(forwarded) else str(request.META.get("REMOTE_ADDR", ""))


def is_exempt(request: Request) -> bool:
    """Whether the address belongs to a network without limits."""
    try:
        found = ipaddress.ip_address(address(request))
    except ValueError:
        return False
    return any(found in network for network in _exempt())


class _Limit(SimpleRateThrottle):
    """One limit; `key` is what is counted."""

    def __init__(self, scope: str, rate: str, key: str) -> None:
        self.scope, self.rate, self.key = scope, rate, key
        super().__init__()

    def get_cache_key(self, request: Request, view: object) -> str:
        """The cache key."""
        return f"limit-{self.scope}-{self.key}"


def _first_wait(request: Request, limits: list[_Limit]) -> float | None:
    if is_exempt(request):
        return None
    waits = [limit.wait() or 1.0 for limit in limits if not limit.allow_request(request, None)]  # type: ignore[arg-type]
    return max(waits) if waits else None


def message_wait(request: Request, conversation: str) -> float | None:
    """Seconds to wait before another message may be sent; None if now."""
    # 12 a minute is 0.2 a second with a burst of about 10.
    limits = [_Limit("burst", "12/min", conversation), _Limit("day", "200/day", conversation)]
    return _first_wait(request, [*limits, _Limit("address", "60/min", address(request))])


def conversation_wait(request: Request) -> float | None:
    """Seconds to wait before another conversation may be started; None if now."""
    return _first_wait(request, [_Limit("start", "5/hour", address(request))])
