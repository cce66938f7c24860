"""Keys as requests really bring them: numbers as text, text as numbers, nothing, anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from core.service import Service
from tests.unit.api.routes.endpoints.conftest import Post
from tests.unit.keyed_source import KeyedSource

RED, GREEN = {"size": 2.5, "colour": "red"}, {"size": -2.5, "colour": "green"}
LookUp = Callable[[str], None]


@pytest.fixture
def look_up(service: Service, ada_id: str, income: str, tmp_path: Path) -> LookUp:
    """Have the endpoint look up a table of the columns patient, size, colour."""

    def begin(table: str) -> None:
        source = KeyedSource(service, ada_id, tmp_path / "folders")
        source.fetch(f"patient,size,colour\n{table}")
        source.look_up(income)

    return begin


def unknown(answer: TestResponse) -> int:
    """In how many rows the key is not there."""
    assert answer.status_code == 200, answer.get_json()
    found = [each["count"] for each in answer.get_json().get("warnings", ()) if each["reason"] == "KEY_NOT_FOUND"]
    return found[0] if found else 0


def same(post: Post, key: Any, row: dict[str, Any]) -> bool:
    """Whether a key is answered as the row that brings all columns."""
    by_key, whole = (post(json={"instances": [each]}) for each in ({"patient": key}, row))
    assert unknown(by_key) == 0
    return bool(by_key.get_json()["probabilities"] == whole.get_json()["probabilities"])


def test_among_numbers_one_number_is_one_key_however_it_is_written(post: Post, look_up: LookUp) -> None:
    look_up("1,2.5,red\n-2.50,-2.5,green\n")
    assert all(same(post, key, RED) for key in (1, 1.0, "1", "1.0", " +1 "))
    assert all(same(post, key, GREEN) for key in (-2.5, "-2.5", "-2.500"))
    others = ["01", "1e0", "1,0", "one", "١", True, 10**40, 1.0000001, "-2,5", 2**53 + 1]
    body = json.dumps({"instances": [{"patient": key} for key in others]})
    assert unknown(post(data=body, content_type="application/json")) == len(others)


def test_among_labels_a_key_is_its_text(post: Post, look_up: LookUp) -> None:
    look_up("1,2.5,red\nA-7,-2.5,green\n007,-2.5,green\ntrue,2.5,red\n")
    assert all(same(post, key, RED) for key in (1, 1.0, "1", " 1", True, "true"))
    assert all(same(post, key, GREEN) for key in ("A-7", "007"))
    others = ["1.0", 7, "a-7", "True", False]
    assert unknown(post(json={"instances": [{"patient": key} for key in others]})) == len(others)


def test_a_key_that_is_empty_is_none(post: Post, look_up: LookUp) -> None:
    look_up("1,2.5,red\n,-2.5,green\n")
    keys = [None, "", "  ", 1]
    assert unknown(post(json={"instances": [{"patient": key} for key in keys]})) == 3
    without = post(json={"instances": [{}, {"patient": 1}]})
    assert unknown(without) == 1


@pytest.mark.parametrize("key", ["Zoë", "東京", "🦆👩‍👩‍👧", 'a"b#c/d', "x" * 5000, "-", "NaN", "\u202eab"])
def test_any_text_is_a_key(post: Post, look_up: LookUp, key: str) -> None:
    written = key.replace('"', '""')
    look_up(f'"{written}",2.5,red\nother,-2.5,green\n')
    assert same(post, key, RED)
    assert same(post, f" {key}\t", RED)
    assert unknown(post(json={"instances": [{"patient": f"{key}x"}]})) == 1


@pytest.mark.parametrize("key", ["y" * 1_000_000, "\0", "\n", "1" * 5000, 1e308, -0.0, 10**200])
@pytest.mark.parametrize("table", ["7,2.5,red\n", "A,2.5,red\n"])
def test_a_key_that_nobody_could_have_is_told_in_few_words(post: Post, look_up: LookUp, key: Any, table: str) -> None:
    look_up(table)
    answer = post(data=json.dumps({"instances": [{"patient": key}]}), content_type="application/json")
    assert unknown(answer) == 1
    assert len(answer.get_data()) < 5000


@pytest.mark.parametrize("key", [[1], {"a": 1}, [None]])
def test_a_key_that_is_no_plain_value_is_refused(post: Post, look_up: LookUp, key: Any) -> None:
    look_up("7,2.5,red\n")
    answer = post(json={"instances": [{"patient": key}]})
    assert (answer.status_code, answer.get_json()["reason"]) == (422, "VALIDATION_FAILED")
    assert "patient" in str(answer.get_json()["errors"])


def test_ten_thousand_keys_are_one_request(post: Post, look_up: LookUp) -> None:
    look_up("".join(f"{number},2.5,red\n" for number in range(9_990)))
    answer = post(json={"instances": [{"patient": number} for number in range(10_000)]})
    assert unknown(answer) == 10
    assert len(answer.get_json()["predictions"]) == 10_000
