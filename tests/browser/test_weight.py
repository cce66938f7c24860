"""How much the first view weighs, and that plots' script is not part of it."""

from __future__ import annotations

from tests.browser.page_object import Person

MOST_BYTES = 1_000_000
SIZES = """["navigation", "resource"].flatMap(kind => performance.getEntriesByType(kind))
    .map(entry => [entry.name, entry.decodedBodySize])"""


def test_the_first_view_is_light(person: Person) -> None:
    person.sign_up()
    person.goto("/datasets")
    person.page.wait_for_load_state("networkidle")
    unpacked = dict(person.page.evaluate(SIZES))
    assert [url for url in unpacked if url.endswith("/main.js")]
    assert not [url for url in unpacked if url.endswith("/plotly.js")]
    assert sum(unpacked.values()) < MOST_BYTES, sorted(unpacked.items(), key=lambda item: -item[1])[:5]


def test_files_are_kept_for_good_and_found_anew_when_they_change(person: Person) -> None:
    answer = person.page.goto("/sign-in")
    assert answer is not None
    assert answer.headers["cache-control"] == "no-store"
    assert "'unsafe" not in answer.headers["content-security-policy"]
    url = person.page.evaluate("document.querySelector('script[type=module]').src")
    kept = person.context.request.get(url).headers
    assert "immutable" in kept["cache-control"]
    assert kept["content-encoding"] == "gzip"
    before = person.context.request.get(url.replace("/app/", "/app/0"))
    assert before.ok
    assert before.headers["cache-control"] == "no-cache"
