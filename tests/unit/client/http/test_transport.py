"""Retries, errors, paging and credentials of every call."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from flask import Flask, request

import nobrains_client as sdk
from nobrains_client import Client


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, sdk.ValidationFailed),
        (401, sdk.Unauthorized),
        (403, sdk.ApiError),
        (404, sdk.NotFound),
        (409, sdk.Conflict),
        (413, sdk.ValidationFailed),
        (422, sdk.ValidationFailed),
        (429, sdk.TooManyRequests),
        (500, sdk.ServerError),
        (503, sdk.ServerError),
    ],
)
def test_a_problem_becomes_its_exception(
    app: Flask, client: Client, problem: Any, status: int, kind: type[sdk.ApiError]
) -> None:
    errors = [{"field": "target", "detail": "There is no column 'y'.", "hint": "Did you mean 'Y'?"}]
    app.get("/api/v1/me")(lambda: problem(status, "SOME_REASON", "No good.", errors=errors))
    with pytest.raises(kind) as caught:
        client.me()
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.reason, error.request_id) == (status, "SOME_REASON", "r-1")
    assert error.errors == tuple(errors)
    assert "No good." in str(error)
    assert "There is no column 'y'. Did you mean 'Y'?" in str(error)


def test_what_the_detail_says_is_not_told_again(app: Flask, client: Client, problem: Any) -> None:
    errors = [{"field": "url", "detail": "it leads inside."}, {"field": "key", "detail": "There is none."}]
    app.get("/api/v1/me")(lambda: problem(422, "URL_REFUSED", "url: it leads inside.", errors=errors))
    with pytest.raises(sdk.ValidationFailed) as caught:
        client.me()
    assert str(caught.value) == "url: it leads inside. [URL_REFUSED] (key: There is none.)"


def test_a_proxys_error_page_is_an_error_too(app: Flask, client: Client) -> None:
    app.get("/api/v1/me")(lambda: ("<h1>Bad gateway</h1>", 500))
    with pytest.raises(sdk.ServerError) as caught:
        client.me()
    assert caught.value.reason == "HTTP_500"


def test_a_page_that_is_no_json_is_no_answer(app: Flask, client: Client) -> None:
    app.get("/api/v1/me")(lambda: "<h1>Please log in</h1>")
    with pytest.raises(sdk.UnexpectedResponse, match="No Brains ML server"):
        client.me()


def test_a_redirect_names_the_right_address(app: Flask, client: Client) -> None:
    app.post("/api/v1/tokens")(lambda: ("", 308, {"Location": "https://nobrains.test/api/v1/tokens"}))
    with pytest.raises(sdk.ApiError, match=r"https://nobrains\.test/api/v1/tokens"):
        client.sign_in("ada", "password")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again(app: Flask, client: Client, problem: Any, status: int) -> None:
    answers = iter([problem(status, "BUSY", headers={"Retry-After": "0"}), problem(status, "BUSY"), {"id": "u"}])
    app.get("/api/v1/me")(lambda: next(answers))
    assert client.me().id == "u"


def test_a_broken_connection_is_tried_again_but_not_for_ever(app: Flask, client: Client) -> None:
    tries = itertools.count(1)
    seen: list[int] = []

    @app.get("/api/v1/me")
    def me() -> dict[str, str]:
        seen.append(next(tries))
        raise ConnectionResetError("gone")

    with pytest.raises(sdk.ConnectionFailed, match="broke off"):
        client.me()
    assert seen == [1, 2, 3, 4, 5]


def test_a_call_that_may_have_acted_is_not_repeated(app: Flask, client: Client) -> None:
    seen: list[str] = []

    @app.post("/api/v1/keys")
    def create_key() -> dict[str, str]:
        seen.append(request.get_json()["name"])
        raise ConnectionResetError("gone")

    with pytest.raises(sdk.ConnectionFailed):
        client.create_key("ci")
    assert seen == ["ci"]


def test_a_refused_call_did_not_act_and_is_repeated(app: Flask, client: Client, problem: Any) -> None:
    answers = iter([problem(429, "TOO_FAST", headers={"Retry-After": "0"}), ({"id": "k", "key": "s"}, 201)])
    app.post("/api/v1/keys")(lambda: next(answers))
    assert client.create_key("ci").key == "s"


def test_a_long_wait_is_left_to_the_caller(app: Flask, client: Client, problem: Any) -> None:
    app.post("/api/v1/tokens")(lambda: problem(429, "TOO_MANY_FAILURES", headers={"Retry-After": "900"}))
    with pytest.raises(sdk.TooManyRequests) as caught:
        client.sign_in("ada", "wrong")
    assert caught.value.retry_after_s == 900


def test_a_delete_whose_answer_was_lost_has_succeeded(app: Flask, client: Client, problem: Any) -> None:
    kept = {"d1"}

    @app.delete("/api/v1/datasets/<id_>")
    def delete(id_: str) -> Any:
        if id_ not in kept:
            return problem(404, "NOT_FOUND")
        kept.remove(id_)
        raise ConnectionResetError("gone after the deed")

    client.delete_dataset("d1")
    assert not kept
    with pytest.raises(sdk.NotFound):
        client.delete_dataset("d2")


def test_lists_follow_the_page_tokens(app: Flask, client: Client) -> None:
    pages = {None: (["a", "b"], "p2"), "p2": (["c"], "p3"), "p3": ([], None)}

    @app.get("/api/v1/datasets")
    def datasets() -> dict[str, Any]:
        ids, after = pages[request.args.get("page_token")]
        return {"items": [{"id": id_} for id_ in ids], "next_page_token": after}

    assert [dataset.id for dataset in client.datasets()] == ["a", "b", "c"]


def test_a_list_is_fetched_only_as_far_as_it_is_read(app: Flask, client: Client) -> None:
    app.get("/api/v1/models")(lambda: {"items": [{"id": "m"}], "next_page_token": "for ever"})
    assert next(client.models()).id == "m"


def test_the_token_is_sent_even_if_netrc_names_the_host(
    app: Flask, client: Client, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine nobrains.test login other password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    app.get("/api/v1/me")(lambda: {"id": request.headers["Authorization"]})
    assert client.me().id == "Bearer secret-token"


def test_an_id_cannot_leave_its_place_in_the_path(app: Flask, client: Client) -> None:
    app.get("/api/v1/models/<id_>")(lambda id_: {"id": id_})
    app.get("/api/v1/me")(lambda: {"id": "another resource"})
    with pytest.raises(sdk.NoBrainsError):
        client.model("../me")


def test_an_unreachable_server_is_told_as_such() -> None:
    with Client("http://127.0.0.1:9", attempts=1) as lonely, pytest.raises(sdk.ConnectionFailed) as caught:
        lonely.me()
    assert "Cannot reach http://127.0.0.1:9" in str(caught.value)


def test_the_tokens_secret_is_in_no_repr(client: Client) -> None:
    assert "secret-token" not in repr(client)
