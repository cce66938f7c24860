"""Who may speak to whom, by the NetworkPolicies as Kubernetes reads them: the needed flows, and no others."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.k8s.kustomize import FOLDERS, Resource, pods, render

HERE = "nobrains"


@dataclass(frozen=True)
class Peer:
    """One end of a connection: a pod of some namespace, or an address outside."""

    labels: dict[str, str] = field(default_factory=dict)
    namespace: str = HERE
    address: str = ""
    ports: dict[str, int] = field(default_factory=dict)


def named(folder: str, name: str) -> Peer:
    """A pod of ours, an emulator, or a node of the broker."""
    if name == "nobrains-rabbitmq":  # What its operator puts on the pods of a cluster.
        return Peer({"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "rabbitmq"})
    (pod,) = (pod for pod in pods(folder) if pod.name == name)
    ports = {port["name"]: port["containerPort"] for port in pod.container.get("ports", ())}
    return Peer(pod.labels, ports=ports)


def outside(address: str) -> Peer:
    return Peer(namespace="", address=address)


def elsewhere(namespace: str) -> Peer:
    return Peer({"app": "whatever"}, namespace=namespace)


def selects(selector: Resource, labels: dict[str, str]) -> bool:
    assert selector.keys() <= {"matchLabels"}
    return bool(selector.get("matchLabels", {}).items() <= labels.items())


def policies(folder: str, peer: Peer, direction: str) -> Iterator[Resource]:
    for one in render(folder):
        if one["kind"] == "NetworkPolicy" and peer.namespace == HERE:
            spec = one["spec"]
            if direction in spec["policyTypes"] and selects(spec["podSelector"], peer.labels):
                yield spec


def is_peer(rule: Resource, other: Peer) -> bool:
    if "ipBlock" in rule:
        if not other.address:
            return False
        address, block = ipaddress.ip_address(other.address), rule["ipBlock"]
        inside, *but = [
            address.version == network.version and address in network
            for network in map(ipaddress.ip_network, (block["cidr"], *block.get("except", ())))
        ]
        return inside and not any(but)
    if other.address:
        return False
    if "namespaceSelector" in rule:
        inside = selects(rule["namespaceSelector"], {"kubernetes.io/metadata.name": other.namespace})
    else:
        inside = other.namespace == HERE
    return inside and selects(rule.get("podSelector", {}), other.labels)


def is_port(rule: Resource, port: int, owner: Peer) -> bool:
    wanted = owner.ports.get(rule["port"]) if isinstance(rule["port"], str) else rule["port"]
    return wanted is not None and wanted <= port <= rule.get("endPort", wanted)


def passes(folder: str, source: Peer, target: Peer, port: int) -> bool:
    """Whether both ends allow it. Whom no policy selects is free."""
    for peer, other, direction, key in (
        (source, target, "Egress", "to"),
        (target, source, "Ingress", "from"),
    ):
        found = list(policies(folder, peer, direction))
        rules = [rule for spec in found for rule in spec.get(direction.lower(), ())]
        allowed = any(
            (key not in rule or any(is_peer(each, other) for each in rule[key]))
            and ("ports" not in rule or any(is_port(each, port, target) for each in rule["ports"]))
            for rule in rules
        )
        if found and not allowed:
            return False
    return True


GOOGLE = outside("142.250.1.95")
EVERYBODY = ("api", "predictor", "worker-train", "worker-profile", "init", "fetcher")


@pytest.mark.parametrize("folder", FOLDERS)
def test_everything_is_closed_that_is_not_opened(folder: str) -> None:
    for pod in pods(folder):
        for direction in ("Ingress", "Egress"):
            assert list(policies(folder, Peer(pod.labels), direction)), pod.name


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_pod_finds_names_and_its_back_ends(folder: str) -> None:
    broker = {"overlays/local": "rabbitmq", "overlays/gke": "nobrains-rabbitmq"}.get(folder)
    for name in EVERYBODY:
        pod = named(folder, name)
        assert passes(folder, pod, elsewhere("kube-system"), 53)
        assert passes(folder, pod, named(folder, broker) if broker else GOOGLE, 5672 if broker else 5671)
        assert passes(folder, pod, GOOGLE, 443) == (folder != "overlays/local" or name == "fetcher")
        assert passes(folder, pod, GOOGLE, 80) == (name == "fetcher")
        assert passes(folder, pod, GOOGLE, 5672) == (name == "fetcher")
    if folder == "overlays/local":
        assert passes(folder, named(folder, "api"), named(folder, "bigtable"), 8086)
        assert passes(folder, named(folder, "worker-train"), named(folder, "gcs"), 4443)
    if folder == "overlays/gke":  # Whose tokens come from the node.
        assert passes(folder, named(folder, "api"), outside("169.254.169.254"), 80)


@pytest.mark.parametrize("folder", FOLDERS)
def test_who_may_ask_api_and_predictor(folder: str) -> None:
    api, predictor = named(folder, "api"), named(folder, "predictor")
    assert passes(folder, api, predictor, 8001)
    assert not passes(folder, predictor, api, 8000)
    front = outside("35.191.0.7") if folder == "overlays/gke" else elsewhere("ingress-nginx")
    assert passes(folder, front, api, 8000)
    assert passes(folder, front, predictor, 8001) == (folder != "overlays/gke")
    for name in ("worker-train", "worker-profile", "init", "fetcher"):
        assert not passes(folder, named(folder, name), api, 8000)
        assert not passes(folder, named(folder, name), predictor, 8001)
    for stranger in (elsewhere("default"), outside("203.0.113.9"), Peer({"app": "stranger"})):
        for name in EVERYBODY:
            for port in (8000, 8001, 9000):
                assert not passes(folder, stranger, named(folder, name), port)


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_fetcher_alone_reaches_the_public_network_and_nobody_inside(folder: str) -> None:
    fetcher = named(folder, "fetcher")
    for address in ("142.250.1.95", "2606:4700::1111"):
        for port in (80, 443, 8443):
            assert passes(folder, fetcher, outside(address), port)
            if port != 443:
                assert not passes(folder, named(folder, "worker-train"), outside(address), port)
        assert not passes(folder, fetcher, outside(address), 22)
    for address in ("10.0.0.7", "192.168.1.1", "172.16.0.1", "100.64.0.1", "169.254.169.254", "fd00::1", "fe80::1"):
        assert not passes(folder, fetcher, outside(address), 8080) or folder == "overlays/gke"
        assert not passes(folder, fetcher, outside(address), 8443)


def test_monitoring_may_ask_everybody_for_numbers_and_nothing_else() -> None:
    folder = "overlays/gke"
    for name, port in (("api", 8000), ("predictor", 8001), ("worker-train", 9000), ("fetcher", 9000)):
        assert passes(folder, elsewhere("monitoring"), named(folder, name), port)
    assert not passes(folder, elsewhere("monitoring"), named(folder, "worker-train"), 22)
    assert not passes(folder, elsewhere("monitoring"), named(folder, "nobrains-rabbitmq"), 5672)


def test_the_broker_is_for_the_service_keda_and_its_operator() -> None:
    folder = "overlays/gke"
    broker = named(folder, "nobrains-rabbitmq")
    assert passes(folder, elsewhere("keda"), broker, 5672)
    assert passes(folder, elsewhere("rabbitmq-system"), broker, 15672)
    for port in (4369, 25672, 35680):
        assert passes(folder, broker, broker, port)
    assert passes(folder, broker, outside("10.0.0.1"), 443)
    assert not passes(folder, broker, GOOGLE, 80)
    assert not passes(folder, elsewhere("default"), broker, 5672)
    assert not passes(folder, named(folder, "api"), broker, 15672)
