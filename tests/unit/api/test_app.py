"""What holds for every answer, and for every view there is."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient

from api.app import create_app
from api.middleware.auth import public
from core.observability.metrics import HTTP_REQUESTS
from core.service import Service
from core.settings import Settings

PAGES = (
    "/", "/sign-in", "/sign-up", "/sources", "/sources/<id>", "/datasets", "/datasets/<id>", "/datasets/<id>/train",
    "/jobs", "/jobs/<id>", "/models", "/models/<id>", "/models/<id>/predict", "/compare", "/comparisons/<id>",
    "/evaluations", "/evaluations/<id>", "/endpoints", "/endpoints/<id>", "/pipelines", "/pipelines/<id>",
    "/pipelines/<id>/runs/<int:number>", "/account", "/activity", "/admin",
)  # fmt: skip
PUBLIC = {
    *(("GET", path) for path in PAGES),
    ("GET", "/app/<digest>/<path:name>"),
    ("GET", "/wheels/<release>/<name>"),
    ("GET", "/docs"),
    ("GET", "/docs/<name>"),
    ("GET", "/static/<path:filename>"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/api/v1/openapi.json"),
    *(("GET", f"/v2{path}") for path in ("", "/", "/health/live", "/health/ready")),
    ("POST", "/api/v1/users"),
    ("POST", "/api/v1/tokens"),
    ("POST", "/api/v1/sessions"),
    ("POST", "/api/v1/hooks/<token>"),
}


def test_every_view_but_these_needs_credentials(app: Flask) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "x", re.sub(r"<int:[^>]+>", "1", rule.rule))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            headers = {"Connection": "Upgrade", "Upgrade": "websocket"} if rule.websocket else {}
            is_open = client.open(path, method=method, headers=headers).status_code != 401
            assert is_open is ((method, rule.rule) in PUBLIC), f"{method} {rule.rule}"


def test_request_ids_are_echoed_when_sane(client: FlaskClient) -> None:
    def sent(id: str) -> str:
        return client.get("/healthz", headers={"X-Request-ID": id}).headers["X-Request-ID"]

    assert sent("abc-123") == "abc-123"
    for bad in ("", "a b", "x" * 200, "<script>"):
        assert sent(bad) not in ("", bad)
    assert sent("") != sent("")


def test_etags(client: FlaskClient, sign_in: Callable[..., dict[str, str]]) -> None:
    headers = sign_in()
    first = client.get("/api/v1/me", headers=headers)
    again = client.get("/api/v1/me", headers=headers | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    client.post("/api/v1/keys", json={"name": "k"}, headers=headers)
    keys = client.get("/api/v1/keys", headers=headers | {"If-None-Match": first.headers["ETag"]})
    assert keys.status_code == 200


def test_headers_that_guard_browsers(client: FlaskClient) -> None:
    for path in ("/", "/docs", "/healthz", "/api/v1/me"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "Access-Control-Allow-Origin" not in headers


def test_pages_have_no_inline_script_or_style(client: FlaskClient) -> None:
    for path in ("/", "/docs"):
        html = client.get(path).text
        assert not re.search(r"<script(?![^>]*src=)|<style|style=|\son\w+=|https?://(?!localhost)", html)
        for local in re.findall(r'(?:src|href)="([^"]+)"', html):
            assert client.get(local).status_code == 200, local


def test_the_page_escapes_the_host(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Host": "x<script>alert(1)</script>"})
    assert "<script>" not in answer.text


def test_health(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ok"}


def test_not_ready_names_what_cannot_be_reached(app: Flask, service: Service) -> None:
    service.ports.tables.close()
    (service.settings.folder / "tables.db").unlink()
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert [entry["field"] for entry in answer.json["errors"]] == ["tables"]
    assert app.test_client().get("/healthz").status_code == 200


def test_metrics_count_by_route_and_not_by_path(client: FlaskClient) -> None:
    counter = HTTP_REQUESTS.labels("DELETE", "/api/v1/keys/<key_id>", "401")
    before = int(counter._value.get())
    for path in ("/api/v1/keys/a", "/api/v1/keys/b"):
        client.delete(path)
    client.get("/nothing/here")
    client.open("/healthz", method="BREW")
    text = client.get("/metrics").text
    line = f'{{method="DELETE",route="/api/v1/keys/<key_id>",status="401"}} {before + 2}.0'
    assert f"nobrains_http_requests_total{line}" in text
    assert 'route="unmatched"' in text
    assert "nothing/here" not in text
    assert "BREW" not in text


def test_the_openapi_document(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").json
    assert document["openapi"].startswith("3.0")
    assert document["paths"]["/api/v1/users"]["post"]["security"] == [{}]
    assert "security" not in document["paths"]["/api/v1/me"]["get"]
    body = document["components"]["schemas"]["SignUpBody"]
    assert body["required"] == ["password", "username"]


@pytest.mark.parametrize(("hops", "remote"), [(0, "127.0.0.1"), (1, "10.0.0.2")])
def test_only_trusted_proxies_are_believed(service: Service, hops: int, remote: str) -> None:
    service.settings = Settings({}, trusted_proxies=hops)
    app = create_app(service)

    @public
    def who() -> Response:
        return Response(request.remote_addr)

    app.add_url_rule("/who", "who", who)
    answer = app.test_client().get("/who", headers={"X-Forwarded-For": "10.0.0.1, 10.0.0.2"})
    assert answer.text == remote
