"""Feedback, requests and datasets of requests: what goes out, and what comes back as records."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from flask import Flask, request

from nobrains_client import Client
from nobrains_client.resources.endpoints import request_log

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def sent(app: Flask) -> list[Any]:
    """What went out: bodies of JSON, and CSVs as text."""
    bodies: list[Any] = []
    base = "/api/v1/endpoints/income"

    @app.post(f"{base}/feedback")
    def feedback() -> Any:
        body = request.get_json(silent=True) or request.get_data(as_text=True)
        bodies.append(body)
        labels = body["labels"] if isinstance(body, dict) else []
        refused = [
            {"index": i, "reason": "UNKNOWN_LABEL", "detail": "none"}
            for i, each in enumerate(labels)
            if each["label"] == "perhaps"
        ]
        return {"accepted": len(labels) - len(refused), "refused_count": len(refused), "refused": refused}, 202

    @app.get(f"{base}/requests")
    def requests() -> Any:
        bodies.append(request.args.to_dict())
        return {"items": [{"id": "p1", "at": "2026-03-01T12:00:00Z", "v": 2, "x": {"age": 31}, "y": "yes", "p": [0.1],
                           "label": "no", "label_at": "2026-03-02T12:00:00Z"}]}  # fmt: skip

    @app.post(f"{base}/datasets")
    def datasets() -> Any:
        bodies.append(request.get_json())
        assert request.headers["Idempotency-Key"]
        return {"id": "d1", "name": "november", "state": "uploaded", "origin": {"endpoint": "income"}}, 202

    return bodies


def test_labels_go_by_ids_or_by_keys_and_scalars_of_numpy_are_plain(client: Client, sent: list[Any]) -> None:
    endpoint = client.endpoint("income")
    endpoint.feedback(["yes", None, np.float64(2.5)], prediction_ids=["a", "b", "c"])
    endpoint.feedback([True], keys=["ada"], at=NOON)
    assert [body["labels"] for body in sent] == [
        [{"prediction_id": "a", "label": "yes"}, {"prediction_id": "b", "label": None},
         {"prediction_id": "c", "label": 2.5}],
        [{"key": "ada", "label": True, "at": "2026-03-01T12:00:00+00:00"}],
    ]  # fmt: skip


def test_nan_is_no_label_and_takes_nothing_back(client: Client, sent: list[Any]) -> None:
    client.endpoint("income").feedback([float("nan")], keys=["ada"])
    assert sent == [{"labels": [{"key": "ada", "label": ""}]}]


def test_many_labels_go_in_several_requests_and_the_places_are_those_of_the_list(
    client: Client, sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_log, "MAX_LABELS", 2)
    found = client.endpoint("income").feedback(["yes", "no", "yes", "perhaps"], keys=["a", "b", "c", "d"])
    assert len(sent) == 2
    assert (found.accepted, [each.index for each in found.refused]) == (3, [3])


def test_a_table_goes_as_it_is(client: Client, sent: list[Any]) -> None:
    endpoint = client.endpoint("income")
    endpoint.feedback(io.BytesIO(b"key,label\nada,yes\n"))
    endpoint.feedback(pd.DataFrame({"key": ["ada"], "label": ["no"]}))
    assert [body.splitlines() for body in sent] == [["key,label", "ada,yes"], ["key,label", "ada,no"]]


def test_labels_without_as_many_names_are_refused_before_they_are_sent(client: Client, sent: list[Any]) -> None:
    endpoint = client.endpoint("income")
    with pytest.raises(ValueError, match="prediction_ids and keys"):
        endpoint.feedback(["yes"], keys=["a", "b"])
    with pytest.raises(ValueError, match="prediction_ids and keys"):
        endpoint.feedback(["yes"])
    assert sent == []


def test_requests_come_as_records_with_their_truth(client: Client, sent: list[Any]) -> None:
    [found] = client.endpoint("income").requests(from_=NOON, version="champion", labelled=True)
    assert sent == [{"from": "2026-03-01T12:00:00+00:00", "version": "champion", "labelled": "true"}]
    assert (found.v, found.x, found.y, found.label) == (2, {"age": 31}, "yes", "no")
    assert found.label_at == datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_dataset_of_requests_says_what_it_was_made_of(client: Client, sent: list[Any]) -> None:
    dataset = client.endpoint("income").gather("november", to=NOON, sample=0.5)
    assert sent == [{"name": "november", "to": "2026-03-01T12:00:00+00:00", "labelled": True, "sample": 0.5}]
    assert (dataset.id, dataset.origin) == ("d1", {"endpoint": "income"})
