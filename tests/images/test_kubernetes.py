"""k8s/base as it renders, against the program and against itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from core.settings import MIB
from tests.images.buildah import ROOT
from tests.images.commands import check_command, check_settings

Resource = dict[str, Any]
DEPLOYMENTS = ("api", "predictor", "worker-train", "worker-profile")
PODS = (*DEPLOYMENTS, "init")
UNITS = {"Mi": MIB, "Gi": 1024 * MIB}


@pytest.fixture(scope="module")
def resources() -> dict[tuple[str, str], Resource]:
    """What kustomize makes of the base, by kind and name without its hash."""
    for command in (["kustomize", "build"], ["kubectl", "kustomize"]):
        if shutil.which(command[0]):
            text = subprocess.run([*command, str(ROOT / "k8s" / "base")], check=True, capture_output=True).stdout
            found = list(yaml.safe_load_all(text))
            return {(one["kind"], re.sub("-[a-z0-9]{10}$", "", one["metadata"]["name"])): one for one in found}
    pytest.skip("neither kustomize nor kubectl is installed")


def workload(resources: dict[tuple[str, str], Resource], name: str) -> Resource:
    spec: Resource = resources["Job" if name == "init" else "Deployment", name]["spec"]
    return spec


def container(spec: Resource) -> Resource:
    (only,) = spec["template"]["spec"]["containers"]
    assert isinstance(only, dict)
    return only


def ports(one: Resource) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for port in one.get("ports", ())}


def probes(one: Resource) -> Iterator[Resource]:
    return (probe["httpGet"] for name, probe in one.items() if name.endswith("Probe"))


def test_nothing_is_missing(resources: dict[tuple[str, str], Resource]) -> None:
    kinds = {("Deployment", name) for name in DEPLOYMENTS} | {("Service", name) for name in ("api", "predictor")}
    rest = {(kind, "nobrains") for kind in ("ConfigMap", "Ingress", "ServiceAccount")} | {("Job", "init")}
    assert set(resources) == kinds | rest


@pytest.mark.parametrize("name", PODS)
def test_the_program_takes_command_and_settings(resources: dict[tuple[str, str], Resource], name: str) -> None:
    one = container(workload(resources, name))
    check_command(one["args"])
    (source,) = one["envFrom"]
    shared = resources["ConfigMap", "nobrains"]
    assert source["configMapRef"]["name"] == shared["metadata"]["name"]
    own = {variable["name"]: variable.get("value", "") for variable in one["env"]}
    settings = check_settings(shared["data"] | own)
    assert (settings.tables, settings.blobs, settings.queue) == ("bigtable", "gcs", "rabbitmq")
    (broker,) = (variable for variable in one["env"] if variable["name"] == "NOBRAINS_RABBITMQ_URL")
    assert broker["valueFrom"]["secretKeyRef"]
    if "NOBRAINS_MEMORY_LIMIT_MIB" in own:
        number, unit = one["resources"]["limits"]["memory"][:-2], one["resources"]["limits"]["memory"][-2:]
        assert settings.memory_limit_mib * MIB < int(number) * UNITS[unit]


@pytest.mark.parametrize("name", PODS)
def test_no_pod_has_rights_or_a_writable_root(resources: dict[tuple[str, str], Resource], name: str) -> None:
    spec = workload(resources, name)["template"]["spec"]
    one = container(workload(resources, name))
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert f"USER {spec['securityContext']['runAsUser']}:" in (ROOT / f"Dockerfile.{image(one)}").read_text()
    assert spec["automountServiceAccountToken"] is False
    assert ("ServiceAccount", spec["serviceAccountName"]) in resources
    assert one["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert {mount["name"]: mount["mountPath"] for mount in one["volumeMounts"]} == {"tmp": "/tmp"}
    assert [volume["name"] for volume in spec["volumes"]] == ["tmp"]
    assert one["resources"]["requests"]
    assert one["resources"]["limits"]["memory"]


def image(one: Resource) -> str:
    name, _, tag = one["image"].partition(":")
    assert tag
    return str(name).removeprefix("nobrains-")


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_deployment_finds_its_pods(resources: dict[tuple[str, str], Resource], name: str) -> None:
    spec = workload(resources, name)
    assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()


@pytest.mark.parametrize("name", ["api", "predictor"])
def test_service_leads_to_a_port_that_is_listened_to(resources: dict[tuple[str, str], Resource], name: str) -> None:
    spec, service = workload(resources, name), resources["Service", name]["spec"]
    one = container(spec)
    assert service["selector"].items() <= spec["template"]["metadata"]["labels"].items()
    (port,) = service["ports"]
    assert ports(one)[port["targetPort"]] == int(one["args"][one["args"].index("--port") + 1])
    assert {probe["path"] for probe in probes(one)} == {"/healthz", "/readyz"}
    assert all(probe["port"] in ports(one) for probe in probes(one))
    matching = [
        other for other in DEPLOYMENTS
        if service["selector"].items() <= workload(resources, other)["template"]["metadata"]["labels"].items()
    ]  # fmt: skip
    assert matching == [name]


def test_predictor_is_where_the_api_looks_for_it(resources: dict[tuple[str, str], Resource]) -> None:
    (port,) = resources["Service", "predictor"]["spec"]["ports"]
    one = container(workload(resources, "api"))
    assert {"name": "NOBRAINS_PREDICTOR_URL", "value": f"http://predictor:{port['port']}"} in one["env"]


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/", "api"),
        ("/api/v1/jobs", "api"),
        ("/api/v1/models/mdl_1", "api"),
        ("/api/v1/models/mdl_1/predictions", "api"),
        ("/api/v1/models/mdl_1/predict", "predictor"),
    ],
)
def test_ingress_routes_predictions_to_the_predictor(
    resources: dict[tuple[str, str], Resource], path: str, service: str
) -> None:
    (rule,) = resources["Ingress", "nobrains"]["spec"]["rules"]
    # As nginx does: the longest pattern first.
    patterns = sorted(rule["http"]["paths"], key=lambda each: -len(each["path"]))
    first = next(each for each in patterns if re.match(each["path"], path))
    backend = first["backend"]["service"]
    assert backend["name"] == service
    assert backend["port"]["name"] in {port["name"] for port in resources["Service", service]["spec"]["ports"]}
