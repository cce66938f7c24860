"""Small predictions take turns, and none waits for long."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request

from api.middleware import turns
from api.middleware.auth import predicts
from api.middleware.turns import register_turns

BODY = b"{}"


class Meter:
    """Counts how many are at work at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.at_work = self.most = 0

    def __enter__(self) -> None:
        with self.lock:
            self.at_work += 1
            self.most = max(self.most, self.at_work)

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.at_work -= 1


def make_app(meter: Meter, hold: threading.Event | None = None) -> Flask:
    app = Flask(__name__)
    register_turns(app)

    def predict() -> bytes:
        with meter:
            if hold is not None and request.args:
                hold.wait(30)
            return request.get_data()

    app.add_url_rule("/predict", view_func=predicts(predict), methods=["POST"])
    return app


def test_predictions_take_turns_and_read_their_own_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE_S", 30.0)  # A busy machine may stop a thread for longer than it is by default.
    meter = Meter()
    app = make_app(meter)
    with ThreadPoolExecutor(8) as pool:
        bodies = [str(n).encode() for n in range(200)]
        answers = list(pool.map(lambda body: app.test_client().post("/predict", data=body).data, bodies))
    assert answers == bodies
    assert meter.most == 1


def test_nobody_waits_for_one_that_hangs() -> None:
    meter, hold = Meter(), threading.Event()
    app = make_app(meter, hold)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(lambda: app.test_client().post("/predict?hang=1", data=BODY).data)
        try:
            while not meter.at_work:
                assert not hanging.done()
            assert app.test_client().post("/predict", data=BODY).data == BODY
            assert not hanging.done()
        finally:
            hold.set()
        assert hanging.result(30) == BODY


def test_a_turn_ends_with_a_request_that_fails() -> None:
    app = make_app(Meter())
    app.add_url_rule("/broken", view_func=predicts(lambda: 1 / 0), methods=["POST"])
    for _ in range(3):
        assert app.test_client().post("/broken", data=BODY).status_code == 500
    assert app.test_client().post("/predict", data=BODY).data == BODY
