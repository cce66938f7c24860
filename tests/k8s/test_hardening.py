"""What a pod may do: the restricted Pod Security Standard, and less."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.images.buildah import ROOT
from tests.k8s.kustomize import FOLDERS, K8S, Pod, every_pod, find, our_pods, size_bytes, text_of


@pytest.mark.parametrize("pod", every_pod())
def test_the_restricted_standard_is_kept(pod: Pod) -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/, field by field."""
    assert not {"hostNetwork", "hostPID", "hostIPC", "hostUsers"} & pod.spec.keys()
    assert pod.spec["securityContext"]["runAsNonRoot"] is True
    assert pod.spec["securityContext"]["runAsUser"] > 0
    assert pod.spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod.container["securityContext"]["allowPrivilegeEscalation"] is False
    assert pod.container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert "hostPort" not in str(pod.container.get("ports"))
    for volume in pod.spec.get("volumes", ()):
        assert volume.keys() <= {"name", "emptyDir"}
        assert volume["emptyDir"]["sizeLimit"]


@pytest.mark.parametrize("pod", every_pod())
def test_no_pod_has_a_token_or_takes_more_than_it_said(pod: Pod) -> None:
    assert pod.spec["automountServiceAccountToken"] is False
    assert pod.spec["enableServiceLinks"] is False
    resources = pod.container["resources"]
    assert resources["requests"].keys() >= {"cpu", "memory"}
    assert resources["limits"]["memory"]
    assert "command" not in pod.container or not pod.is_ours


@pytest.mark.parametrize("pod", our_pods())
def test_ours_also_have_a_read_only_root_and_the_images_own_user(pod: Pod) -> None:
    assert pod.container["securityContext"]["readOnlyRootFilesystem"] is True
    dockerfile = (ROOT / f"Dockerfile.{pod.image.removeprefix('nobrains-')}").read_text()
    assert f"USER {pod.spec['securityContext']['runAsUser']}:" in dockerfile
    assert {mount["mountPath"] for mount in pod.container["volumeMounts"]} == {"/tmp"}
    account = find(pod.folder, "ServiceAccount", pod.spec["serviceAccountName"])
    assert account["automountServiceAccountToken"] is False
    assert (account["metadata"]["name"] == "nobrains-init") == (pod.role == "init")
    (volume,) = pod.spec["volumes"]
    if limit := pod.container["resources"]["limits"].get("ephemeral-storage"):
        assert size_bytes(volume["emptyDir"]["sizeLimit"]) < size_bytes(limit)


@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if folder != "base"])
def test_the_namespace_enforces_it(folder: str) -> None:
    labels = find(folder, "Namespace", "nobrains")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("pod", our_pods())
def test_who_waits_comes_before_trainings(pod: Pod) -> None:
    interactive = find(pod.folder, "PriorityClass", "nobrains-interactive")
    training = find(pod.folder, "PriorityClass", "nobrains-training")
    assert interactive["value"] > training["value"] > 0
    assert training["preemptionPolicy"] == "Never"
    if pod.role != "init":
        expected = "nobrains-training" if pod.name == "worker-train" else "nobrains-interactive"
        assert pod.spec["priorityClassName"] == expected


@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if folder != "base"])
def test_checkov_has_nothing_to_say(folder: str, tmp_path: Path) -> None:
    """Exceptions, each with its reason, are in k8s/checkov.yaml and in annotations."""
    program = shutil.which("checkov", path=f"{ROOT / '.venv' / 'checkov' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        pytest.skip("no checkov: `make .venv/checkov/ready` installs it")
    rendered = tmp_path / "rendered.yaml"
    rendered.write_text(text_of(folder))
    options = ("--config-file", str(K8S / "checkov.yaml"), "--framework", "kubernetes", "--quiet", "--compact")
    done = subprocess.run(
        [program, *options, "--skip-download", "--file", str(rendered)], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
