"""The wheel: what is in it, and that it works in an empty environment, without the checkout and without torch."""

import email
import json
import os
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.wheel

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60.0
NEEDED = (
    "backend/imports/model_facts.csv",
    "evaluation/models/study/study_loaders.csv",
    "backend/imports/published_scores.csv",
    "backend/imports/study_without_loader.csv",
    "dashboard/address.js",
    "dashboard/app.py",
    "dashboard/connection.js",
    "dashboard/components/phone.css",
    "dashboard/components/phone_bar.js",
    "dashboard/glossary.md",
    "dashboard/components/ranking/table.css",
    "dashboard/components/ranking/table.js",
    "backend/decision_record/record.html.jinja",
    "migrations/env.py",
    "migrations/script.py.mako",
    "wellbehaved/gate.html.jinja",
    "wellbehaved/gate.md.jinja",
    "wellbehaved/py.typed",
)
OF_EXTRAS = (
    "fastapi",
    "sqlalchemy",
    "streamlit",
    "plotly",
    "pyarrow",
    "scipy",
    "jaxtyping",
    "pydantic_settings",
    "torch",
)
# Pages of the documentation, which `make docs` builds.
GUIDE = "backend/guide/"
FOREIGN = ("torch", "timm", "torchvision", "pytest", "ruff", "playwright")

Call = Callable[..., str]


def run(*words: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command with nothing of this checkout or of a person's settings in its environment."""
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True, text=True, cwd=cwd, env=without_settings(**environment), timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, f"{words} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def without_settings(**values: str) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("WELLBEHAVED_", "PYTHON", "COV_"))
    }
    return kept | values


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout with the build backend that is installed here."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def binaries(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds the wheel with service and dashboard, and nothing else."""
    return installed(f"{wheel}[server,dashboard]", tmp_path_factory.mktemp("environment"))


@pytest.fixture(scope="module")
def light(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds the client and what it needs."""
    return installed(str(wheel), tmp_path_factory.mktemp("light"))


def installed(wheel: str, folder: Path) -> Path:
    """Install a wheel, with extras or without, into an environment of its own; the folder of its programs."""
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    # This environment's pip installs into the other, whose own would have to be unpacked first.
    pip = (sys.executable, "-m", "pip", "--python", folder / "venv" / "bin" / "python")
    constraints = ("--constraint", ROOT / "constraints.txt")
    run(*pip, "install", "--quiet", "--no-compile", "--disable-pip-version-check", *constraints, wheel, cwd=folder)
    return folder / "venv" / "bin"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder that has nothing to do with the checkout."""
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def program(binaries: Path, elsewhere: Path) -> Call:
    """Run the installed program on a store in that folder."""
    return lambda *words: run(
        binaries / "wellbehaved", *words, cwd=elsewhere, WELLBEHAVED_DATA_DIR=str(elsewhere / "data")
    )


@pytest.fixture(scope="module")
def migrated(program: Call) -> str:
    """What the first migration said."""
    return program("migrate")


@contextmanager
def started(binaries: Path, elsewhere: Path, command: str, path: str, **environment: str) -> Iterator[httpx.Client]:
    """A part of the installed program that answers on a free port; ended afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    values = without_settings(WELLBEHAVED_DATA_DIR=str(elsewhere / "data"), **environment)
    words = [str(binaries / "wellbehaved"), command, "--port", str(port)]
    with (elsewhere / f"{command}.log").open("wb") as log:
        process = subprocess.Popen(words, cwd=elsewhere, env=values, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=SECONDS) as client:
            deadline = time.monotonic() + SECONDS
            while not answers(client, path):
                if process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"{command} did not answer:\n{(elsewhere / f'{command}.log').read_text()}")
                time.sleep(0.1)
            yield client
    finally:
        process.terminate()
        process.wait(SECONDS)


def answers(client: httpx.Client, path: str) -> bool:
    try:
        return client.get(path).is_success
    except httpx.TransportError:
        return False


def test_the_wheel_carries_what_runs_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert set(NEEDED) <= set(names)
    revisions = {f"migrations/versions/{path.name}" for path in (ROOT / "migrations" / "versions").glob("v*.py")}
    assert revisions
    assert revisions <= set(names)
    folders = {name.partition("/")[0] for name in names}
    assert folders <= {"quba", "evaluation", "backend", "dashboard", "wellbehaved", "migrations"} | {
        name for name in folders if name.endswith(".dist-info")
    }
    program = [name for name in names if not name.startswith(GUIDE)]
    assert [name for name in program if name.endswith((".pyc", ".db", ".png", ".env"))] == []


def test_the_wheel_carries_the_guide_where_it_was_built(wheel: Path) -> None:
    built = {path.relative_to(ROOT).as_posix() for path in (ROOT / GUIDE).rglob("*") if path.is_file()}
    assert {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith(GUIDE)} == built


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    packages = sorted({name.partition("/")[0] for name in names if ".dist-info" not in name})
    tracked = run("git", "-C", ROOT, "ls-files", "--", *packages, cwd=ROOT).splitlines()
    assert len(tracked) > 100
    assert [path for path in tracked if path not in names and (ROOT / path).exists()] == []


def test_the_environment_holds_no_checkout_and_no_torch(binaries: Path, elsewhere: Path) -> None:
    script = (
        "import importlib.util, json, sys, wellbehaved, backend, dashboard, quba;"
        f"print(json.dumps([sys.path, [n for n in {FOREIGN!r} if importlib.util.find_spec(n)],"
        "[m.__file__ for m in (wellbehaved, backend, dashboard, quba)]]))"
    )
    search, foreign, files = json.loads(run(binaries / "python", "-c", script, cwd=elsewhere))
    assert foreign == []
    assert [place for place in search if Path(place or elsewhere).is_relative_to(ROOT)] == []
    assert [file for file in files if not Path(file).is_relative_to(binaries.parent)] == []


def test_the_licence_comes_with_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        about = email.message_from_bytes(archive.read(metadata))
        folder = f"{Path(metadata).parent.as_posix()}/licenses"
        texts = {name: archive.read(f"{folder}/{name}").decode() for name in ("LICENSE", "NOTICE")}
    assert about["License-Expression"] == "Apache-2.0"
    assert about.get_all("License-File") == ["LICENSE", "NOTICE"]
    assert "Apache License" in texts["LICENSE"]
    for owner in ("visinf/beyond-accuracy", "bethgelab/model-vs-human", "MadryLab/backgrounds_challenge"):
        assert owner in texts["NOTICE"]


def test_the_store_is_made_where_it_is_told(migrated: str, elsewhere: Path) -> None:
    assert "326 models added" in migrated
    assert (elsewhere / "data" / "wellbehaved.db").is_file()


def test_the_command_line_ranks(program: Call, migrated: str) -> None:
    answer = json.loads(program("rank", "--limit", "3", "--json"))
    assert [item["name"] for item in answer["items"]] == ["EVA02-b (IN-21k)", "Hiera-B-Plus", "ConvNextV2-B (IN-21k)"]
    assert "EVA02-b (IN-21k)" in program("rank")
    assert "wrong" not in program("doctor")


def test_the_service_answers(binaries: Path, elsewhere: Path, migrated: str) -> None:
    with started(binaries, elsewhere, "serve", "/v1/health") as client:
        assert client.get("/v1/ready").is_success
        ranking = client.get("/v1/rankings", params={"limit": 1}).json()
        assert (ranking["total"], ranking["items"][0]["name"]) == (326, "EVA02-b (IN-21k)")
        assert client.get("/openapi.json").json()["info"]["title"] == "wellbehaved"


def test_the_dashboard_answers(binaries: Path, elsewhere: Path) -> None:
    with started(binaries, elsewhere, "dashboard", "/_stcore/health") as client:
        assert "<title>" in client.get("/").text


def test_python_asks_the_service(binaries: Path, elsewhere: Path, migrated: str) -> None:
    script = "import sys; from wellbehaved import Client; print(len(Client(sys.argv[1]).rankings.get().frame))"
    with started(binaries, elsewhere, "serve", "/v1/health") as client:
        assert run(binaries / "python", "-c", script, str(client.base_url), cwd=elsewhere) == "326\n"


def test_the_client_needs_no_extra(light: Path, elsewhere: Path) -> None:
    script = (
        f"import importlib.util, json; print(json.dumps([n for n in {OF_EXTRAS!r} if importlib.util.find_spec(n)]))"
    )
    assert json.loads(run(light / "python", "-c", script, cwd=elsewhere)) == []
    assert "Usage" in run(light / "wellbehaved", "--help", cwd=elsewhere)


def test_the_light_client_asks_a_service(
    binaries: Path, light: Path, elsewhere: Path, migrated: str, tmp_path: Path
) -> None:
    script = "import sys; from wellbehaved import Client; print(len(Client(sys.argv[1]).rankings.get().frame))"
    with started(binaries, elsewhere, "serve", "/v1/health") as client:
        url = str(client.base_url)
        assert run(light / "python", "-c", script, url, cwd=tmp_path) == "326\n"

        def program(*words: str) -> str:
            return run(
                light / "wellbehaved", *words,
                cwd=tmp_path, WELLBEHAVED_API_URL=url, WELLBEHAVED_DATA_DIR=str(elsewhere / "data"),
            )  # fmt: skip

        assert "EVA02-b (IN-21k)" in program("rank")
        assert "ResNet50" in program("show", "resnet50", "--api", url)
        assert "AlexNet" in program("compare", "resnet50", "alexnet")
        assert "bytes" in program("export", "ranking.parquet")
        assert "imagenet-1k" in program("benchmark", "list")
        # Without a worker it waits in the queue.
        submitted = json.loads(program("submit", "resnet18", "--json"))
        assert submitted["evaluation_id"] in program("status")
        assert "cancelled" in program("cancel", submitted["evaluation_id"])


@pytest.mark.parametrize(
    ("words", "extras"),
    [
        (("up",), "server,dashboard"),
        (("serve",), "server"),
        (("rank",), "server"),
        (("dashboard",), "dashboard"),
        (("evaluate", "resnet18"), "evaluation"),
        (("gate", "a.json", "--against", "b.json"), "evaluation"),
        (("worker",), "evaluation"),
        (("doctor",), "server"),
    ],
)
def test_what_needs_an_extra_says_which(light: Path, tmp_path: Path, words: tuple[str, ...], extras: str) -> None:
    done = subprocess.run(
        [str(light / "wellbehaved"), *words],
        capture_output=True, text=True, cwd=tmp_path, env=without_settings(), timeout=SECONDS,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert f"-m pip install 'wellbehaved[{extras}]'`" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_function_that_needs_an_extra_says_which(light: Path, tmp_path: Path) -> None:
    script = "import wellbehaved\ntry: wellbehaved.measure\nexcept ImportError as error: print(error)"
    assert "'wellbehaved[evaluation]'" in run(light / "python", "-c", script, cwd=tmp_path)
