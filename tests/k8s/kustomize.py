"""The manifests as kustomize renders them, and the pods in them whatever makes them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import yaml

from core.settings import MIB
from tests.images.buildah import ROOT

K8S = ROOT / "k8s"
FOLDERS = ("base", "overlays/local", "overlays/gke")
OURS = ("nobrains-api", "nobrains-worker")
UNITS = {"Ki": 1024, "Mi": MIB, "Gi": 1024 * MIB}

Resource = dict[str, Any]


@cache
def text_of(folder: str) -> str:
    """What kustomize makes of a folder below k8s/; skips the module where there is no kustomize."""
    for command in (["kustomize", "build"], ["kubectl", "kustomize"]):
        if shutil.which(command[0]):
            done = subprocess.run([*command, str(K8S / folder)], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            return done.stdout
    pytest.skip("neither kustomize nor kubectl is installed", allow_module_level=True)


@cache
def render(folder: str) -> tuple[Resource, ...]:
    # libyaml's loader, as every process that collects tests reads all folders: PyYAML's own takes ten times as long.
    return tuple(yaml.load_all(text_of(folder), yaml.CSafeLoader))


def find(folder: str, kind: str, name: str) -> Resource:
    """The one of that name, without the hash that kustomize may have put behind it. Raises ValueError."""
    (found,) = (
        one
        for one in render(folder)
        if one["kind"] == kind and re.sub("-[a-z0-9]{10}$", "", one["metadata"]["name"]) == name
    )
    return found


@dataclass(frozen=True)
class Pod:
    """The pods of one Deployment, Job or ScaledJob."""

    folder: str
    kind: str
    name: str
    template: Resource

    @property
    def labels(self) -> dict[str, str]:
        labels: dict[str, str] = self.template["metadata"]["labels"]
        return labels

    @property
    def spec(self) -> Resource:
        spec: Resource = self.template["spec"]
        return spec

    @property
    def container(self) -> Resource:
        (only,) = self.spec["containers"]
        assert isinstance(only, dict)
        return only

    @property
    def image(self) -> str:
        """Its name without registry and tag."""
        return str(self.container["image"]).rpartition("/")[2].partition(":")[0]

    @property
    def is_ours(self) -> bool:
        return self.image in OURS

    @property
    def role(self) -> str:
        """The program's command: api, predictor, worker, init."""
        return str(self.container["args"][0])

    def environ(self) -> dict[str, str]:
        """Its variables; those that come from a secret are empty, those of its own resources are resolved."""
        found: dict[str, str] = {}
        for source in self.container.get("envFrom", ()):
            found |= find(self.folder, "ConfigMap", "nobrains")["data"]
            assert source["configMapRef"]["name"] == find(self.folder, "ConfigMap", "nobrains")["metadata"]["name"]
        for variable in self.container.get("env", ()):
            value = variable.get("value", "")
            if resource := variable.get("valueFrom", {}).get("resourceFieldRef"):
                part, _, what = resource["resource"].partition(".")
                value = self.container["resources"][part][what]
            found[variable["name"]] = value
        return found


def pods(folder: str) -> Iterator[Pod]:
    for one in render(folder):
        spec = one.get("spec", {}).get("jobTargetRef") if one["kind"] == "ScaledJob" else one.get("spec")
        if one["kind"] in ("Deployment", "Job", "ScaledJob"):
            assert spec is not None
            yield Pod(folder, one["kind"], one["metadata"]["name"], spec["template"])


def every_pod() -> list[Any]:
    """All of all folders, each as a parameter of a test."""
    return [pytest.param(pod, id=f"{folder}:{pod.name}") for folder in FOLDERS for pod in pods(folder)]


def our_pods() -> list[Any]:
    return [parameter for parameter in every_pod() if parameter.values[0].is_ours]


def size_bytes(quantity: str) -> int:
    return int(quantity[:-2]) * UNITS[quantity[-2:]]
