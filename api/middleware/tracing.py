"""A span for each request, if spans are collected: the root of a trace, or the continuation of the caller's."""

from __future__ import annotations

from contextlib import ExitStack

from flask import Flask, Response, g, request

from core.observability import tracing


def register_tracing(app: Flask) -> None:
    """Register tracing with the app, before everything that is to be within its span."""
    if tracing.is_on():
        app.before_request(_begin)
        app.after_request(_tell)
        app.teardown_request(_end)


def _begin() -> None:
    route = request.url_rule.rule if request.url_rule else "unmatched"
    names = {"http.request.method": request.method, "http.route": route}
    g.span = ExitStack()
    parent = request.headers.get("traceparent", "")
    g.span.enter_context(tracing.span(f"{request.method} {route}", "server", parent, **names))


def _tell(response: Response) -> Response:
    tracing.set_attributes(status=response.status_code)
    return response


def _end(_: BaseException | None) -> None:
    if "span" in g:
        g.span.close()
