"""A model that was uploaded has a page as the others have, without what nobody knows of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from nobrains_client import Client
from tests.browser.page_object import PASSWORD, Person
from tests.integration.conftest import Server
from tests.unit.automl.onnx.uploaded.graphs import linear, softmax


@pytest.fixture(scope="module")
def models(served: Server) -> dict[str, str]:
    """Models of one user: with rows to compare with, and without."""
    client = Client(served.url)
    client.sign_up("uploader", PASSWORD)
    client.sign_in("uploader", PASSWORD)
    content, said = linear().SerializeToString(), {"inputs": ["rooms", "area"], "task": "regression"}
    rows = b"rooms,area\n3,80\n4,120\n"
    return {
        "explained": client.upload_model(content, "price", name="flats.onnx", background=rows, **said).id,
        "bare": client.upload_model(content, "rent", name="bare.onnx", **said).id,
    }


@pytest.fixture
def owner(meet: Callable[..., Person], models: dict[str, str]) -> Person:
    person = meet()
    person.username = "uploader"
    person.sign_in()
    expect(person.page).to_have_url(re.compile("/datasets$"))
    return person


def test_it_is_listed_and_its_page_says_what_is_known(owner: Person, models: dict[str, str]) -> None:
    page = owner.page
    owner.goto("/models")
    expect(page.get_by_text("uploaded as flats.onnx")).to_be_visible()
    owner.click(page.get_by_role("link", name="price", exact=True))
    expect(page.locator(".verdict-sentence")).to_contain_text("nothing is known")
    expect(page.get_by_text("Uploaded as flats.onnx")).to_be_visible()
    owner.click(page.get_by_role("tab", name="Code and downloads"))
    with page.expect_download() as download:
        owner.click(page.get_by_role("link", name=re.compile("^ONNX")))
    assert download.value.path().read_bytes() == linear().SerializeToString()
    owner.goto(f"/compare?a={models['explained']}&b={models['bare']}")
    expect(page.get_by_role("heading", name="Compare models")).to_be_visible()


def test_it_predicts_and_explains_where_it_can(owner: Person, models: dict[str, str]) -> None:
    page = owner.page
    owner.goto(f"/models/{models['explained']}/predict")
    expect(page.locator(".answer-headline")).to_contain_text("163")
    expect(page.get_by_role("heading", name="Explanation")).to_be_visible()
    owner.goto(f"/models/{models['bare']}/predict")
    page.get_by_label("rooms").fill("3")
    page.get_by_label("area").fill("80")
    expect(page.locator(".answer-headline")).to_contain_text("163")
    expect(page.get_by_role("heading", name="Explanation")).to_have_count(0)


def test_a_model_is_uploaded_with_what_its_file_does_not_say(owner: Person, tmp_path: Path) -> None:
    path, rows = tmp_path / "plans.onnx", tmp_path / "rows.csv"
    path.write_bytes(softmax().SerializeToString())
    rows.write_text("age,calls\n30,2\n50,9\n")
    owner.goto("/models")
    page = owner.page
    owner.press("Upload a model")
    dialog = page.get_by_role("dialog")
    owner.click(dialog.get_by_role("button", name="Upload", exact=True))
    expect(dialog.get_by_text("Choose a file.")).to_be_visible()
    dialog.get_by_label("ONNX file").set_input_files(path)
    dialog.get_by_label("Rows that it knows").set_input_files(rows)
    dialog.get_by_label("What it predicts").fill("plan")
    dialog.get_by_label("Columns").fill("age\ncalls")
    dialog.get_by_label("Classes").fill("basic, plus")
    owner.excused.append("422")
    owner.click(dialog.get_by_role("button", name="Upload", exact=True))
    expect(dialog.locator(".form-problem, .field-error").filter(has_text="3")).to_be_visible()
    dialog.get_by_label("Classes").fill("basic, plus, pro")
    owner.click(dialog.get_by_role("button", name="Upload", exact=True))
    expect(page.get_by_role("heading", level=1, name="Model of plan")).to_be_visible()
    expect(page.get_by_text("Uploaded as plans")).to_be_visible()
    owner.click(page.get_by_role("link", name="Predict", exact=True))
    expect(page.locator(".answer .bars-row")).to_have_count(3)
    expect(page.get_by_role("heading", name="Explanation")).to_be_visible()
