"""What the manifests ask of the program: commands, settings, ports, paths, probes, queues."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from flask import Flask

from api.app import Role, create_app
from backends.factory import create_backends
from core.ports import TRAIN_QUEUE, URGENT
from core.service import Service
from core.settings import SETTINGS, Settings
from tests.images.commands import check_command, check_settings
from tests.k8s.kustomize import FOLDERS, Pod, Resource, find, our_pods, render
from worker.resource_limits import MACHINE_SHARE

GOOGLES = {"BIGTABLE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "GOOGLE_CLOUD_PROJECT"}
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
GUNICORN_S = 20
LEASE_S = next(setting.default for setting in SETTINGS if setting.name == "lease_s")


def port_of(pod: Pod, option: str) -> int:
    arguments = pod.container["args"]
    return int(arguments[arguments.index(option) + 1])


@pytest.mark.parametrize("pod", our_pods())
def test_the_program_takes_command_and_settings(pod: Pod) -> None:
    check_command(pod.container["args"])
    settings = check_settings(pod.environ())
    assert (settings.tables, settings.blobs, settings.queue) == ("bigtable", "gcs", "rabbitmq")
    assert {name for name in pod.environ() if not name.startswith("NOBRAINS_")} <= GOOGLES
    secrets = [v["name"] for v in pod.container["env"] if "secretKeyRef" in v.get("valueFrom", {})]
    of_users = ["NOBRAINS_SECRET_KEY", "NOBRAINS_SMTP_URL"] if pod.role in ("api", "fetcher") else []
    assert secrets == [*of_users, "NOBRAINS_RABBITMQ_URL"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_setting_that_is_named_is_one(folder: str) -> None:
    data = find(folder, "ConfigMap", "nobrains")["data"]
    check_settings(data)
    assert not [name for name in data if "PASSWORD" in name or "SECRET" in name or name == "NOBRAINS_RABBITMQ_URL"]


@pytest.mark.parametrize("pod", our_pods())
def test_threads_are_cpus_and_the_engine_stays_below_the_pods_memory(pod: Pod) -> None:
    if pod.role == "worker":
        settings = check_settings(pod.environ())
        limits, requests = pod.container["resources"]["limits"], pod.container["resources"]["requests"]
        assert settings.threads == int(limits["cpu"]) == int(requests["cpu"])
        assert limits["memory"] == requests["memory"]
        # Not set, it is a share of what the container has.
        assert settings.memory_limit_mib == 0
        assert MACHINE_SHARE <= 0.8


@pytest.mark.parametrize("pod", our_pods())
def test_who_listens_listens_where_others_look(pod: Pod) -> None:
    ports = {port["name"]: port["containerPort"] for port in pod.container.get("ports", ())}
    if pod.role in ("api", "predictor"):
        assert ports == {"http": port_of(pod, "--port")}
        (of_service,) = find(pod.folder, "Service", pod.name)["spec"]["ports"]
        assert of_service["targetPort"] == "http"
        assert of_service["port"] == ports["http"]
    elif pod.role in ("worker", "fetcher"):
        assert ports == {"metrics": check_settings(pod.environ()).metrics_port}


def test_the_api_looks_for_the_predictor_where_it_is() -> None:
    (port,) = find("base", "Service", "predictor")["spec"]["ports"]
    (api,) = (parameter.values[0] for parameter in our_pods() if parameter.id == "base:api")
    assert api.environ()["NOBRAINS_PREDICTOR_URL"] == f"http://predictor:{port['port']}"


@pytest.mark.parametrize("pod", our_pods())
def test_probes_mean_what_they_should(pod: Pod) -> None:
    probes: dict[str, Resource] = {name: pod.container[name] for name in PROBES if name in pod.container}
    if pod.role == "init":
        assert not probes
    elif pod.role in ("worker", "fetcher"):
        for probe in probes.values():
            program, *command = probe["exec"]["command"]
            assert program == "nobrains"
            check_command(command)
            assert float(command[-1]) > LEASE_S
        assert check_settings(pod.environ()).heartbeat_file.startswith("/tmp/")
        assert set(probes) == set(PROBES)
    else:
        paths = {name: probe["httpGet"]["path"] for name, probe in probes.items()}
        # A back end that is away makes nobody restart anything, nor does it take all pods out at once.
        assert paths == {"startupProbe": "/readyz", "readinessProbe": "/healthz", "livenessProbe": "/healthz"}
        assert {probe["httpGet"]["port"] for probe in probes.values()} == {"http"}


@pytest.mark.parametrize("pod", our_pods())
def test_there_is_time_to_leave(pod: Pod) -> None:
    if pod.role in ("api", "predictor"):
        leaving_s = pod.container["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert leaving_s >= 10
        assert pod.spec["terminationGracePeriodSeconds"] > leaving_s + GUNICORN_S
    elif pod.role in ("worker", "fetcher"):
        assert pod.spec["terminationGracePeriodSeconds"] >= 5 * LEASE_S


@pytest.fixture
def apps(tmp_path: Path) -> Iterator[dict[str, Flask]]:
    settings = Settings({}, data=str(tmp_path / "data"))
    ports = create_backends(settings)
    yield {role: create_app(Service(ports, settings), cast(Role, role)) for role in ("api", "predictor")}
    ports.close()


def test_paths_that_are_named_answer(apps: dict[str, Flask]) -> None:
    scraped = {one["path"] for one in find("overlays/gke", "PodMonitor", "nobrains")["spec"]["podMetricsEndpoints"]}
    checked = {find("overlays/gke", "BackendConfig", "api")["spec"]["healthCheck"]["requestPath"]}
    for parameter in our_pods():
        pod = parameter.values[0]
        if pod.role in apps:
            paths = {pod.container[probe]["httpGet"]["path"] for probe in PROBES} | scraped | checked
            assert {apps[pod.role].test_client().get(path).status_code for path in paths} == {200}


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/", "api"),
        ("/api/v1/jobs", "api"),
        ("/api/v1/models/mdl_1", "api"),
        ("/api/v1/models/mdl_1/predictions", "api"),
        ("/api/v1/models/mdl_1/predict", "predictor"),
        ("/api/v1/endpoints/income", "api"),
        ("/api/v1/endpoints/income/messages", "api"),
        ("/api/v1/endpoints/income/predict", "predictor"),
        ("/v2", "predictor"),
        ("/v2/models/income/infer", "predictor"),
        ("/v1/models/income:predict", "predictor"),
        ("/v1/models", "predictor"),
        ("/serving/income/invocations", "predictor"),
        ("/mlflow/api/2.0/mlflow/registered-models/get", "api"),
        ("/models", "api"),
    ],
)
def test_the_ingress_routes_predictions_to_the_predictor(path: str, service: str) -> None:
    (rule,) = find("base", "Ingress", "nobrains")["spec"]["rules"]
    # As nginx does: the longest pattern first.
    patterns = sorted(rule["http"]["paths"], key=lambda each: -len(each["path"]))
    first = next(each for each in patterns if re.match(each["path"], path))
    assert first["backend"]["service"]["name"] == service


def test_whatever_the_ingress_gives_the_predictor_it_answers(apps: dict[str, Flask]) -> None:
    (rule,) = find("base", "Ingress", "nobrains")["spec"]["rules"]
    routes = [each.rule for each in apps["predictor"].url_map.iter_rules()]
    for path in rule["http"]["paths"]:
        if path["backend"]["service"]["name"] == "predictor":
            assert any(re.match(path["path"], re.sub("<[^>]+>", "x", route)) for route in routes), path


def test_the_predictor_scales_by_a_number_that_it_tells(apps: dict[str, Flask]) -> None:
    metrics = find("overlays/gke", "HorizontalPodAutoscaler", "predictor")["spec"]["metrics"]
    assert [each["type"] for each in metrics] == ["Resource", "Pods"]
    (asked,) = (each["pods"] for each in metrics if each["type"] == "Pods")
    told = apps["predictor"].test_client().get("/metrics").text
    assert f"{asked['metric']['name']} 0.0" in told  # Who asks is no load.
    # Few enough that those who come until another pod is there are answered soon, too: small predictions take turns.
    assert int(asked["target"]["averageValue"]) <= 8


def test_keda_looks_at_the_queues_that_there_are() -> None:
    spec = find("overlays/gke", "ScaledJob", "worker-train")["spec"]
    settings = check_settings(find("overlays/gke", "ConfigMap", "nobrains")["data"])
    watched = {trigger["metadata"]["queueName"] for trigger in spec["triggers"]}
    assert watched == {settings.rabbitmq_prefix + queue for queue in (TRAIN_QUEUE, URGENT[TRAIN_QUEUE])}
    auth = find("overlays/gke", "TriggerAuthentication", "nobrains-rabbitmq")
    (of_keda,) = auth["spec"]["secretTargetRef"]
    (of_pods,) = (
        variable["valueFrom"]["secretKeyRef"]
        for variable in spec["jobTargetRef"]["template"]["spec"]["containers"][0]["env"]
        if variable["name"] == "NOBRAINS_RABBITMQ_URL"
    )
    assert {"name": of_keda["name"], "key": of_keda["key"]} == of_pods


def test_nothing_ends_a_training_that_runs() -> None:
    spec = find("overlays/gke", "ScaledJob", "worker-train")["spec"]
    assert spec["rollout"] == {"strategy": "gradual"}  # What runs goes on to its end.
    assert "activeDeadlineSeconds" not in spec["jobTargetRef"]
    assert spec["scalingStrategy"]["strategy"] == "accurate"  # A message that is being worked on is gone already.
    for folder in FOLDERS:
        for one in render(folder):
            if one["kind"] == "HorizontalPodAutoscaler":
                assert one["spec"]["scaleTargetRef"]["name"] == "predictor"
