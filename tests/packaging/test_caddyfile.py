"""The proxy of the containers: a real Caddy takes its file, and it knows every path of the service."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from starlette.routing import Mount, Route

from backend.app import create_app
from backend.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "Caddyfile").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "behind-a-proxy.md").read_text(encoding="utf-8")
# What watches the service asks it directly, and `/` is the dashboard's.
NOT_PASSED_ON = {"", "metrics"}


@pytest.mark.parametrize(("text", "matchers"), [(TEXT, 1), (GUIDE, 2)])
def test_every_path_of_the_service_is_passed_on_to_it(text: str, matchers: int, tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path, database_url=None, _env_file=None))
    paths = [route.path for route in app.routes if isinstance(route, Mount | Route)]
    names = {path.split("/")[1] for path in paths} - NOT_PASSED_ON
    found = re.findall(r"/\((v1\|[^)]+)\)", text)
    assert len(found) == matchers
    for matcher in found:
        assert set(matcher.replace("\\.", ".").split("|")) == names


@pytest.mark.parametrize("url", ["https://rank.example.org", "https://localhost"])
def test_caddy_takes_it(url: str, tmp_path: Path) -> None:
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("no caddy on PATH: install it with your system's package manager")
    command = [program, "validate", "--adapter", "caddyfile", "--config", str(ROOT / "Caddyfile")]
    environment = {**os.environ, "PUBLIC_URL": url, "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    # Written as Caddy itself would write it; else it says so in its log.
    assert "not formatted" not in done.stderr


def test_what_it_takes_of_a_body_is_what_the_service_takes() -> None:
    assert Settings.model_fields["max_checkpoint_bytes"].default == 2 * 1024**3
    assert "max_size 2GiB" in TEXT
