"""Events through a balancer and from several api processes: as they happen, for many at once, and past a restart."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import websocket

from nobrains_client import Client, Event, Job
from tests.integration.polling import trials_done
from tests.integration.real.deployment import Deployment
from tests.waiting import PATIENCE_S, wait_for

pytestmark = pytest.mark.integration

LISTENERS = 16


def test_events_come_as_they_happen(service: Deployment, grace: Client, training: Job) -> None:
    events = grace.events(training)
    address = f"{service.url}/api/v1/jobs/{training.id}/ws".replace("http", "ws", 1)
    socket = websocket.create_connection(address, header={"Authorization": f"Bearer {grace.token}"}, timeout=60)
    seen = next(event for event in events if event.kind == "trial")
    received = next(text for text in iter(lambda: json.loads(socket.recv()), None) if text["event"] == "trial")
    # Ten minutes are not over: what has come was not held back until the end of the stream.
    assert grace.job(training).state == "running"
    assert (received["id"], received["data"]) == (seen.id, seen.data)
    grace.stop(training)
    assert [event.kind for event in events][-1] == "done"
    socket.close()


def test_many_hear_the_same_while_others_are_answered(service: Deployment, grace: Client, training: Job) -> None:
    connected = threading.Barrier(LISTENERS + 1)

    def listen() -> list[Event]:
        events = Client(service.url, token=grace.token).events(training)
        first = next(events)
        connected.wait()
        return [first, *events]

    with ThreadPoolExecutor(LISTENERS) as pool:
        received = [pool.submit(listen) for _ in range(LISTENERS)]
        connected.wait()
        known = trials_done(grace, training)
        wait_for(lambda: trials_done(grace, training) > known)
        assert requests.get(f"{service.url}/healthz", timeout=60).ok
        grace.stop(training)
    streams = [each.result() for each in received]
    assert streams[0][-1].kind == "done"
    assert all(stream == streams[0] for stream in streams)


@pytest.mark.long
def test_who_listens_hears_everything_once_although_another_api_follows(
    service: Deployment, grace: Client, training: Job
) -> None:
    received: list[Event] = []
    first = threading.Event()

    def listen() -> None:
        for event in Client(service.url, token=grace.token).events(training):
            received.append(event)
            first.set()

    with ThreadPoolExecutor(1) as pool:
        listening = pool.submit(listen)
        assert first.wait(PATIENCE_S)
        service.api_b.start().wait_ready()
        service.balancer.wait_until(True, f"api-{service.api_b.port}")
        assert service.api.stop() == 0  # Although a stream is open.
        known = trials_done(grace, training)
        wait_for(lambda: trials_done(grace, training) > known)
        grace.stop(training)
        listening.result()
    assert received == list(grace.events(training))
    assert received[-1].kind == "done"
    service.heal()
    assert service.api_b.stop() == 0
