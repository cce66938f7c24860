"""Formulas in exports for spreadsheets; raw CSVs stay raw."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from api.http.csv_injection import escape_formulas, neutralize
from core.domain.records import TaskState
from core.service import Service
from core.storage import rows
from tests.unit.api import trained

EVIL = b"size,colour,note\n1,red,=1+1\n2,green,-2\n3,red,@SUM(A1)\n"
CSV = {"Content-Type": "text/csv"}


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("=1+1", "'=1+1"), ("+x", "'+x"), ("-x", "'-x"), ("@x", "'@x"), ("\tx", "'\tx"), ("\rx", "'\rx"),
     (" =x", "' =x"), ("＝x", "'＝x"), ("-2+3", "'-2+3"), ("=", "'="),
     ("-2", "-2"), ("+1.5e-3", "+1.5e-3"), ("-1,5", "-1,5"), ("x=1", "x=1"), ("", ""), ("a-b", "a-b")],
)  # fmt: skip
def test_cells(cell: str, shown: str) -> None:
    assert neutralize(cell) == shown


@given(
    st.lists(st.lists(st.text(st.sampled_from("=+-@\t\r\n,;\"'1.é ab"), max_size=6), min_size=2, max_size=3)),
    st.sampled_from(",;"), st.integers(1, 9),
)  # fmt: skip
def test_nothing_else_is_changed(table: list[list[str]], delimiter: str, size: int) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(table)
    data = text.getvalue().encode()
    made = b"".join(escape_formulas([data[i : i + size] for i in range(0, len(data), size)], delimiter)).decode()
    assert made.startswith("\ufeff")
    found = list(csv.reader(io.StringIO(made[1:], newline=""), delimiter=delimiter))
    assert found == [[neutralize(cell) for cell in row] for row in table]
    assert not any(re.match(r"\s*[=@]|[\t\r\n]", cell) for row in found for cell in row)


def test_predictions_at_once(client: FlaskClient, ada: dict[str, str], ada_id: str, service: Service) -> None:
    path = f"/api/v1/models/{trained.store(service, ada_id).id}/predict"
    raw = client.post(path, headers={**ada, **CSV}, data=EVIL).text
    assert raw.splitlines()[1].startswith("1,red,=1+1,")
    safe = client.post(f"{path}?spreadsheet=true", headers={**ada, **CSV}, data=EVIL).get_data(as_text=True)
    cells = [row[2] for row in csv.reader(io.StringIO(safe))]
    assert cells == ["note", "'=1+1", "-2", "'@SUM(A1)"]
    for wrong in ("spreadsheet=yes", "sheet=true"):
        assert client.post(f"{path}?{wrong}", headers={**ada, **CSV}, data=EVIL).status_code == 422


@pytest.mark.parametrize("kept", [True, False])
def test_stored_predictions(
    client: FlaskClient, ada: dict[str, str], ada_id: str, service: Service, kept: bool
) -> None:
    dataset = client.post("/api/v1/datasets", headers={**ada, **CSV}, data=EVIL.replace(b",", b";")).get_json()["id"]
    model = trained.store(service, ada_id).id
    made = client.post(f"/api/v1/models/{model}/predictions", headers=ada, json={"dataset_id": dataset}).get_json()
    stored = EVIL.replace(b",", b";").replace(b"\n", b";yes\n")
    blob = service.ports.blobs.write(f"{ada_id}/predictions/{made['id']}/1", [stored])
    result = {"blob": blob.name, "size_bytes": blob.size_bytes, "sha256": blob.sha256, "rows": 3}
    task_state = TaskState("succeeded", "2026-01-01T00:00:00.000Z", result=result)
    service.ports.tables.put(f"control#predict#{ada_id}#{made['id']}", rows.dump(task_state))
    if not kept:
        assert client.delete(f"/api/v1/datasets/{dataset}", headers=ada).status_code == 204
    path = f"/api/v1/predictions/{made['id']}/content"
    assert client.get(path, headers=ada).data == stored
    safe = client.get(f"{path}?spreadsheet=true", headers=ada)
    assert safe.headers["Content-Disposition"].startswith("attachment")
    cells = [row[2] for row in csv.reader(io.StringIO(safe.text), delimiter=";")]
    assert cells == ["note", "'=1+1", "-2", "'@SUM(A1)"]
