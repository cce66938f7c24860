"""Parts of the page that views share, alone."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.page_object import Person

TABLE = """async (count) => {
    const beside = document.querySelector("script[type=module]").src;
    const { table } = await import(new URL("components/table.js", beside));
    const rows = Array.from({ length: count }, (_, number) => ({ number, score: (number * 7919) % count }));
    const made = table(
        [{ label: "Number", cell: (row) => row.number, sort: (row) => row.number, number: true },
         { label: "Score", cell: (row) => row.score, sort: (row) => row.score, number: true }],
        rows, { label: "Trials", keyOf: (row) => row.number });
    document.getElementById("main").replaceChildren(made.element);
    made.update(rows);
}"""


def test_of_five_thousand_rows_only_those_in_sight_are_made(person: Person) -> None:
    person.goto("/sign-in")
    page = person.page
    page.evaluate(TABLE, 5000)
    table = page.get_by_role("table", name="Trials")
    expect(table).to_have_attribute("aria-rowcount", "5001")
    assert table.locator("tbody tr").count() < 100
    frame = page.get_by_role("region", name="Trials")
    frame.evaluate("element => element.scrollTo(0, element.scrollHeight)")
    expect(table.get_by_role("cell", name="4999", exact=True).first).to_be_visible()
    assert table.locator("tbody tr").count() < 100
    table.get_by_role("button", name="Score").click()
    frame.evaluate("element => element.scrollTo(0, 0)")
    expect(table.get_by_role("columnheader", name="Score")).to_have_attribute("aria-sort", "descending")
    scores: list[Any] = table.locator("tbody tr:not(.gap) td:nth-child(2)").all_inner_texts()
    assert scores[:3] == ["4999", "4998", "4997"]


def test_numbers_read_as_people_write_them(person: Person) -> None:
    person.goto("/sign-in")
    shown = person.page.evaluate(
        """async () => {
            const f = await import(new URL("format.js", document.querySelector("script[type=module]").src));
            return [
                f.number(0.83123), f.number(1234567), f.number(1900), f.number(4.1e-9), f.number(-2.5), f.number(null),
                f.bytes(999), f.bytes(1_450_000), f.bytes(200_000_000),
                f.duration(42), f.duration(185), f.duration(4320), f.roundDuration(300), f.clock(4329),
                f.percent(0.0731), f.percent(0.5), f.percent(0.00002),
                f.plural(1, "row"), f.plural(1204, "row"), f.ago(new Date(Date.now() - 3e5).toISOString())];
        }"""
    )
    assert shown == [
        "0.8312", "1,234,567", "1900", "4.10e−9", "−2.5", "–",
        "999 bytes", "1.4 MB", "200 MB", "42 s", "3 min 05 s", "1 h 12 min",
        "5 min", "1:12:09", "7.3 %", "50 %", "< 0.1 %",
        "1 row", "1,204 rows", "5 min ago",
    ]  # fmt: skip
