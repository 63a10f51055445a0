"""The parts in containers: who waits for whom, what is reachable from where, and no secret that everybody knows."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from typer.main import get_group

from backend.settings import Settings
from wellbehaved.cli import app

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: part for name, part in SERVICES.items() if "build" in part}
DEFAULTS = {name: field.default for name, field in Settings.model_fields.items()}
HELD = re.compile(r"\$\{([A-Z_]+):\?[^}]+\}")


def test_the_parts() -> None:
    assert list(SERVICES) == ["database", "migrate", "api", "dashboard", "worker", "proxy", "gpu-worker"]
    assert list(OURS) == ["migrate", "api", "dashboard", "worker", "gpu-worker"]


@pytest.mark.parametrize("part", OURS)
def test_every_command_exists_in_the_command_line(part: str) -> None:
    (command,) = OURS[part]["command"]
    assert command in get_group(app).commands


@pytest.mark.parametrize("part", OURS)
def test_every_setting_is_known(part: str) -> None:
    names = OURS[part]["environment"]
    assert {name.removeprefix("WELLBEHAVED_").lower() for name in names} <= set(Settings.model_fields)
    assert all(name.startswith("WELLBEHAVED_") for name in names)


@pytest.mark.parametrize("part", SERVICES)
def test_images_are_ours_or_pinned(part: str) -> None:
    image = SERVICES[part]["image"]
    if part in OURS:
        assert image == "wellbehaved:local"
        assert OURS[part]["build"]["context"] == "."
        text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
        assert [name for name in OURS[part]["build"]["args"] if f"ARG {name}=" not in text] == []
        # Where nobody pins it, Compose builds from the same image as the Dockerfile by itself.
        _, python = named_image(OURS[part]["build"]["args"]["PYTHON_IMAGE"])
        assert f"ARG PYTHON_IMAGE={python}\n" in text
    else:
        variable, named = named_image(image)
        assert variable.endswith("_IMAGE")
        assert re.fullmatch(r"(postgres|caddy):\d+(\.\d+)?-[a-z0-9.]+", named)


def named_image(text: str) -> tuple[str, str]:
    """The variable that pins an image, and the image where it is not set."""
    found = re.fullmatch(r"\$\{([A-Z_]+):-([^}]+)\}", text)
    assert found, text
    return found[1], found[2]


def test_every_image_of_others_is_pinned_by_one_command() -> None:
    # What `make digests` looks for.
    found = set(re.findall(r"([A-Z]+_IMAGE):-", TEXT))
    assert found == {"PYTHON_IMAGE", "POSTGRES_IMAGE", "CADDY_IMAGE"}
    assert "grep -ohE '[A-Z]+_IMAGE:-[^}]+' docker-compose.yml" in (ROOT / "Makefile").read_text(
        encoding="utf-8"
    ).replace("$$", "$")


@pytest.mark.parametrize("part", SERVICES)
def test_no_part_writes_outside_its_volumes_or_takes_the_whole_machine(part: str) -> None:
    body = SERVICES[part]
    assert body["read_only"] is True
    assert body["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"\d+[mg]|\$\{[A-Z]+_MEMORY:-\d+g\}", body["mem_limit"])
    assert body["memswap_limit"] == body["mem_limit"]
    if part in OURS:
        assert body["tmpfs"] == ["/tmp"]


@pytest.mark.parametrize("part", OURS)
def test_our_parts_have_no_rights_to_spare(part: str) -> None:
    assert OURS[part]["cap_drop"] == ["ALL"]
    assert OURS[part]["security_opt"] == ["no-new-privileges:true"]
    assert not OURS[part].get("privileged")


def test_each_part_waits_for_what_it_needs() -> None:
    waits = {
        part: {other: how["condition"] for other, how in body.get("depends_on", {}).items()}
        for part, body in SERVICES.items()
    }
    assert waits == {
        "database": {},
        "migrate": {"database": "service_healthy"},
        "api": {"migrate": "service_completed_successfully", "database": "service_healthy"},
        "dashboard": {"api": "service_healthy"},
        "proxy": {"api": "service_healthy", "dashboard": "service_healthy"},
        "worker": {"migrate": "service_completed_successfully", "database": "service_healthy"},
        "gpu-worker": {"migrate": "service_completed_successfully", "database": "service_healthy"},
    }
    # Something that is waited for to be healthy must be able to tell; our image can by itself.
    assert "pg_isready" in SERVICES["database"]["healthcheck"]["test"]
    assert "healthcheck" not in SERVICES["api"]
    assert SERVICES["migrate"]["restart"] == "no"


def test_only_service_and_dashboard_are_reachable_and_only_from_this_machine() -> None:
    ports = {part: body["ports"] for part, body in SERVICES.items() if "ports" in body}
    assert ports == {
        "api": [f"127.0.0.1:{DEFAULTS['port']}:{DEFAULTS['port']}"],
        "dashboard": [f"127.0.0.1:{DEFAULTS['dashboard_port']}:{DEFAULTS['dashboard_port']}"],
        # Where it is asked for, in front of both.
        "proxy": ["80:80", "443:443"],
    }
    assert SERVICES["proxy"]["profiles"] == ["proxy"]
    assert not any("network_mode" in body for body in SERVICES.values())


def test_workers_start_when_asked_for_and_any_number_of_them_can() -> None:
    workers = {part: SERVICES[part] for part in ("worker", "gpu-worker")}
    assert {part: body["profiles"] for part, body in workers.items()} == {"worker": ["worker"], "gpu-worker": ["gpu"]}
    for body in workers.values():
        # A fixed name or port could be had once only.
        assert not {"container_name", "ports", "hostname"} & set(body)
        # Checkpoints and finished steps lie where the service puts them, and where the next worker finds them.
        assert body["volumes"] == SERVICES["api"]["volumes"]
        assert body["restart"] == "always"
    (device,) = workers["gpu-worker"]["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]


def test_no_password_works_that_nobody_chose() -> None:
    assert set(HELD.findall(TEXT)) == {"POSTGRES_PASSWORD"}
    # Every place that a password can stand in is held by a variable that compose refuses to do without.
    assert HELD.fullmatch(SERVICES["database"]["environment"]["POSTGRES_PASSWORD"])
    for part in ("migrate", "api"):
        _, _, after = OURS[part]["environment"]["WELLBEHAVED_DATABASE_URL"].partition("//wellbehaved:")
        assert HELD.match(after)
    assert "trust" not in TEXT
    assert "TOKEN" not in TEXT


def test_the_database_is_found_under_its_name() -> None:
    database = SERVICES["database"]["environment"]
    for part in ("migrate", "api"):
        written = HELD.sub("chosen", OURS[part]["environment"]["WELLBEHAVED_DATABASE_URL"])
        settings = Settings(database_url=SecretStr(written), _env_file=None)
        url = make_url(settings.resolved_database_url)
        assert url.drivername == "postgresql+psycopg"
        assert url.host in SERVICES
        assert (url.username, url.database) == (database["POSTGRES_USER"], database["POSTGRES_DB"])
        assert url.password == "chosen"


def test_the_dashboard_calls_the_service_and_tells_its_own_health() -> None:
    assert OURS["dashboard"]["environment"]["WELLBEHAVED_API_URL"] == f"http://api:{DEFAULTS['port']}"
    kind, *command = OURS["dashboard"]["healthcheck"]["test"]
    assert (kind, command[:2]) == ("CMD", ["python", "-c"])
    compile(command[2], "healthcheck", "exec")
    assert f"http://127.0.0.1:{DEFAULTS['dashboard_port']}/_stcore/health" in command[2]


def test_what_is_kept_lies_in_volumes() -> None:
    used = {volume.partition(":")[0] for body in SERVICES.values() for volume in body.get("volumes", ())}
    # A file of the checkout, which is only read.
    assert "./Caddyfile:/etc/caddy/Caddyfile:ro" in SERVICES["proxy"]["volumes"]
    assert used - {"./Caddyfile"} == set(COMPOSE["volumes"])
    assert f"VOLUME {OURS['api']['volumes'][0].partition(':')[2]}\n" in (ROOT / "Dockerfile").read_text(
        encoding="utf-8"
    )


def test_pages_and_service_know_the_address_that_the_proxy_has() -> None:
    assert SERVICES["proxy"]["environment"]["PUBLIC_URL"] == "${PUBLIC_URL:-https://localhost}"
    for part, name in (("dashboard", "API"), ("dashboard", "DASHBOARD"), ("api", "DASHBOARD")):
        assert OURS[part]["environment"][f"WELLBEHAVED_PUBLIC_{name}_URL"].startswith("${PUBLIC_URL:-http://127.0.0.1:")
