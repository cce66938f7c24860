"""The commands about endpoints, over a service that has one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request

from tests.unit.client.cli.conftest import Run

MODEL = "01J8ZV4K6Q2M5N7P9R1S3T5V7W"
STATE: dict[str, Any] = {
    "name": "income",
    "created_at": "2026-11-30T12:00:00Z",
    "aliases": {"champion": 2, "challenger": 3},
    "traffic": {"split": {"challenger": 0.1}, "sticky": "key", "shadow": []},
    "health": "ok",
}
CHANGES = [
    {"seq": 3, "at": "2026-11-30T12:00:00Z", "by": "key/k1", **{key: STATE[key] for key in ("aliases", "traffic")},
     "action": "traffic.set", "why": "a tenth first"},
    {"seq": 2, "at": "2026-11-30T12:00:00Z", "by": "user/u", "action": "alias.set", "alias": "champion", "from": 1,
     "to": 2},
]  # fmt: skip


@pytest.fixture
def sent(app: Flask) -> list[Any]:
    """The bodies that went out."""
    bodies: list[Any] = []

    def note(answer: Any) -> Any:
        return lambda **_: bodies.append((request.path.rpartition("/endpoints")[2], request.get_json())) or answer

    base = "/api/v1/endpoints/income"
    app.get("/api/v1/endpoints")(lambda: {"items": [STATE]})
    app.post("/api/v1/endpoints")(note((STATE, 201)))
    app.get(base)(lambda: STATE)
    app.get(f"{base}/versions")(lambda: {"items": [{"version": 2, "model_id": MODEL, "note": "November"}]})
    app.get(f"{base}/changes")(lambda: {"items": CHANGES})
    app.post(f"{base}/versions")(note(({"version": 2}, 201)))
    app.put(f"{base}/aliases/<alias>")(note(STATE))
    app.put(f"{base}/traffic")(note(STATE))
    app.patch(base)(lambda: bodies.append(request.get_json()) or {**STATE, **request.get_json()})
    app.post(f"{base}/rollback")(note(STATE))
    app.post(f"{base}/predict")(lambda: Response(f"a,version\n1,{request.args.get('version')}\n", mimetype="text/csv"))
    return bodies


@pytest.mark.usefixtures("sent")
def test_an_endpoint_is_shown_with_its_versions_and_changes(run: Run) -> None:
    shown = run("endpoints", "income").stdout
    assert "Endpoint income serves version 2 (ok)." in shown
    assert "Traffic: 10 % to challenger (version 3), the rest to champion; sticky by key." in shown
    assert MODEL in shown
    assert "sticky by key (a tenth first), by key k1" in shown
    assert "champion: version 1 -> 2, by you" in shown


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize("words", [["endpoints"], ["endpoints", "income"]])
def test_tables_of_80_columns_break_no_word(run: Run, words: list[str]) -> None:
    shown = run(*words, env={"COLUMNS": "80"})
    assert shown.exit_code == 0, shown.output
    for word in ("income", "champion", "challenger", "endpoint" if words == ["endpoints"] else MODEL):
        assert word in shown.stdout


@pytest.mark.usefixtures("sent")
def test_the_list_is_json_for_programs(run: Run) -> None:
    assert json.loads(run("endpoints", "--json").stdout)[0]["name"] == "income"
    assert json.loads(run("endpoints", "income", "--json").stdout)["aliases"]["champion"] == 2


def test_one_command_shares_the_traffic_out(run: Run, sent: list[Any]) -> None:
    done = run("traffic", "income", "--split", "challenger=0.1", "--split", "next=0.2", "--shadow", "old", "--sticky")
    assert done.exit_code == 0, done.output
    assert "10 % to challenger" in done.stdout
    assert run("traffic", "income", "--why", "All to one").exit_code == 0
    assert sent == [
        ("/income/traffic", {"split": {"challenger": 0.1, "next": 0.2}, "sticky": "key", "shadow": ["old"]}),
        ("/income/traffic", {"split": {}, "sticky": "request", "shadow": [], "why": "All to one"}),
    ]


@pytest.mark.parametrize("split", ["challenger", "challenger=ten", "=", "0.1"])
def test_a_share_that_is_none_is_refused_and_nothing_sent(run: Run, sent: list[Any], split: str) -> None:
    done = run("traffic", "income", "--split", split)
    assert done.exit_code != 0
    assert "ALIAS=SHARE" in done.output
    assert not sent


def test_one_command_puts_a_model_into_production(run: Run, sent: list[Any]) -> None:
    done = run("promote", "m9", "income", "--why", "Better")
    assert done.exit_code == 0, done.output
    assert sent == [
        ("", {"name": "income"}),
        ("/income/versions", {"model_id": "m9"}),
        ("/income/aliases/champion", {"version": 2, "why": "Better"}),
    ]
    assert "Version 2 of income is champion." in done.stdout
    assert "predict --endpoint income FILE.csv" in done.stdout


def test_another_alias_is_moved_and_told_how_to_be_called(run: Run, sent: list[Any]) -> None:
    done = run("promote", MODEL, "income", "--alias", "challenger")
    assert sent[1:] == [("/income/aliases/challenger", {"version": 2})]
    assert "--version challenger FILE.csv" in done.stdout


@pytest.mark.usefixtures("sent")
def test_a_model_that_differs_is_refused_and_the_way_out_is_told(app: Flask, run: Run, problem: Any) -> None:
    errors = [{"field": "features.age", "detail": "newly required"}]
    app.view_functions["/api/v1/endpoints/income/versions ['POST']"] = lambda: problem(
        409, "SIGNATURE_DIFFERS", "Callers could not use it.", errors=errors
    )
    done = run("promote", "m9", "income")
    assert done.exit_code == 1
    assert "--force-signature" in done.stderr
    assert "features.age: newly required" in done.stderr


def test_a_rollback_says_what_is_served_now(run: Run, sent: list[Any]) -> None:
    done = run("rollback", "income", "--to", "4", "--why", "slower")
    assert sent == [("/income/rollback", {"to": 4, "why": "slower"})]
    assert "Endpoint income serves version 2" in done.stdout


@pytest.mark.usefixtures("sent")
def test_a_file_is_predicted_by_an_endpoint(run: Run, data: Path) -> None:
    done = run("predict", "--endpoint", "income", "--version", "challenger", "a.csv")
    assert done.exit_code == 0, done.output
    assert (data / "a-predicted.csv").read_text() == "a,version\n1,challenger\n"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["predict", "a.csv"], "Expected MODEL and FILE"),
        (["predict", "m1", "a.csv", "--endpoint", "income"], "Expected FILE"),
        (["predict", "m1", "a.csv", "--version", "2"], "--version needs --endpoint"),
        (["predict", "m1", "nowhere.csv"], "no file nowhere.csv"),
    ],
)
def test_predict_says_what_it_expects(run: Run, data: Path, words: list[str], hint: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert hint in " ".join(done.stderr.split())


def test_an_endpoint_without_a_version_says_what_to_do(app: Flask, run: Run) -> None:
    app.get("/api/v1/endpoints/empty")(lambda: {"name": "empty", "aliases": {}})
    app.get("/api/v1/endpoints/empty/<more>")(lambda more: {"items": []})
    shown = run("endpoints", "empty").stdout
    assert "serves no version yet" in shown
    assert "promote MODEL empty" in shown


def test_one_command_looks_columns_up_and_ends_that(run: Run, sent: list[Any]) -> None:
    done = run("lookup", "income", "--source", "s1=patient", "--source", "s2=shop,day")
    assert done.exit_code == 0, done.output
    assert "s1 by patient" in done.stdout
    assert "s2 by shop, day" in done.stdout
    assert "looks nothing up" in run("lookup", "income").stdout
    wanted = [{"source_id": "s1", "by": ["patient"]}, {"source_id": "s2", "by": ["shop", "day"]}]
    assert sent == [{"lookup": wanted}, {"lookup": []}]


@pytest.mark.parametrize("said", ["s1", "=patient", "s1=", "s1=,", "s1=a,,b"])
def test_a_source_without_its_key_is_no_lookup(run: Run, sent: list[Any], said: str) -> None:
    done = run("lookup", "income", "--source", said)
    assert done.exit_code == 2
    assert "ID=COLUMN" in done.output
    assert sent == []
