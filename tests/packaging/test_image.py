"""The image is really built and started, as docker-compose.yml starts it; skipped where no Docker daemon answers."""

import re
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.browser.conftest import free_port
from tests.packaging.docker import Docker, base_image, daemon

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 600.0
# As the parts have it in docker-compose.yml.
RIGHTS = (
    "--init", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true",
    "--memory", "4g",
)  # fmt: skip


@dataclass(frozen=True)
class Image:
    """What was built.

    Attributes:
        docker: whose daemon has it.
        name: its own.
    """

    docker: Docker
    name: str

    @contextmanager
    def running(self, port: int, path: str, *words: str, **environment: str) -> Iterator[tuple[str, httpx.Client]]:
        """A container of it, once it answers; gives its name and a client.

        Args:
            port: of this machine, on which it listens.
            path: which answers once it is up.
            words: its command.
            environment: what it is set to.
        """
        docker, name = self.docker, f"wellbehaved-{uuid.uuid4().hex[:12]}"
        given = {"WELLBEHAVED_HOST": "127.0.0.1", **environment}
        settings = [word for key, value in given.items() for word in ("--env", f"{key}={value}")]
        docker.ok("run", "--detach", "--network", "host", "--name", name, *RIGHTS, *settings, self.name, *words)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                self._await(client, path, name)
                yield name, client
        finally:
            docker.ok("rm", "--force", "--volumes", name)

    def _await(self, client: httpx.Client, path: str, name: str) -> None:
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                if client.get(path).is_success:
                    return
            except httpx.TransportError:
                pass
            if self.docker.ok("inspect", "--format", "{{.State.Running}}", name) != "true":
                done = self.docker("logs", name)
                pytest.fail(f"the container ended:\n{done.stdout}{done.stderr}")
            assert time.monotonic() < deadline, f"{path} did not answer"
            time.sleep(0.2)


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """The image of this checkout."""
    default = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert default
    # The path of a socket may be about a hundred letters long, and pytest's folders are nearly that.
    with tempfile.TemporaryDirectory(prefix="wb-docker-") as folder, daemon(Path(folder)) as docker:
        base = base_image(docker, Path(folder), default[1])
        name = f"wellbehaved-test:{uuid.uuid4().hex[:12]}"
        docker.ok("build", "--network", "host", "--build-arg", f"PYTHON_IMAGE={base}", "--tag", name, str(ROOT))
        try:
            yield Image(docker, name)
        finally:
            docker.ok("image", "rm", name)


def test_the_service_starts_on_an_empty_volume(image: Image) -> None:
    port = free_port()
    with image.running(port, "/v1/ready", "serve", WELLBEHAVED_PORT=str(port)) as (name, client):
        assert client.get("/v1/rankings?limit=1").json()["total"] > 300
        # The guide was built with it, and the type of a problem leads into it.
        problem = client.get("/v1/models/nobody").json()
        opened = client.get(problem["type"], follow_redirects=True)
        assert (opened.status_code, opened.url.path) == (200, "/guide/reference/problems.html")
        assert image.docker.ok("exec", name, "id", "-u") == "10001"
        assert image.docker("exec", name, "touch", "/opt/wellbehaved/mine").returncode != 0
        kept = image.docker.ok("exec", name, "stat", "--format", "%a %n", "/data", "/data/token").splitlines()
        assert kept == ["700 /data", "600 /data/token"]
        # What writes the guide has stayed behind.
        found = image.docker("exec", name, "python", "-c", "import mkdocs")
        assert "ModuleNotFoundError" in found.stderr


def test_the_dashboard_starts_without_a_store(image: Image) -> None:
    port = free_port()
    settings = {"WELLBEHAVED_DASHBOARD_PORT": str(port), "WELLBEHAVED_API_URL": "http://127.0.0.1:9"}
    with image.running(port, "/_stcore/health", "dashboard", **settings) as (_, client):
        assert "<title>" in client.get("/", headers={"accept": "text/html"}).text
