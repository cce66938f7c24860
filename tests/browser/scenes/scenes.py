"""Every view of the page, with something in it: for screenshots, and for what must hold for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.scenes.played_service import ENDPOINT, NAME, NEWCOMER, STRANGER, WATCHED, PlayedService


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


def _ask_for_secret(page: Page) -> None:
    page.get_by_role("button", name="New source", exact=True).click()
    page.get_by_label("Kind").select_option("sql")
    page.get_by_label("Password", exact=True).select_option(label="New secret …")
    page.get_by_label("Fetched by itself").select_option("weekly")
    expect(page.get_by_text("Next: ")).to_be_visible()


def _marked(page: Page) -> None:
    _predicted(page)
    page.get_by_label("area").fill("large")
    page.get_by_label("built").fill("3000")
    expect(page.get_by_text("did not read as a number")).to_be_visible()
    expect(page.locator(".field-warning:visible")).to_have_count(2)


def _positive(page: Page) -> None:
    _checked(page)
    page.locator(".task-words button").click()
    expect(page.get_by_label("Positive class")).to_be_visible()


def _tab(name: str) -> Callable[[Page], None]:
    def reach(page: Page) -> None:
        page.get_by_role("tab", name=name).click()
        expect(page.get_by_role("tabpanel").locator("*").first).to_be_visible()

    return reach


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
    Scene("table-unsure", lambda played: f"/datasets/{played.orders}"),
    Scene("table-sheets", lambda played: f"/datasets/{played.book}"),
    Scene("table-wide", lambda played: f"/datasets/{played.wide}"),
    Scene("train-target", lambda played: f"/datasets/{played.houses}/train"),
    Scene("train", lambda played: f"/datasets/{played.churn}/train?target=churned", reach=_checked),
    Scene("train-positive", lambda played: f"/datasets/{played.churn}/train?target=churned", reach=_positive),
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
    Scene("model-decision", lambda played: f"/models/{played.decided}?tab=performance"),
    Scene("model-upload", lambda _: "/models", reach=_press("Upload a model")),
    Scene("model-uploaded", lambda played: f"/models/{played.uploaded}"),
    Scene("predict", lambda played: f"/models/{played.model}/predict"),
    Scene("predict-marks", lambda played: f"/models/{played.model}/predict", reach=_marked),
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
    Scene("endpoint-windows", lambda _: f"/endpoints/{WATCHED}?tab=health"),
    Scene("endpoint-window", lambda _: f"/endpoints/{WATCHED}?tab=health", reach=_press("See all of it")),
    Scene("endpoint-monitor", lambda _: f"/endpoints/{WATCHED}?tab=health", reach=_press("Settings")),
    Scene("endpoint-requests", lambda _: f"/endpoints/{ENDPOINT}?tab=requests"),
    Scene("endpoint-kept", lambda _: f"/endpoints/{ENDPOINT}?tab=requests", reach=_press("What is kept")),
    Scene("endpoint-changes", lambda _: f"/endpoints/{ENDPOINT}?tab=changes"),
    Scene("endpoint-traffic", lambda _: f"/endpoints/{ENDPOINT}?tab=traffic"),
    Scene("endpoint-try", lambda _: f"/endpoints/{ENDPOINT}?tab=try", reach=_predicted),
    Scene("endpoint-code", lambda _: f"/endpoints/{ENDPOINT}?tab=code"),
    Scene("endpoint-retrain", lambda _: f"/endpoints/{ENDPOINT}", reach=_press("Retrain weekly")),
    Scene("pipelines-empty", lambda _: "/pipelines", NEWCOMER),
    Scene("pipelines", lambda _: "/pipelines"),
    Scene("pipeline", lambda played: f"/pipelines/{played.pipeline}"),
    Scene("pipeline-settings", lambda played: f"/pipelines/{played.pipeline}?tab=settings"),
    Scene("pipeline-events", lambda played: f"/pipelines/{played.pipeline}?tab=events"),
    Scene("pipeline-new", lambda _: "/pipelines", reach=_press("New pipeline")),
    Scene("run", lambda played: f"/pipelines/{played.pipeline}/runs/1"),
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
