"""Every view of the page, with something in it: for screenshots, and for what must hold for each."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from nobrains_client import Client
from tests.browser.page_object import PASSWORD
from tests.browser.tables import churn, houses, wide, write
from tests.emulators.bound import ROOT
from tests.integration.conftest import Server
from tests.integration.polling import trials_done
from tests.waiting import wait_for

NAME, STRANGER, NEWCOMER = "ada", "", "grace"
ENDPOINT = "house-prices"


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
        running = ada.train(ids["churn"], "churned", 900, exclude_columns=["cancelled_on"])
        wait_for(lambda: trials_done(ada, running) >= trials, 120)
        return cls(
            server, ids["houses"], ids["churn"], ids["wide"], str(done.model_id), str(rival.model_id), done.id,
            running.id, failed.id, evaluation, comparison, name_sources(ada),
        )  # fmt: skip


def put_into_production(client: Client, first: str, second: str) -> None:
    """Two models, one after the other, the first again as a challenger; and an endpoint that serves nothing yet."""
    endpoint = client.create_endpoint(ENDPOINT, first, note="Asking prices, for the website")
    endpoint.promote(second, why="Trained three times as long")
    endpoint.promote(1, "challenger")
    endpoint.traffic({"challenger": 0.1}, sticky="key", why="How do they compare on real requests?")
    client.create_endpoint("planned")


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


def _nothing(page: Page) -> None:
    """The view as it comes."""


@dataclass(frozen=True)
class Scene:
    """A view in one state.

    Attributes:
        path: its address.
        who: whose browser it is; a stranger has not signed in, a newcomer has nothing yet.
        reach: what is done first, until it is as it should be.
    """

    name: str
    path: Callable[[PlayedService], str]
    who: str = NAME
    reach: Callable[[Page], None] = _nothing


def _checked(page: Page) -> None:
    expect(page.get_by_role("button", name="Exclude", exact=True).first).to_be_visible()


def _predicted(page: Page) -> None:
    expect(page.locator(".answer .big-number")).to_be_visible()
    expect(page.locator(".answer .pull").first).to_be_visible()


def _tab(name: str) -> Callable[[Page], None]:
    def reach(page: Page) -> None:
        page.get_by_role("tab", name=name).click()
        expect(page.get_by_role("tabpanel").locator("*").first).to_be_visible()

    return reach


def _ask_for_secret(page: Page) -> None:
    page.get_by_role("button", name="New source", exact=True).click()
    page.get_by_label("Kind").select_option("sql")
    page.get_by_label("Password", exact=True).select_option(label="New secret …")
    page.get_by_label("Fetched by itself").select_option("weekly")
    expect(page.get_by_text("Next: ")).to_be_visible()


def _press(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("button", name=name, exact=True).click()


SCENES = (
    Scene("sign-up", lambda _: "/sign-up", STRANGER),
    Scene("sign-in", lambda _: "/sign-in", STRANGER),
    Scene("data-empty", lambda _: "/datasets", NEWCOMER),
    Scene("jobs-empty", lambda _: "/jobs", NEWCOMER),
    Scene("models-empty", lambda _: "/models", NEWCOMER),
    Scene("data", lambda _: "/datasets"),
    Scene("table", lambda played: f"/datasets/{played.houses}"),
    Scene("table-rows", lambda played: f"/datasets/{played.houses}", reach=_tab("First rows")),
    Scene("table-reading", lambda played: f"/datasets/{played.houses}", reach=_press("Change")),
    Scene("table-wide", lambda played: f"/datasets/{played.wide}"),
    Scene("train-target", lambda played: f"/datasets/{played.houses}/train"),
    Scene("train", lambda played: f"/datasets/{played.churn}/train?target=churned", reach=_checked),
    Scene("jobs", lambda _: "/jobs"),
    Scene("job-running", lambda played: f"/jobs/{played.running}"),
    Scene("job-done", lambda played: f"/jobs/{played.done}"),
    Scene("job-failed", lambda played: f"/jobs/{played.failed}"),
    Scene("models", lambda _: "/models"),
    Scene("model", lambda played: f"/models/{played.model}"),
    Scene("model-performance", lambda played: f"/models/{played.model}?tab=performance"),
    Scene("model-columns", lambda played: f"/models/{played.model}?tab=columns"),
    Scene("model-inside", lambda played: f"/models/{played.model}?tab=models"),
    Scene("model-use", lambda played: f"/models/{played.model}?tab=use"),
    Scene("predict", lambda played: f"/models/{played.model}/predict"),
    Scene("model-tests", lambda played: f"/models/{played.model}?tab=tests"),
    Scene("model-test", lambda played: f"/models/{played.model}", reach=_press("Test on new data")),
    Scene("model-describe", lambda played: f"/models/{played.rival}", reach=_press("Name, note and tags")),
    Scene("models-tagged", lambda _: "/models?tag=team:sales"),
    Scene("evaluations", lambda _: "/evaluations"),
    Scene("evaluation", lambda played: f"/evaluations/{played.evaluation}"),
    Scene("evaluation-slices", lambda played: f"/evaluations/{played.evaluation}?tab=slices"),
    Scene("evaluation-drift", lambda played: f"/evaluations/{played.evaluation}?tab=drift"),
    Scene("comparison", lambda played: f"/comparisons/{played.comparison}"),
    Scene("compare", lambda played: f"/compare?a={played.model}&b={played.rival}"),
    Scene("model-production", lambda played: f"/models/{played.model}", reach=_press("Put into production")),
    Scene("endpoints-empty", lambda _: "/endpoints", NEWCOMER),
    Scene("endpoints", lambda _: "/endpoints"),
    Scene("endpoint", lambda _: f"/endpoints/{ENDPOINT}"),
    Scene("endpoint-planned", lambda _: "/endpoints/planned"),
    Scene("endpoint-alias", lambda _: f"/endpoints/{ENDPOINT}", reach=_press("Give version 1 an alias")),
    Scene("endpoint-health", lambda _: f"/endpoints/{ENDPOINT}?tab=health"),
    Scene("endpoint-monitor", lambda _: f"/endpoints/{ENDPOINT}?tab=health", reach=_press("Settings")),
    Scene("endpoint-requests", lambda _: f"/endpoints/{ENDPOINT}?tab=requests"),
    Scene("endpoint-kept", lambda _: f"/endpoints/{ENDPOINT}?tab=requests", reach=_press("What is kept")),
    Scene("endpoint-changes", lambda _: f"/endpoints/{ENDPOINT}?tab=changes"),
    Scene("endpoint-traffic", lambda _: f"/endpoints/{ENDPOINT}?tab=traffic"),
    Scene("endpoint-try", lambda _: f"/endpoints/{ENDPOINT}?tab=try", reach=_predicted),
    Scene("endpoint-code", lambda _: f"/endpoints/{ENDPOINT}?tab=code"),
    Scene("sources-empty", lambda _: "/sources", NEWCOMER),
    Scene("sources", lambda _: "/sources"),
    Scene("source", lambda played: f"/sources/{played.source}"),
    Scene("source-new", lambda _: "/sources", reach=_ask_for_secret),
    Scene("source-change", lambda played: f"/sources/{played.source}", reach=_press("Change")),
    Scene("account", lambda _: "/account"),
    Scene("account-key", lambda _: "/account", reach=_press("New key")),
    Scene("account-webhook", lambda _: "/account", reach=_press("New webhook")),
    Scene("activity", lambda _: "/activity"),
    Scene("admin", lambda _: "/admin"),
    Scene("admin-audit", lambda _: "/admin?tab=audit"),
    Scene("missing", lambda _: "/models/nothing"),
)
