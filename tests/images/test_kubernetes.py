"""Each pod of k8s/base in the image that was built: ports and probes answer, and SIGTERM ends it in time.

The back ends are the embedded ones, as there is nothing else in a container's own network.
"""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import pytest

from tests.images.buildah import Image
from tests.images.container import Container, running
from tests.k8s.kustomize import Pod, pods

pytestmark = [pytest.mark.images, pytest.mark.timeout(1800)]

BACK_ENDS = ("NOBRAINS_TABLES", "NOBRAINS_BLOBS", "NOBRAINS_QUEUE", "NOBRAINS_RABBITMQ_URL", "NOBRAINS_GCS_BUCKET")
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
GET = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=5).read().decode())"
LISTENS = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5).close()"


def in_its_environment(image: Image, pod: Pod) -> Image:
    """The image with the pod's settings, but for the back ends."""
    ours = [f"{name}={value}" for name, value in pod.environ().items() if name not in BACK_ENDS]
    return dataclasses.replace(image, config={**image.config, "Env": [*image.config["Env"], *ours]})


def probe(container: Container, pod: Pod, name: str) -> None:
    """Return when it succeeds."""
    how = pod.container[name]
    if "exec" in how:
        container.wait_for(*how["exec"]["command"])
    else:
        (port,) = (each["containerPort"] for each in pod.container["ports"] if each["name"] == how["httpGet"]["port"])
        container.wait_for("python", "-c", GET, f"http://127.0.0.1:{port}{how['httpGet']['path']}")


@pytest.mark.parametrize("pod", [pod for pod in pods("base") if pod.kind == "Deployment"], ids=lambda pod: pod.name)
def test_pod(request: pytest.FixtureRequest, data: Path, pod: Pod) -> None:
    image = in_its_environment(request.getfixturevalue(pod.image.removeprefix("nobrains-")), pod)
    with running(image, data, *pod.container["args"]) as container:
        for name in PROBES:
            probe(container, pod, name)
        for port in pod.container["ports"]:
            container.wait_for("python", "-c", LISTENS, str(port["containerPort"]))
            container.wait_for("python", "-c", GET, f"http://127.0.0.1:{port['containerPort']}/metrics")
        told_at = time.monotonic()
        assert container.stop() == 0, container.log.read_text()
        assert time.monotonic() - told_at < pod.spec["terminationGracePeriodSeconds"]
