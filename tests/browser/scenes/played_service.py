"""What the scenes show: an account with datasets, trainings, models and endpoints, played through the API."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nobrains_client import Client
from tests.browser.page_object import PASSWORD
from tests.browser.tables import churn, houses, wide, write
from tests.emulators.bound import ROOT
from tests.integration.conftest import Server
from tests.integration.polling import trials_done
from tests.unit.automl.io.formats.workbooks import xlsx
from tests.unit.automl.onnx.uploaded.graphs import linear
from tests.waiting import wait_for

NAME, STRANGER, NEWCOMER = "ada", "", "grace"
ENDPOINT = "house-prices"
WATCHED = "churn-alert"
GAINS = {"tp": 60, "fp": -10, "fn": -40, "tn": 0}
REQUESTS = 240
"""Of each window of `WATCHED`."""


@dataclass
class PlayedService:
    """What ada has on this server: tables, a model, a rival of it, trainings that run, failed and were cancelled."""

    server: Server
    houses: str
    churn: str
    wide: str
    model: str
    rival: str
    done: str
    running: str
    failed: str
    evaluation: str
    comparison: str
    source: str
    pipeline: str
    decided: str
    uploaded: str
    orders: str
    book: str

    @classmethod
    def play(cls, server: Server, folder: Path, budget_s: int, trials: int = 1) -> PlayedService:
        """Make it all, through the API. The model gets `budget_s`, its rival a third; what runs has tried some."""
        ada = client_of(server, NAME)
        client_of(server, NEWCOMER).close()
        promote = [sys.executable, "-m", "nobrains", "init", "--data", str(server.folder / "data"), "--promote", NAME]
        subprocess.run(promote, cwd=ROOT, check=True, capture_output=True)
        paths = (wide(folder), churn(folder), houses(folder, 1200))
        ids = {path.stem: ada.upload(path, name=path.stem).id for path in paths}
        dull = write(folder / "sensors.csv", ("reading", "status"), [(number, "ok") for number in range(200)])
        constant = ada.upload(dull, name="sensors").id
        for id in (*ids.values(), constant):
            ada.wait_ready(id)
        failed = ada.train(constant, "status", 10)
        done = ada.train(ids["houses"], "price", budget_s)
        rival = ada.train(ids["houses"], "price", max(budget_s // 3, 5), models=["linear", "neighbours"])
        done, rival = ada.wait(done), ada.wait(rival)
        ada.predict_stored(str(done.model_id), ids["houses"])
        put_into_production(ada, str(rival.model_id), str(done.model_id))
        evaluation = ada.evaluate(str(done.model_id), ids["houses"], slices=["district", "garden"], name="Spring").id
        both = [str(done.model_id), str(rival.model_id)]
        comparison = ada.compare(both, ids["houses"], name="Spring").id
        ada.update_model(both[1], name="Neighbors", note="Quick to train", tags={"team": "sales", "stage": "candidate"})
        ada.create_webhook("http://127.0.0.1:9/trainings", events=["job.*"], note="Nightly trainings")
        decided = decide(ada, ids["churn"])
        watch(ada, decided)
        uploaded = upload_model(ada)
        orders, book = unsure(ada, folder), workbook(ada, folder)
        pipeline = plan_training(ada, ids["churn"])
        running = ada.train(ids["churn"], "churned", 900, exclude_columns=["cancelled_on"])
        wait_for(lambda: trials_done(ada, running) >= trials, 120)
        return cls(
            server, ids["houses"], ids["churn"], ids["wide"], str(done.model_id), str(rival.model_id), done.id,
            running.id, failed.id, evaluation, comparison, name_sources(ada),
            pipeline, decided, uploaded, orders, book,
        )  # fmt: skip


def put_into_production(client: Client, first: str, second: str) -> None:
    """Two models, one after the other, the first again as a challenger; and an endpoint that serves nothing yet."""
    endpoint = client.create_endpoint(ENDPOINT, first, note="Asking prices, for the website")
    endpoint.promote(second, why="Trained three times as long")
    endpoint.promote(1, "challenger")
    endpoint.traffic({"challenger": 0.1}, sticky="key", why="How do they compare on real requests?")
    client.create_endpoint("planned")


def decide(client: Client, dataset: str) -> str:
    """A model of two classes, which answers by what its errors cost."""
    job = client.train(dataset, "churned", 5, exclude_columns=["cancelled_on"], models=["linear"], wait=True)
    model = str(job.model_id)
    best = client.decision(model, **GAINS).best
    client.set_decision(model, best.threshold, gains=GAINS, why="A call costs 10, a customer kept is worth 60")
    return model


def watch(client: Client, model: str) -> None:
    """Windows of requests that drift more and more, with the truth of the first ones, and a webhook that is told."""
    endpoint = client.create_endpoint(WATCHED, model, note="Whom to call before they leave")
    hook = client.create_webhook("https://example.org/alarms", events=["monitor.*"], note="On call")
    endpoint.set_monitor(min_rows=100, notify=[hook.id])
    chance = random.Random(5)
    begin = datetime.now(UTC) - timedelta(minutes=1)
    for drift in (0, 10, 25):
        requests: list[dict[str, Any]] = [
            {"plan": chance.choice(("basic", "plus", "pro")), "calls": chance.randint(0, 12),
             "age": chance.randint(18, 80) + drift}
            for _ in range(REQUESTS)
        ]  # fmt: skip
        answer = endpoint.predict(requests)
        truth = ["yes" if chance.random() < 0.1 + 0.05 * row["calls"] else "no" for row in requests]
        endpoint.feedback(truth, prediction_ids=answer.prediction_ids)
        newest = answer.prediction_ids[-1]
        wait_for(lambda newest=newest: any(each.id == newest for each in endpoint.requests()), 60)  # type: ignore[misc]
        end = datetime.now(UTC)
        endpoint.check_window(begin, end)
        begin = end


def upload_model(client: Client) -> str:
    """A model that was trained elsewhere."""
    content = linear().SerializeToString()
    rows = b"rooms,area\n3,80\n4,120\n2,55\n"
    said = {"inputs": ["rooms", "area"], "task": "regression", "background": rows, "name": "flats.onnx"}
    return client.upload_model(content, "rent", **said).id


def unsure(client: Client, folder: Path) -> str:
    """Days and amounts that can be read in two ways."""
    chance = random.Random(6)
    rows: list[tuple[object, ...]] = []
    for _ in range(200):
        month, day, thousands, rest = (chance.randint(*ends) for ends in ((1, 12), (1, 12), (1, 9), (100, 999)))
        rows.append((f"{month:02}/{day:02}/2024", f"{thousands},{rest}", chance.choice(("web", "shop"))))
    return client.wait_ready(client.upload(write(folder / "orders.csv", ("ordered", "amount", "channel"), rows))).id


def workbook(client: Client, folder: Path) -> str:
    """A workbook of two sheets."""
    sheets = {
        "Berlin": [("rooms", "rent"), *((1 + n % 5, 400 + 150 * (n % 5) + n) for n in range(60))],
        "Hamburg": [("rooms", "rent"), *((1 + n % 4, 500 + 170 * (n % 4) + n) for n in range(40))],
    }
    path = folder / "rents.xlsx"
    path.write_bytes(xlsx(sheets))
    return client.wait_ready(client.upload(path)).id


def plan_training(client: Client, dataset: str) -> str:
    """A pipeline that runs each week, and has run: it asks."""
    job = {"target": "churned", "time_budget_s": 5, "exclude_columns": ["cancelled_on"], "models": ["linear"]}
    when = [{"cron": "0 3 * * MON", "timezone": "Europe/Rome"}, {"alarm": ["performance", "drift"], "at_most": "1d"}]
    pipeline = client.create_pipeline("Churn weekly", "planned", {"dataset_id": dataset}, job, when=when)
    pipeline.run(why="The first", wait=True)
    return pipeline.id


def name_sources(client: Client) -> str:
    """A file that is fetched each week, and a query; returns the first."""
    client.set_secret("warehouse-password", "correct horse")
    password = {"secret": "warehouse-password"}
    client.create_source(
        "Sales of the shop", "sql", url="postgresql://db.example.org/shop", user="report", password=password,
        query="SELECT * FROM sales", cursor={"column": "id", "initial": 0}, key=["id"], max_age_s=3600,
    )  # fmt: skip
    refresh = {"cron": "0 3 * * MON", "timezone": "Europe/Rome"}
    return client.create_source("Asking prices", "http", url="https://example.org/prices.csv", refresh=refresh).id


def client_of(server: Server, name: str) -> Client:
    """A client of this account, which is made first."""
    client = Client(server.url)
    client.sign_up(name, PASSWORD)
    return client.sign_in(name, PASSWORD)
