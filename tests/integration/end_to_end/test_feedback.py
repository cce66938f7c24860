"""From predictions to the next model: feedback, the list of requests with their truth, a dataset of them, deletion."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
import requests

from nobrains_client import Client
from tests.integration.end_to_end.conftest import bearer, url
from tests.waiting import wait_for

if TYPE_CHECKING:
    from tests.integration.conftest import Server

pytestmark = pytest.mark.integration

N = 60


def people(n: int) -> list[dict[str, object]]:
    rng = random.Random(0)
    rows = [{"age": rng.randint(18, 80), "city": rng.choice(["Rome", "Oslo"])} for _ in range(n)]
    return [{**row, "bought": "yes" if int(str(row["age"])) > 45 else "no"} for row in rows]


def is_listed(client: Client, **options: bool) -> int:
    return sum(1 for _ in client.endpoint("shop").requests(**options))


def test_what_became_of_predictions_trains_the_next_model_and_is_deleted_when_that_is_asked_for(
    server: Server,
) -> None:
    client = server.client("shopkeeper")
    lines = ["age,city,bought", *(",".join(map(str, row.values())) for row in people(200))]
    dataset = client.wait_ready(client.upload("\n".join(lines).encode(), "people.csv"))
    job = client.train(dataset, "bought", 5, models=["linear"], wait=True)
    endpoint = client.create_endpoint("shop", str(job.model_id))
    asked = people(N)
    rows = [{name: row[name] for name in ("age", "city")} for row in asked]
    answer = endpoint.predict(rows, keys=[f"person {number}" for number in range(N)])
    labels = [str(row["bought"]) for row in asked]
    half = N // 2
    assert endpoint.feedback(labels[:half], prediction_ids=answer.prediction_ids[:half]).accepted == half
    wrong = ["yes" if label == "no" else "no" for label in labels[half:]]
    names = [f"person {number}" for number in range(half, N)]
    assert endpoint.feedback(wrong, keys=names).accepted == N - half
    assert endpoint.feedback(labels[half:], keys=names).accepted == N - half  # They were corrected.
    assert endpoint.feedback(["perhaps"], keys=names[:1]).refused[0].reason == "UNKNOWN_LABEL"

    gathered = client.wait_ready(endpoint.gather("what became of them"), timeout_s=120)
    assert (gathered.rows, gathered.origin["labelled_rows"]) == (N, N)
    assert [each.label for each in endpoint.requests(labelled=True)] == labels[::-1]
    assert is_listed(client, labelled=False) == 0
    again = client.train(gathered, gathered.origin["columns"]["label"], 5, models=["linear"], wait=True)
    assert {feature.name for feature in client.model(str(again.model_id)).features} <= {"age", "city", "time"}

    path = url(client, "/endpoints/shop/requests")
    assert requests.delete(path, params={"key": "person 0"}, headers=bearer(client), timeout=60).status_code == 202
    wait_for(lambda: is_listed(client) == N - 1, 120)
    assert "person 0" not in {each.key for each in endpoint.requests()}
    endpoint.delete()
