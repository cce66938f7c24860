"""The shell of the web page and the files it is made of."""

from __future__ import annotations

import gzip
import html
import json
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.routes.page.assets import APP, FOR_GOOD, WHEELS, app_files, app_url, wheel_url
from vocabulary import DEFAULT_TIME_BUDGET_S, FAMILIES, METRICS_BY_TASK

PASSWORD = "correct horse"


def addresses(page: str) -> Iterator[str]:
    """Every file that a page asks for."""
    yield from re.findall(r'(?:src|href)="(/[^"]+)"', page)


def signed_in(app: Flask, name: str = "ada") -> FlaskClient:
    browser = app.test_client()
    body = {"username": name, "password": PASSWORD}
    assert browser.post("/api/v1/users", json=body).status_code == 201
    assert browser.post("/api/v1/sessions", json=body).status_code == 201
    return browser


@pytest.mark.parametrize("path", ["/", "/sign-in", "/datasets", "/datasets/x/train", "/models/x/predict", "/admin"])
def test_each_address_has_the_shell(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert answer.headers["Cache-Control"] == "no-store"
    csp = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in csp
    assert "script-src 'self'" in csp
    assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son\w+=", answer.text), "nothing inline"


def test_all_that_the_shell_asks_for_is_there_and_kept_for_good(client: FlaskClient) -> None:
    loaded = [url for url in addresses(client.get("/").text) if not url.startswith("/docs")]
    assert len(loaded) > 10
    for url in loaded:
        answer = client.get(url)
        assert answer.status_code == 200, url
        assert answer.headers["Cache-Control"] == FOR_GOOD, url


@pytest.mark.parametrize("name", [name for name in app_files() if name.endswith(".js")])
def test_what_a_module_imports_exists(name: str) -> None:
    code = (APP / name).read_text()
    for path in re.findall(r'(?:from|import) "(\.[^"]+)"', code):
        assert ((APP / name).parent / path).is_file(), f"{name} imports {path}"


def test_the_shell_carries_the_names_that_the_page_shares_with_the_api(client: FlaskClient) -> None:
    (carried,) = re.findall(r'data-vocabulary="([^"]*)"', client.get("/").text)
    names = json.loads(html.unescape(carried))
    assert list(names["families"].items()) == list(FAMILIES.items()), "in this order the page offers them"
    assert names["metrics_by_task"] == {task: list(metrics) for task, metrics in METRICS_BY_TASK.items()}


def test_the_shell_knows_who_is_signed_in(app: Flask, client: FlaskClient) -> None:
    assert 'data-username=""' in client.get("/").text
    browser = signed_in(app)
    page = browser.get("/datasets").text
    assert 'data-username="ada"' in page
    csrf = re.search(r'data-csrf="([^"]+)"', page)
    assert csrf is not None
    made = browser.post("/api/v1/keys", json={"name": "k"}, headers={"X-CSRF-Token": csrf[1]})
    assert made.status_code == 201


def test_files_are_sent_packed_to_who_can_unpack(client: FlaskClient) -> None:
    plain = client.get(app_url("main.js"))
    packed = client.get(app_url("main.js"), headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data == (APP / "main.js").read_bytes()
    assert plain.headers["ETag"] != packed.headers["ETag"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    again = client.get(app_url("main.js"), headers={"If-None-Match": plain.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_page_of_before_an_update_still_works(client: FlaskClient) -> None:
    answer = client.get("/app/0000000000000000/main.js")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", WHEELS)
def test_files_out_of_wheels(client: FlaskClient, name: str) -> None:
    answer = client.get(wheel_url(name))
    assert answer.status_code == 200
    assert len(answer.data) > 100_000


@pytest.mark.parametrize(
    "path", ["/app/x/../docs.js", "/app/x/nothing.js", "/app/x/%2e%2e/%2e%2e/app.py", "/wheels/1/os"]
)
def test_nothing_else_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


PEOPLE = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/nowhere", "/models/x/y/z", "/api"])
def test_people_are_told_by_the_page_that_there_is_nothing_and_programs_by_json(app: Flask, path: str) -> None:
    browser = signed_in(app)
    answer = browser.get(path, headers=PEOPLE)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert (answer.headers["Cache-Control"], "Content-Security-Policy" in answer.headers) == ("no-store", True)
    assert 'data-username="ada"' in answer.text
    for accept in ("*/*", "application/json", "application/json, text/html;q=0.5"):
        answer = browser.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert browser.post(path, headers=PEOPLE).mimetype == "application/problem+json"


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/v2/nowhere", "/app/x/nowhere.js", "/serving/nowhere"])
def test_what_only_programs_ask_for_is_answered_in_json(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=PEOPLE)
    assert (answer.status_code >= 400, answer.mimetype) == (True, "application/problem+json")


def test_page_and_api_train_for_as_long_unless_told_otherwise(client: FlaskClient) -> None:
    said = re.search(r'data-vocabulary="([^"]+)"', client.get("/").text)
    assert said is not None
    assert json.loads(html.unescape(said[1]))["default_time_budget_s"] == DEFAULT_TIME_BUDGET_S
    body = client.get("/api/v1/openapi.json").json["components"]["schemas"]["JobBody"]
    assert body["properties"]["time_budget_s"]["default"] == DEFAULT_TIME_BUDGET_S
