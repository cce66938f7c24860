"""An api without an engine hands predictions on to the predictor, and the answers back."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from api.app import PREFIX, create_app
from core.domain.records import Model
from core.service import Service
from tests.unit.api.trained import store

ROW = {"size": 1.5, "colour": "red"}
CSV = {"data": b"size,colour\n1.5,red\n", "content_type": "text/csv"}


@pytest.fixture
def model(service: Service, ada_id: str) -> Model:
    return store(service, ada_id)


@pytest.fixture(params=["model", "endpoint"])
def path(request: pytest.FixtureRequest, service: Service, ada_id: str, model: Model) -> str:
    if request.param == "model":
        return f"{PREFIX}/models/{model.id}/predict"
    service.endpoints.create(ada_id, "income", "user/ada", model_id=model.id)
    return f"{PREFIX}/endpoints/income/predict"


@pytest.fixture
def api(service: Service) -> FlaskClient:
    return create_app(service, "api").test_client()


@pytest.fixture
def predictor(service: Service) -> Iterator[None]:
    server = make_server("127.0.0.1", 0, create_app(service, "predictor"), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    service.settings.values["predictor_url"] = f"http://127.0.0.1:{server.port}"
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.usefixtures("predictor")
def test_predictions_are_handed_on_and_back(api: FlaskClient, ada: dict[str, str], path: str) -> None:
    answer = api.post(path, headers=ada, json={"instances": [ROW]})
    assert (answer.status_code, len(answer.json["predictions"])) == (200, 1)
    wrong = api.post(path, headers=ada, json={"instances": [{"size": [1]}]})
    assert wrong.status_code == 422
    assert wrong.mimetype == "application/problem+json"
    table = api.post(path, headers=ada, **CSV)
    assert table.text.startswith("size,colour,prediction")
    assert ("X-Model-Version" in table.headers) is ("endpoints" in path)
    assert api.post(path, json={"instances": [ROW]}).status_code == 401
    assert api.post(f"{path[:-8]}x/predict", headers=ada, json={"instances": [ROW]}).status_code == 404


@pytest.mark.usefixtures("predictor")
def test_other_protocols_are_handed_on_as_well(
    api: FlaskClient, service: Service, ada: dict[str, str], ada_id: str, model: Model
) -> None:
    service.endpoints.create(ada_id, "income", "user/ada", model_id=model.id)
    for path in ("/v2", "/v2/health/ready", "/v2/models/income", "/v1/models/income", "/serving/income/ping"):
        assert api.get(path, headers=ada).status_code == 200, path
    for path in (
        "/v2/models/income%3Fx",
        "/v2/models/income%23x",
        "/v2/models/inc%C3%B6me",
        "/v2/models/%2e%2e",
        "/v2/models/%2e",
    ):
        assert api.get(path, headers=ada).status_code == 404, path
    rows = {"inputs": {"size": [1.5] * 100, "colour": ["red"] * 100}}
    assert len(api.post("/serving/income/invocations", headers=ada, json=rows).json["predictions"]) == 100
    assert len(api.post("/v1/models/income:predict", headers=ada, json=rows).json["predictions"]) == 100
    tensors = [
        {"name": "size", "datatype": "FP64", "shape": [100], "data": [1.5] * 100},
        {"name": "colour", "datatype": "BYTES", "shape": [100], "data": ["red"] * 100},
    ]
    asked = {"inputs": tensors, "parameters": {"binary_data_output": True}}
    answer = api.post("/v2/models/income/infer", headers={**ada, "Accept-Encoding": "gzip"}, json=asked)
    assert answer.headers["Content-Encoding"] == "gzip"
    head = gzip.decompress(answer.data)[: int(answer.headers["Inference-Header-Content-Length"])]
    assert json.loads(head)["model_name"] == "income"
    wrong = api.post("/v2/models/income/infer", headers=ada, json={"inputs": []})
    assert (wrong.status_code, wrong.json["error"]) == (400, wrong.json["detail"])


@pytest.mark.usefixtures("predictor")
def test_the_list_of_requests_is_handed_on_as_reading_it_may_take_the_engine(
    api: FlaskClient, service: Service, ada: dict[str, str], ada_id: str, model: Model
) -> None:
    service.endpoints.create(ada_id, "income", "user/ada", model_id=model.id)
    listed = api.get(f"{PREFIX}/endpoints/income/requests?page_size=5&version=champion", headers=ada)
    assert (listed.status_code, listed.json) == (200, {"items": [], "next_page_token": None})
    assert api.get(f"{PREFIX}/endpoints/income/requests?page_size=0", headers=ada).status_code == 422
    assert api.get(f"{PREFIX}/endpoints/income/requests").status_code == 401


def test_a_predictor_that_is_away_or_was_never_named_is_said_to_be_so(
    api: FlaskClient, service: Service, ada: dict[str, str], path: str
) -> None:
    for address in ("", "http://127.0.0.1:9"):
        service.settings.values["predictor_url"] = address
        gone = api.post(path, headers=ada, json={"instances": [ROW]})
        assert (gone.status_code, gone.json["reason"]) == (503, "UNAVAILABLE")


def test_every_role_but_the_predictor_has_the_same_paths_and_documents_them(service: Service) -> None:
    paths = [
        {str(rule): rule.methods for rule in create_app(service, role).url_map.iter_rules()} for role in ("all", "api")
    ]
    assert paths[0] == paths[1]
    documents = [
        create_app(service, role).test_client().get(f"{PREFIX}/openapi.json").get_json() for role in ("all", "api")
    ]
    assert documents[0] == documents[1]
