"""How a pipeline compares, what follows a promotion and who is told: seen and changed in its form."""

from __future__ import annotations

from playwright.sync_api import expect

from nobrains_client import Client
from tests.browser.page_object import Person
from tests.browser.pipelines.conftest import make


def test_the_comparison_what_follows_and_who_is_told_are_changed_and_wrong_figures_named(
    planner: Person, client: Client, model: str
) -> None:
    hook = client.create_webhook("http://127.0.0.1:9/runs", events=["monitor.*"], note="On call")
    before = {"holdout": 0.3, "min_rows": 50}
    id = make(planner, model, "judged", client, gate=before, then=None, notify=[hook.id])
    planner.goto(f"/pipelines/{id}?tab=settings")
    settings = planner.page.get_by_role("tabpanel")
    expect(settings).to_contain_text("Better by the training's metric, 95 % sure, on the 30 % of the rows")
    planner.press("Change")
    dialog = planner.page.get_by_role("dialog")
    comparison = dialog.get_by_text("How the two are compared")
    expect(comparison.locator("xpath=..")).to_contain_text("50 or more")
    planner.click(comparison)
    dialog.get_by_label("Metric that decides").select_option("f1")
    confidence, within = dialog.get_by_label("Confidence that it is better"), dialog.get_by_label("Within")
    confidence.fill("120")
    said = {"Gain of at least": "0.01", "Share that a training leaves out": "", "Milliseconds that one row": "20"}
    for label, text in said.items():
        dialog.get_by_label(label).fill(text)
    planner.click(dialog.get_by_role("checkbox", name="plan", exact=True))
    planner.click(dialog.get_by_text("What follows a promotion"))
    said = {"Promoted as": "challenger", "Its share of the requests": "10", "It becomes champion after": "2d"}
    for label, text in said.items():
        dialog.get_by_label(label).fill(text)
    planner.click(dialog.get_by_label("Roll back by itself"))
    planner.click(dialog.get_by_role("checkbox", name="inputs have drifted"))
    within.fill("soon")
    planner.click(dialog.get_by_text("Who is told"))
    planner.click(dialog.get_by_role("checkbox", name="On call"))

    planner.excused.append("422")
    planner.press("Save")
    expect(dialog.get_by_text("A confidence lies between 0.5 and 1.")).to_be_visible()
    expect(confidence).to_be_focused()
    confidence.fill("90")
    planner.press("Save")
    expect(within).to_be_focused()
    within.fill("1d")
    planner.press("Save")
    expect(dialog).to_have_count(0)
    info = client.pipeline(id).info()
    gate = {"metric": "f1", "confidence": 0.9, "min_gain": 0.01, "max_latency_ms": 20.0, "must_not_worsen": ["plan"]}
    assert info.gate == {**gate, "min_rows": 50}
    assert (info.as_, info.traffic) == ("challenger", {"challenger": 0.1})
    assert info.then == {"champion_after": "2d", "if": "no alarm"}
    assert info.guard is not None
    assert (sorted(info.guard["rollback_if"]), info.guard["within"]) == (["drift", "errors", "performance"], "1d")
    assert info.notify == ()
    expect(settings).to_contain_text("with a gain of 0.01 or more")
    expect(settings).to_contain_text("As challenger, with 10 % of the requests; champion after 2d, if no alarm")
    planner.press("Change")
    planner.press("Save")  # as it is
    expect(dialog).to_have_count(0)
    again = client.pipeline(id).info()
    assert (again.gate, again.traffic, again.then, again.guard) == (info.gate, info.traffic, info.then, info.guard)
