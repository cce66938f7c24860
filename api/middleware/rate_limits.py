"""Rate limits: requests of a user and of a key, predictions, and requests of an address without valid credentials.

A balancer's probes, pages and the API reference are not counted.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, current_app, request

from core.accounts.credentials import Principal
from core.limits.rate_limit import RateLimit
from core.limits.serving_limit import ServingLimit
from core.ports import Tables
from core.settings import Settings

LIMITS = "nobrains_limits"
IPV6_PREFIX = 64
"""Bits of a network: the holder of one address of such a network has all of them."""

View = TypeVar("View", bound=Callable[..., Any])


class Limits:
    """The limits of an app."""

    def __init__(self, tables: Tables, settings: Settings) -> None:
        self.users = RateLimit(tables, "requests of this account", settings.requests_per_minute)
        self.predictions = ServingLimit(tables, "predictions of this account", settings.predictions_per_minute)
        self.keys = ServingLimit(tables, "requests with this API key", 0)
        self.anonymous = RateLimit(tables, "requests of this address", settings.anonymous_requests_per_minute)
        self.signups = RateLimit(tables, "new accounts of this address", settings.signups_per_hour, 3600)

    def hit(self, principal: Principal, *, predicts: bool = False) -> None:
        """Count a request of a known caller: a prediction, or any other. Raises TooMany RATE_LIMITED."""
        (self.predictions if predicts else self.users).hit(principal.user.id)
        self.hit_key(principal)

    def hit_key(self, principal: Principal) -> None:
        """Count a request against the limit of the caller's key, if it has one. Raises TooMany RATE_LIMITED."""
        credential = principal.credential
        if credential.per_minute is not None:
            self.keys.hit(f"{credential.user_id} {credential.key_id}", credential.per_minute)


def register_limits(app: Flask, tables: Tables, settings: Settings) -> None:
    """Give the app its limits; `api.middleware.auth` applies them."""
    app.extensions[LIMITS] = Limits(tables, settings)


def current_limits() -> Limits:
    """Return the limits of the app that serves this request."""
    return cast(Limits, current_app.extensions[LIMITS])


def rate_limited_by_upstream(view: View) -> View:
    """Mark a view that hands requests on to a process that counts them. Stands directly above the function."""
    view.rate_limited_by_upstream = True  # type: ignore[attr-defined]
    return view


def rate_limited_by_view(view: View) -> View:
    """Mark a public view that counts its requests itself. Stands directly above the function."""
    view.rate_limited_by_view = True  # type: ignore[attr-defined]
    return view


def request_address() -> str:
    """Return the address of the request, as far as proxies are trusted; of IPv6 the network."""
    remote = request.remote_addr or ""
    try:
        address = ipaddress.ip_address(remote)
    except ValueError:
        return remote
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address.packed, IPV6_PREFIX), strict=False))
    return remote
