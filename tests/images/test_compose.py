"""docker-compose.yml against the program: its settings, its commands, and the ports that it listens on."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.images.buildah import ROOT
from tests.images.commands import check_command, check_settings

SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("nobrains-")}


def test_every_role_is_there() -> None:
    assert set(OURS) == {"api", "predictor", "worker-train", "worker-profile", "fetcher", "init"}


@pytest.mark.parametrize("name", OURS)
def test_role(name: str) -> None:
    service = OURS[name]
    check_command(service["command"])
    settings = check_settings(service["environment"])
    assert (settings.tables, settings.blobs, settings.queue) == ("bigtable", "gcs", "rabbitmq")
    dockerfile = ROOT / service["build"]["context"] / service["build"]["dockerfile"]
    assert f'image.title="{service["image"]}"' in dockerfile.read_text()
    assert service["read_only"]
    assert "/tmp" in service["tmpfs"]


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_can_come(name: str) -> None:
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        if wait["condition"] == "service_healthy":
            assert "test" in SERVICES[other]["healthcheck"]
        else:
            assert other == "init"
            assert wait["condition"] == "service_completed_successfully"


def test_addresses_name_services() -> None:
    environ = OURS["api"]["environment"]
    addresses = [environ["NOBRAINS_RABBITMQ_URL"], environ["NOBRAINS_PREDICTOR_URL"]]
    addresses += [environ["STORAGE_EMULATOR_HOST"], "//" + environ["BIGTABLE_EMULATOR_HOST"]]
    assert {urlsplit(address).hostname for address in addresses} <= set(SERVICES)
