"""Uploading, looking at a dataset, correcting how it was read."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.page_object import Person
from tests.browser.tables import houses, wide, write
from tests.unit.automl.io.formats.workbooks import xlsx


def test_types_of_many_columns_are_put_right_at_once(person: Person, tmp_path: Path) -> None:
    person.sign_up()
    person.upload(houses(tmp_path))
    page = person.page
    for name in ("rooms", "built"):
        page.get_by_label(f"Select {name}").check()
    page.get_by_label("Type of the selected columns").select_option("category")
    person.press("Apply and re-read")
    expect(page.get_by_label("Type of rooms")).to_have_value("category")
    expect(page.get_by_label("Type of built")).to_have_value("category")
    expect(page.get_by_label("Type of area")).to_have_value("number")
    expect(page.locator("h1 .tag")).to_have_text("ready")


def test_how_the_file_is_read_can_be_changed(person: Person, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_bytes("stück;preis\nKäse;1,5\nBrötchen;0,4\n".encode("cp1252"))
    person.sign_up()
    person.upload(path)
    page = person.page
    expect(page.get_by_text("semicolon-separated, Western (Windows 1252), with header")).to_be_visible()
    person.press("Change")
    page.get_by_label("Encoding").select_option("cp1250")
    page.get_by_label("The first row is the header").uncheck()
    person.press("Re-read")
    expect(page.get_by_text("semicolon-separated, Central European (Windows 1250), no header")).to_be_visible()
    expect(page.locator("h1 .tag")).to_have_text("ready")
    person.click(page.get_by_role("tab", name="First rows"))
    expect(page.get_by_role("cell", name="stück")).to_be_visible()


def test_several_files_at_once_one_of_them_no_table(person: Person, tmp_path: Path) -> None:
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    person.excused.append("422")  # the server refuses the picture
    person.sign_up()
    person.choose_files(houses(tmp_path), write(tmp_path / "tiny.csv", ("a", "b"), [(1, 2)] * 20), picture)
    page = person.page
    expect(page.get_by_role("row", name="houses")).to_contain_text("ready")
    expect(page.get_by_role("row", name="tiny")).to_contain_text("ready")
    expect(page.locator(".upload", has_text="picture.csv")).to_contain_text("is a PNG image")
    person.press("Dismiss picture.csv")
    expect(page.locator(".upload", has_text="picture.csv")).to_have_count(0)


def test_five_hundred_columns_are_found_by_name(person: Person, tmp_path: Path) -> None:
    person.sign_up()
    person.upload(wide(tmp_path))
    page = person.page
    # Those that were not scrolled to are not made yet.
    assert page.locator(".column-card").count() < 200
    page.get_by_label("Find a column").fill("fault")
    expect(page.locator(".column-card")).to_have_count(1)
    expect(page.get_by_text("1 of 500 columns")).to_be_visible()
    page.get_by_label("Find a column").fill("")
    page.locator(".column-card").last.scroll_into_view_if_needed()
    expect(page.get_by_label("Select sensor_100", exact=True)).to_be_attached()


def test_a_dataset_is_renamed_and_deleted(person: Person, tmp_path: Path) -> None:
    person.sign_up()
    person.upload(houses(tmp_path))
    page = person.page
    person.press("Rename")
    page.get_by_role("dialog").get_by_label("Name").fill("My houses")
    person.click(page.get_by_role("dialog").get_by_role("button", name="Rename"))
    expect(page.get_by_role("heading", level=1, name="My houses")).to_be_visible()
    person.press("Delete")
    person.click(page.get_by_role("dialog").get_by_role("button", name="Delete"))
    expect(page.get_by_text("Drop a CSV or Excel file here to start")).to_be_visible()


def test_a_refused_file_is_uploaded_again_with_reading_options(person: Person, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    rows = "".join(f"{number},item {number % 4},{number * 3}\n" for number in range(1, 40))
    path.write_text(f"order,item,price\n{rows}40,a,b,c\n41,d,1\n")
    person.excused.append("422")  # the server refuses it at first
    person.sign_up()
    person.choose_files(path)
    page = person.page
    row = page.locator(".upload", has_text="orders.csv")
    expect(row).to_contain_text("bad_rows=skip")
    person.click(row.get_by_role("button", name="Reading options"))
    page.get_by_role("dialog").get_by_label("Rows that cannot be read").select_option("report")
    person.press("Upload again")
    expect(page.get_by_role("heading", level=1, name="orders")).to_be_visible()
    expect(page.locator("h1 .tag")).to_have_text("ready")
    expect(page.get_by_text("1 row that cannot be read was left out")).to_be_visible()
    with page.expect_download() as download:
        person.click(page.get_by_role("link", name="List of 1 row"))
    assert "41,ROW_TOO_LONG" in download.value.path().read_text()


def test_reading_options_go_along_with_an_upload_and_are_shown(person: Person, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("made by a program, today\na~b\n1~x\n2~y\n3~x\n")
    person.sign_up()
    page = person.page
    person.click(page.get_by_text("Reading options"))
    page.get_by_label("Delimiter").select_option("~")
    page.get_by_label("Lines above the table").fill("1")
    person.upload(path)
    expect(page.get_by_text("tilde-separated, UTF-8, with header, without 1 line above it")).to_be_visible()
    person.press("Change")
    expect(page.get_by_role("dialog").get_by_label("Delimiter")).to_have_value("~")
    page.get_by_role("dialog").get_by_label("Lines above the table").fill("2")
    page.get_by_role("dialog").get_by_label("The first row is the header").uncheck()
    person.press("Re-read")
    expect(page.get_by_text("tilde-separated, UTF-8, no header, without 2 lines above it")).to_be_visible()


def test_the_sheet_of_a_workbook_is_chosen_on_its_page(person: Person, tmp_path: Path) -> None:
    path = tmp_path / "shop.xlsx"
    sheets = {"Notes": [["a"], ["b"], ["c"]], "2024": [["n", "city"], [1, "Rome"], [2, "Oslo"], [3, "Rome"]]}
    path.write_bytes(xlsx(sheets))
    person.sign_up()
    person.upload(path)
    page = person.page
    expect(page.locator(".column-card")).to_have_count(1)
    expect(page.get_by_role("link", name="Excel workbook")).to_be_visible()
    page.get_by_label("Sheet", exact=True).select_option("2024")
    expect(page.locator(".column-card")).to_have_count(2)
    expect(page.locator("h1 .tag")).to_have_text("ready")
    expect(page.get_by_label("Sheet", exact=True)).to_have_value("2024")


def test_datasets_are_found_by_name_and_the_address_keeps_the_words(person: Person, tmp_path: Path) -> None:
    person.sign_up()
    page = person.page
    person.choose_files(houses(tmp_path), write(tmp_path / "tiny.csv", ("a", "b"), [(1, 2)] * 20))
    expect(page.get_by_role("row", name="houses")).to_contain_text("ready")
    find = page.get_by_label("Find a dataset")
    find.fill("TIN")
    expect(page.get_by_role("row", name="houses")).to_have_count(0)
    expect(page.get_by_role("row", name="tiny")).to_contain_text("ready")
    page.reload()
    expect(find).to_have_value("TIN")
    expect(page.get_by_role("row", name="houses")).to_have_count(0)
    find.fill("nothing like that")
    expect(page.get_by_text("No dataset is like that.")).to_be_visible()
    find.fill("")
    expect(page.get_by_role("row", name="houses")).to_be_visible()
