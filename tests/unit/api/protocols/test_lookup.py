"""Columns that are looked up by a key, by other people's protocols and by message."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.middleware.rate_limits import LIMITS
from api.scoring.consumer import ScoringConsumer
from api.serving.serving import EXTENSION
from core.message_ports import Message
from core.ports import Ports
from core.service import Service
from tests.unit.keyed_source import KeyedSource
from tests.waiting import wait_for

Ask = Callable[..., TestResponse]
TABLE = "patient,size,colour\n7,2.5,red\n8,-2.5,green\n"
SCORING = "/serving/answer/invocations"


@pytest.fixture(autouse=True)
def patients(service: Service, ada_id: str, endpoint: str, tmp_path: Path) -> KeyedSource:
    source = KeyedSource(service, ada_id, tmp_path / "folders")
    source.fetch(TABLE)
    source.look_up(endpoint)
    return source


@pytest.fixture
def wanted(expected: dict[str, list[Any]]) -> list[Any]:
    """The labels of the rows of 7 and 8."""
    return expected["label"][:2]


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": {"columns": ["patient"], "data": [[7], [8]]}},
        {"dataframe_records": [{"patient": 7}, {"patient": 8, "colour": "green"}]},
        {"instances": [{"patient": "7"}, {"patient": "8"}]},
        {"inputs": {"patient": [7.0, 8.0]}},
    ],
)
def test_mlflow_s_scoring_server(ask: Ask, wanted: list[Any], body: dict[str, Any]) -> None:
    answer = ask("POST", SCORING, json=body).get_json()
    assert answer == {"predictions": wanted}


def test_mlflow_s_scoring_server_takes_tables(ask: Ask, wanted: list[Any]) -> None:
    answer = ask("POST", SCORING, data=b"patient\n7\n8\n", headers={"Content-Type": "text/csv"}).get_json()
    assert answer == {"predictions": wanted}
    file = io.BytesIO()
    pd.DataFrame({"patient": [7, 8]}).to_parquet(file)
    kind = {"Content-Type": "application/vnd.apache.parquet"}
    assert ask("POST", SCORING, data=file.getvalue(), headers=kind).get_json() == {"predictions": wanted}


def test_kserve_s_first_protocol(ask: Ask, wanted: list[Any]) -> None:
    body = {"instances": [{"patient": 7}, {"patient": 8}]}
    assert ask("POST", "/v1/models/answer:predict", json=body).get_json() == {"predictions": wanted}
    unknown = ask("POST", "/v1/models/answer:predict", json={"instances": [{"patient": 9}]}).get_json()
    assert unknown["warnings"][0]["reason"] == "KEY_NOT_FOUND"


@pytest.mark.parametrize(
    "tensor",
    [
        {"datatype": "BYTES", "shape": [2], "data": ["7", "8"]},
        {"datatype": "BYTES", "shape": [2, 1], "data": ["7", "8"]},
        {"datatype": "INT64", "shape": [2, 1], "data": [7, 8]},
        {"datatype": "FP64", "shape": [1, 2], "data": [7.0, 8.0]},
    ],
)
def test_the_open_inference_protocol(ask: Ask, wanted: list[Any], tensor: dict[str, Any]) -> None:
    answer = ask("POST", "/v2/models/answer/infer", json={"inputs": [{"name": "patient", **tensor}]}).get_json()
    assert answer["outputs"][0]["data"] == wanted
    metadata = ask("GET", "/v2/models/answer").get_json()
    key = next(each for each in metadata["inputs"] if each["name"] == "patient")
    assert (key["datatype"], key["parameters"]["required"]) == ("BYTES", False)


def test_messages(app: Flask, service: Service, ada_id: str, ports: Ports, wanted: list[Any]) -> None:
    service.endpoints.patch(ada_id, "answer", {"messages": True})
    assert ports.messages is not None
    for body in ([{"patient": 7}, {"patient": 8, "size": -2.5}], [{"patient": 8}], [{"patient": 9}]):
        ports.messages.publish("score.answer", Message(json.dumps(body).encode()))
    ports.messages.publish("score.answer", Message(b"patient\n7\n8\n", "text/csv"))
    consumer = ScoringConsumer(service, app.extensions[EXTENSION], app.extensions[LIMITS])
    scored: list[Message] = []

    def all_are_answered() -> bool:  # That messages are on is seen within a second.
        consumer.turn()
        scored.extend(ports.messages.pop("scored", 100) if ports.messages else ())
        return len(scored) >= 4

    wait_for(all_are_answered)
    answers = [json.loads(message.body) for message in scored]
    assert [answer["predictions"] for answer in answers[:2]] == [wanted, wanted[1:]]
    assert answers[3]["predictions"] == wanted
    assert answers[2]["warnings"][0]["reason"] == "KEY_NOT_FOUND"
    assert not any("warnings" in answer for answer in (*answers[:2], answers[3]))
