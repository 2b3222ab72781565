"""The compose files as they are written; what they do when they are up, .ci/run shows with a real engine."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from telesock.client.lab import read_inventory
from telesock.server.config import read_configuration

COMPOSE = Path(__file__).parents[2] / "deploy/compose"


def services(name: str) -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load((COMPOSE / name).read_text())["services"])


def agents() -> dict[str, dict[str, Any]]:
    return {
        name: each
        for name, each in services("lab.yaml").items()
        if "telesock.agent" in each.get("labels", ())
    }


@pytest.mark.parametrize("name", ["compose.yaml", "lab.yaml"])
def test_every_service_writes_nowhere_and_has_no_capability(name: str) -> None:
    for service in services(name).values():
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", ["compose.yaml", "lab.yaml"])
def test_their_networks_lead_nowhere(name: str) -> None:
    networks = yaml.safe_load((COMPOSE / name).read_text())["networks"]

    assert [network["internal"] for network in networks.values()] == [True]


def test_the_labs_file_tells_of_the_agents_that_the_compose_file_makes(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret")
    text = (COMPOSE / "tests/lab.toml").read_text()
    (tmp_path / "lab.toml").write_text(text.replace("/run/telesock/token", str(tmp_path / "token")))

    told = {each.name: each for each in read_inventory(tmp_path / "lab.toml")}

    assert len(told) == 3
    assert {name: each.target for name, each in told.items()} == {
        name: f"{name}:{service['labels']['telesock.agent']}" for name, service in agents().items()
    }
    assert {name: (*each.addresses, each.labels["role"]) for name, each in told.items()} == {
        name: (service["networks"]["lab"]["ipv4_address"], service["labels"]["telesock.role"])
        for name, service in agents().items()
    }
    assert {each.credentials.token for each in told.values()} == {"secret"}


def test_nobody_without_a_token_is_let_in_by_the_labs_agents() -> None:
    for service in agents().values():
        said = [flag.removeprefix("--").partition("=") for flag in service["command"]]
        flags = {name.replace("-", "_"): value for name, _, value in said if name != "limit"}
        read = read_configuration({**flags, "listen": (flags["listen"],)})

        assert (read.authenticates, read.insecure) == (True, False)
