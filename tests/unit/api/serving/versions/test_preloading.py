"""What an endpoint in use is about to serve is loaded ahead of its first request."""

from __future__ import annotations

import threading
from dataclasses import replace

from api.serving.versions.preloading import Preloader
from core.domain.endpoints import CHAMPION, Endpoint, Traffic
from core.errors import Corrupted

ENDPOINT = Endpoint("income", "ada", "", aliases={CHAMPION: 1, "challenger": 2, "idle": 3})


def test_only_what_is_new_of_what_is_served_is_loaded() -> None:
    loaded: list[int] = []
    preloader = Preloader(lambda _, version: loaded.append(version))
    preloader.prepare(ENDPOINT)
    assert loaded == []
    preloader.prepare(replace(ENDPOINT, traffic=Traffic(shadow=["challenger"])))
    assert loaded == [2]
    preloader.prepare(replace(ENDPOINT, aliases={**ENDPOINT.aliases, CHAMPION: 3}))
    preloader.prepare(replace(ENDPOINT, aliases={**ENDPOINT.aliases, CHAMPION: 3}))
    assert loaded == [2, 3]


def test_a_model_that_cannot_be_loaded_or_not_soon_holds_nothing_up() -> None:
    release, tried = threading.Event(), []

    def load(_: Endpoint, version: int) -> None:
        tried.append(version)
        if version == 2:
            raise Corrupted("damaged")
        release.wait()

    preloader = Preloader(load)
    preloader.prepare(ENDPOINT)
    for version in (2, 3):
        preloader.prepare(replace(ENDPOINT, aliases={CHAMPION: version}))
    assert tried == [2, 3]
    release.set()
