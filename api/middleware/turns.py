"""Small predictions take turns: one after the other, in each process.

Threads that compute at the same time pass Python's lock around at every system call, and each change costs as much as
a part of the answer: with many connections a process answers more requests if they take turns, and the slowest wait
half as long. A turn is a courtesy: nobody waits for it for long, whatever another does with it.
"""

from __future__ import annotations

import io
from threading import Lock

from flask import Flask, g, request

from api.http.client_connection import INCOMPLETE_BODY_ERRORS
from api.middleware.auth import is_prediction

MAX_BODY_BYTES = 64 * 1024
"""Of a small request: larger ones take so long that others had better not wait for them."""
PATIENCE_S = 0.05


def register_turns(app: Flask) -> None:
    """Have the app's small predictions take turns. After authentication: only callers who are known wait."""
    turn = Lock()

    def begin() -> None:
        length = request.content_length or 0
        if not 0 < length <= MAX_BODY_BYTES or not is_prediction():
            return
        try:  # Before the turn: a sender may be slow.
            body = request.environ["wsgi.input"].read(length)
        except INCOMPLETE_BODY_ERRORS:
            return  # The view meets it again, and answers.
        request.environ["wsgi.input"] = io.BytesIO(body)
        g.has_turn = turn.acquire(timeout=PATIENCE_S)

    def end(_: BaseException | None) -> None:
        if g.pop("has_turn", False):
            turn.release()

    app.before_request(begin)
    app.teardown_request(end)
