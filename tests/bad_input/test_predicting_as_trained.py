"""A model reads the CSVs it is to predict as its training file was read, at once and stored."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.bad_input.conftest import Asker, problem_of

CHANCE = random.Random(0)


def spectrum() -> tuple[bytes, dict[str, Any], str]:
    """Wavelengths for names; what is measured there is all numbers."""
    lines = ["400.5,402.5,404.5,protein"]
    for _ in range(80):
        x = [round(CHANCE.random(), 4) for _ in range(3)]
        lines.append(",".join(map(str, [*x, round(10 * x[0] + 5 * x[1], 3)])))
    return "\n".join(lines).encode(), {}, "protein"


def headerless() -> tuple[bytes, dict[str, Any], str]:
    """Its label first, so that a file without it has other positions."""
    numbers = [round(CHANCE.uniform(0, 10), 2) for _ in range(80)]
    return "".join(f"{'up' if x > 5 else 'down'},{i % 4},{x}\n" for i, x in enumerate(numbers)).encode(), {}, "c0"


def cyrillic() -> tuple[bytes, dict[str, Any], str]:
    """Letters of an encoding that cannot be guessed, below names of ASCII."""
    rows = [
        f"{city},{i % 5},{'A' if city == 'Тула' else 'B'}" for i, city in enumerate(["Тула", "Омск", "Москва"] * 30)
    ]
    return "\n".join(["city,n,y", *rows]).encode("cp1251"), {"encoding": "cp1251"}, "y"


def tilde() -> tuple[bytes, dict[str, Any], str]:
    """A delimiter that is not guessed."""
    rows = [f"{i % 11},5~{kind}~{kind}1" for i, kind in enumerate(["p", "q", "r"] * 30)]
    return "\n".join(["a~b~y", *rows]).encode(), {"delimiter": "~"}, "y"


def single() -> tuple[bytes, dict[str, Any], str]:
    """One column to predict from."""
    numbers = [round(CHANCE.random(), 4) for _ in range(80)]
    return "\n".join(["x,y", *(f"{x},{'hi' if x > 0.5 else 'lo'}" for x in numbers)]).encode(), {}, "y"


CASES: dict[str, tuple[Callable[[], tuple[bytes, dict[str, Any], str]], bytes, str, list[str]]] = {
    # what: (training file, file to predict, its delimiter, the predictions)
    "a header of numbers": (spectrum, b"404.5,400.5,402.5\n0.1,1.0,0.0\n0.2,0.0,1.0\n", ",", ["10", "5"]),
    "no header": (headerless, b"7,8.5\n2,1.25\n", ",", ["up", "down"]),
    "no header and names that numbers could be": (headerless, b"1,9\n", ",", ["up"]),
    "an encoding of its own": (cyrillic, "city,n\nТула,1\nОмск,1\n".encode("cp1251"), ",", ["A", "B"]),
    "another encoding after all": (cyrillic, "n;city\n1;Тула\n1;Омск\n".encode(), ";", ["A", "B"]),
    "a delimiter of its own": (tilde, b"b~a\np~1,5\nr~2,5\n", "~", ["p1", "r1"]),
    "an empty line": (single, b"x\n0.1\n\n0.9\n", ",", ["lo", "", "hi"]),
}


@pytest.fixture(scope="module")
def train(ask: Asker) -> Callable[[Callable[..., Any]], dict[str, Any]]:
    """The model of a training file; each is trained once."""
    models: dict[str, dict[str, Any]] = {}

    def trained(make: Callable[..., Any]) -> dict[str, Any]:
        if make.__name__ not in models:
            data, options, target = make()
            made = ask.upload(data, f"/datasets?{urlencode(options)}")
            dataset = ask.settled(f"/datasets/{made.get_json()['id']}")
            job = ask.train(dataset, target=target, time_budget_s=5)  # Enough for good ones on a busy machine.
            models[make.__name__] = ask.call("GET", f"/models/{job['model_id']}").get_json()
        return models[make.__name__]

    return trained


def check(text: str, delimiter: str, wanted: list[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    found = [row["prediction"] for row in rows]
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        if other.isdigit():
            assert float(one) == pytest.approx(float(other), abs=0.5)
        elif other:
            assert one == other


@pytest.mark.parametrize("what", CASES)
def test_at_once_and_stored(ask: Asker, train: Callable[..., dict[str, Any]], what: str) -> None:
    make, data, delimiter, wanted = CASES[what]
    model = train(make)
    answer = ask.upload(data, f"/models/{model['id']}/predict")
    assert answer.status_code == 200, answer.get_json()
    check(answer.text, delimiter, wanted)
    if b"\n" not in data.rstrip():
        return  # A single line without a header is no dataset until somebody says so.
    said = f"?{urlencode({'delimiter': delimiter})}" if delimiter == "~" else ""
    dataset = ask.settled(f"/datasets/{ask.upload(data, f'/datasets{said}').get_json()['id']}")
    made = ask.call("POST", f"/models/{model['id']}/predictions", json={"dataset_id": dataset["id"]})
    assert made.status_code == 202, made.get_json()
    stored = ask.settled(f"/predictions/{made.get_json()['id']}")
    assert (stored["state"], stored["rows"]) == ("succeeded", len(wanted))
    check(ask.call("GET", f"/predictions/{stored['id']}/content").text, delimiter, wanted)
    spreadsheet = ask.call("GET", f"/predictions/{stored['id']}/content?spreadsheet=true").data.decode("utf-8-sig")
    check(spreadsheet, delimiter, wanted)


def test_the_model_tells_how_its_training_file_was_written(train: Callable[..., dict[str, Any]]) -> None:
    assert train(tilde)["csv"]["delimiter"] == "~"
    assert train(cyrillic)["csv"]["encoding"] == "cp1251"
    assert (train(headerless)["csv"]["header"], train(headerless)["csv"]["columns"]) == (False, 3)


def test_what_the_query_says_prevails(ask: Asker, train: Callable[..., dict[str, Any]]) -> None:
    path = f"/models/{train(tilde)['id']}/predict"
    assert ask.upload(b"b^a\np^1,5\n", f"{path}?delimiter=%5E").headers["CSV-Delimiter"] == "%5E"
    refused = ask.upload(b"b^a\np^1\n", path)
    assert problem_of(refused) == (422, "MISSING_FEATURE")
    assert "`delimiter`" in refused.get_json()["detail"]
    assert problem_of(ask.upload(b"b~a\np~1,5\n", f"{path}?header=false")) == (422, "MISSING_FEATURE")
    assert problem_of(ask.upload(b"b~a\np~1,5\n", f"{path}?encoding=klingon")) == (422, "VALIDATION_FAILED")
    koi8 = "city,n\nТула,1\n".encode("koi8-r")
    answer = ask.upload(koi8, f"/models/{train(cyrillic)['id']}/predict?encoding=koi8-r")
    check(answer.text, ",", ["A"])
