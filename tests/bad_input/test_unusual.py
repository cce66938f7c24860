"""The unusual but good: read as it was meant, and given back byte for byte."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from tests.bad_input.conftest import Asker

GOOD: dict[str, tuple[bytes, list[str], list[list[str | None]]]] = {
    # what: (file, columns, rows)
    "BOM": (b"\xef\xbb\xbfa,b\n1,x\n2,y\n", ["a", "b"], [["1", "x"], ["2", "y"]]),
    "UTF-16": ("a,é\n1,x\n2,ü\n".encode("utf-16"), ["a", "é"], [["1", "x"], ["2", "ü"]]),
    "UTF-16, big end first": ("\ufeffa,é\n1,x\n2,ü\n".encode("utf-16-be"), ["a", "é"], [["1", "x"], ["2", "ü"]]),
    "UTF-16 without a BOM": ("a,b\n1,x\n2,y\n".encode("utf-16-le"), ["a", "b"], [["1", "x"], ["2", "y"]]),
    "Latin-1": ("a,é\n1,ß\n2,\x81\n".encode("latin-1"), ["a", "é"], [["1", "ß"], ["2", "\x81"]]),
    "Windows-1252": ("a,b\n1,€\n2,”\n".encode("cp1252"), ["a", "b"], [["1", "€"], ["2", "”"]]),
    "semicolons": (b"a;b\n1,5;x\n2,5;y\n", ["a", "b"], [["1,5", "x"], ["2,5", "y"]]),
    "tabs": (b"a\tb\n1\tx\n2\ty\n", ["a", "b"], [["1", "x"], ["2", "y"]]),
    "pipes": (b"a|b\n1|x\n2|y\n", ["a", "b"], [["1", "x"], ["2", "y"]]),
    "CR only": (b"a,b\r1,x\r2,y\r", ["a", "b"], [["1", "x"], ["2", "y"]]),
    "CR LF": (b"a,b\r\n1,x\r\n2,y", ["a", "b"], [["1", "x"], ["2", "y"]]),
    "blank lines": (b"\n\na,b\n\n1,x\n\n\n2,y\n\n", ["a", "b"], [["1", "x"], ["2", "y"]]),
    "quoted newlines": (b'a,b\n1,"x\ny"\n2,"x, ""y"""\n', ["a", "b"], [["1", "x\ny"], ["2", 'x, "y"']]),
    "emoji": ("🦆,b\n1,👩‍🚀\n2,y\n".encode(), ["🦆", "b"], [["1", "👩‍🚀"], ["2", "y"]]),
    "Arabic and Chinese": ("اسم,价格\nعلي,5\nسارة,7\n".encode(), ["اسم", "价格"], [["علي", "5"], ["سارة", "7"]]),
    "short rows": (b"a,b,c\n1,x,p\n2\n3,z\n", ["a", "b", "c"], [["1", "x", "p"], ["2", None, None], ["3", "z", None]]),
    "a name twice": (b"a,a,a\n1,2,x\n4,5,y\n", ["a", "a.1", "a.2"], [["1", "2", "x"], ["4", "5", "y"]]),
    "blank names": (b"a,, \n1,2,x\n4,5,y\n", ["a", "column_2", "column_3"], [["1", "2", "x"], ["4", "5", "y"]]),
    "a name of 300 characters": (b"n" * 300 + b",b\n1,x\n2,y\n", ["n" * 300, "b"], [["1", "x"], ["2", "y"]]),
    "HTML in a name": (b"<script>alert(1)</script>,b\n1,x\n2,y\n", ["<script>alert(1)</script>", "b"],
                       [["1", "x"], ["2", "y"]]),
    "formulas": (b'a,b\n=1+1,x\n"=HYPERLINK(""http://x"")",-2+3\n@x,+1\n', ["a", "b"],
                 [["=1+1", "x"], ['=HYPERLINK("http://x")', "-2+3"], ["@x", "+1"]]),
    "1e999 and inf": (b"a,b\n1e999,x\ninf,y\n-Infinity,z\n", ["a", "b"],
                      [["1e999", "x"], ["inf", "y"], ["-Infinity", "z"]]),
    "30 digits": (b"a,b\n" + b"1" * 30 + b",x\n" + b"2" * 30 + b",y\n", ["a", "b"],
                  [["1" * 30, "x"], ["2" * 30, "y"]]),
    "a field of 1 MB": (b"a,b\n1,x\n2," + b"y" * 1_000_000 + b"\n", ["a", "b"], [["1", "x"], ["2", "y" * 1_000_000]]),
}  # fmt: skip


@pytest.mark.parametrize("what", GOOD)
def test_read_as_it_was_meant(ask: Asker, what: str) -> None:
    data, columns, rows = GOOD[what]
    dataset = ask.profile(data)
    assert (dataset["state"], dataset["error"]) == ("ready", None)
    assert [column["name"] for column in dataset["columns"]] == columns
    assert dataset["rows"] == len(rows)
    path = f"/datasets/{dataset['id']}"
    assert ask.call("GET", f"{path}/preview").get_json() == {"columns": columns, "rows": rows}
    assert ask.call("GET", f"{path}/content").data == data
    report = ask.call("GET", f"{path}/report")
    assert report.status_code == 200
    assert "<script>alert" not in report.text


@pytest.mark.parametrize(
    ("data", "word"),
    [(GOOD[what][0], word) for what, word in [
        ("Latin-1", "not UTF-8"), ("Windows-1252", "cp1252"), ("short rows", "fewer than 3"), ("a name twice", "'a.1'"),
        ("blank names", "column_2"),
    ]],
)  # fmt: skip
def test_what_was_mended_is_said(ask: Asker, data: bytes, word: str) -> None:
    assert word in " ".join(ask.profile(data)["warnings"])


def test_5000_columns(ask: Asker) -> None:
    names = [f"c{number}" for number in range(5_000)]
    lines = [",".join(names), *(",".join([str(row)] * 5_000) for row in range(3))]
    dataset = ask.profile("\n".join(lines).encode())
    assert (dataset["state"], dataset["rows"], dataset["error"]) == ("ready", 3, None)
    assert dataset.get("column_count", len(dataset["columns"])) == 5_000


def test_gzip_of_several_members(ask: Asker) -> None:
    data = b"a,b\n" + b"%d,x\n" % 1 * 50
    packed = gzip.compress(data[:20]) + gzip.compress(data[20:]) + bytes(5)
    dataset = ask.profile(packed, **{"Content-Encoding": "gzip"})
    assert (dataset["rows"], dataset["size_bytes"]) == (50, len(data))


@pytest.mark.parametrize("values", [["NA", "EU", "AS"], ["=1+1", "+x", "@y"], ["<b>", "é\n🦆", '"']])
def test_labels_come_back_letter_by_letter(ask: Asker, values: list[str]) -> None:
    quoted = ['"' + value.replace('"', '""') + '"' for value in values]
    dataset = ask.profile("\n".join(["n,x,y", *(f"{n % 7},{n % 3},{quoted[n % 3]}" for n in range(90))]).encode())
    job = ask.train(dataset, target="y", task="multiclass")
    assert job["state"] == "succeeded", job["error"]
    answer = ask.call(
        "POST", f"/models/{job['model_id']}/predict", json={"instances": [{"n": 1, "x": k} for k in range(3)]}
    )
    assert set(answer.get_json()["probabilities"][0]) == set(values)


def test_mixed_types_and_monstrous_numbers_can_be_learned_from(ask: Asker) -> None:
    cells: list[Any] = ["1e999", "inf", "-inf", "9" * 30, "12", "abc", "", "2020-01-01", "NaN"]
    lines = [f"{n % 5},{cells[n % len(cells)]},{'no' if n % 5 > 2 else 'yes'}" for n in range(120)]
    dataset = ask.profile("\n".join(["n,mixed,y", *lines]).encode())
    assert dataset["state"] == "ready"
    job = ask.train(dataset, target="y")
    assert job["state"] == "succeeded", job["error"]
    instances = [{"n": 1, "mixed": cell} for cell in cells] + [{"n": 1e308, "mixed": None}, {"n": "x", "mixed": True}]
    answer = ask.call("POST", f"/models/{job['model_id']}/predict", json={"instances": instances})
    assert len(answer.get_json()["predictions"]) == len(instances)
