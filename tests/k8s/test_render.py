"""Every folder renders, into what Kubernetes and the operators of its custom resources accept."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest

from tests.k8s.kustomize import FOLDERS, K8S, Resource, find, pods, render

NEWEST = "1.37"
OLDEST = "1.30"  # the first that knows a sleep before SIGTERM
SCHEMAS = Path(__file__).parent / "schemas"
OF_GOOGLE = {"BackendConfig", "FrontendConfig", "ManagedCertificate"}
ROLES = {"api", "predictor", "worker-train", "worker-profile", "fetcher", "init"}


def check(one: Resource, version: str) -> None:
    """Raises the one library's or the other's ValidationError."""
    schema = SCHEMAS / f"{one['kind']}.json"
    if schema.exists():
        jsonschema.validate(one, json.loads(schema.read_text()))
    elif one["kind"] not in OF_GOOGLE:
        kubernetes_validate.validate(one, version, strict=True)


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("folder", FOLDERS)
def test_everything_fits_its_schema(folder: str, version: str) -> None:
    for one in render(folder):
        check(one, version)
    for pod in pods(folder):  # A custom resource's schema does not look into it.
        check({"apiVersion": "v1", "kind": "Pod", **pod.template}, version)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_role_is_there_once(folder: str) -> None:
    assert sorted(pod.name for pod in pods(folder) if pod.is_ours) == sorted(ROLES)
    names = [(one["kind"], one["metadata"]["name"]) for one in render(folder)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_a_pod_names_is_there(folder: str) -> None:
    names = {(one["kind"], one["metadata"]["name"]) for one in render(folder)}
    for pod in pods(folder):
        for kind, field in (("ServiceAccount", "serviceAccountName"), ("PriorityClass", "priorityClassName")):
            assert field not in pod.spec or (kind, pod.spec[field]) in names
        volumes = {volume["name"] for volume in pod.spec.get("volumes", ())}
        assert {mount["name"] for mount in pod.container.get("volumeMounts", ())} == volumes


@pytest.mark.parametrize("folder", FOLDERS)
def test_selectors_find_their_pods_and_no_others(folder: str) -> None:
    for one in render(folder):
        selector = one.get("spec", {}).get("selector", {})
        labels = selector if one["kind"] == "Service" else selector.get("matchLabels", {})
        if one["kind"] in ("Deployment", "Service", "PodDisruptionBudget") and one["metadata"]["name"] in ROLES:
            found = [pod.name for pod in pods(folder) if labels.items() <= pod.labels.items()]
            assert found == [one["metadata"]["name"]]
        if one["kind"] == "Deployment":  # Whose selector can never be changed: no labels that a kustomization adds.
            assert labels.keys() == {"app.kubernetes.io/name"}
    for pod in pods(folder):
        for spread in pod.spec.get("topologySpreadConstraints", ()):
            assert spread["labelSelector"]["matchLabels"].items() <= pod.labels.items()


def test_every_component_is_in_an_overlay() -> None:
    used = "".join(path.read_text() for path in K8S.glob("overlays/*/kustomization.yaml"))
    for component in K8S.glob("components/*"):
        assert f"components/{component.name}\n" in used.replace(" #", "\n#")


def test_a_job_of_keda_is_the_pod_of_the_deployment() -> None:
    (job,) = (pod for pod in pods("overlays/gke") if pod.kind == "ScaledJob")
    (plain,) = (pod for pod in pods("base") if pod.name == job.name)
    for field in ("env", "resources", "securityContext", "volumeMounts", "livenessProbe", "startupProbe"):
        assert job.container[field] == plain.container[field]
    assert job.labels == plain.labels
    assert job.container["args"] == [*plain.container["args"], "--until-idle", "30"]
    assert job.spec["restartPolicy"] == "Never"


def test_the_service_of_each_ingress_listens() -> None:
    for folder in ("base", "overlays/gke"):
        (rule,) = find(folder, "Ingress", "nobrains")["spec"]["rules"]
        for path in rule["http"]["paths"]:
            service = path["backend"]["service"]
            ports = find(folder, "Service", service["name"])["spec"]["ports"]
            assert service["port"]["name"] in {port["name"] for port in ports}
