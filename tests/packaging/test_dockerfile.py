"""The image: what it is built from, who runs in it, and that it agrees with the settings and the command line."""

import re
import shlex
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from typer.main import get_group

from backend.app import create_app
from backend.settings import Settings
from docs.guide import BESIDE, navigation_pages
from wellbehaved.cli import app

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order, with continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(word.upper(), " ".join(rest.split())) for word, _, rest in (line.partition(" ") for line in lines) if word]


def given(word: str) -> list[str]:
    """What follows each instruction of one kind."""
    return [rest for name, rest in instructions() if name == word]


def copied() -> list[str]:
    """What is copied from the checkout, without the slash of folders."""
    words = [rest.split() for rest in given("COPY") if not rest.startswith("--from")]
    return [source.rstrip("/") for *sources, _ in words for source in sources]


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in given("ENV") for pair in shlex.split(rest))


def test_the_image_is_built_in_stages_from_one_pinned_slim_python() -> None:
    assert given("FROM") == ["${PYTHON_IMAGE} AS build", "build AS guide", "build AS complete", "${PYTHON_IMAGE}"]
    image = given("ARG")[0].removeprefix("PYTHON_IMAGE=")
    pinned = re.fullmatch(r"python:(\d+)\.(\d+)(\.\d+)?-slim-[a-z]+", image)
    assert pinned, image
    least = re.search(r">=(\d+)\.(\d+)", PROJECT["project"]["requires-python"])
    assert least
    assert pinned.groups()[:2] >= least.groups()


def test_everything_copied_exists_and_reaches_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line[1:].rstrip("/") for line in lines if line.startswith("!")}
    assert lines[1] == "*"
    assert set(copied()) == allowed
    assert [source for source in copied() if not (ROOT / source).exists()] == []


def test_what_the_wheel_is_made_of_is_copied() -> None:
    packages = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    texts = {PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]}
    assert packages | texts | {"pyproject.toml", "constraints.txt"} == set(copied()) - set(of_the_guide())


def of_the_guide() -> list[str]:
    """What is copied after the stage of the guide has begun."""
    words = instructions()
    begun = words.index(("FROM", "build AS guide"))
    copies = [rest.split()[:-1] for name, rest in words[begun:] if name == "COPY" and not rest.startswith("--from")]
    return [source.rstrip("/") for sources in copies for source in sources]


def test_the_pages_of_the_guide_are_copied(tmp_path: Path) -> None:
    top = {page for page in navigation_pages(tmp_path) if "/" not in page}
    named = {ROOT / name for name in (*top, *BESIDE)}
    assert [path.name for path in named if path.name not in copied()] == []
    assert {"docs", "examples"} <= set(of_the_guide())


def test_only_what_was_written_of_the_guide_goes_on() -> None:
    (kept,) = [rest for rest in given("RUN") if "from=guide" in rest]
    assert "source=/source/backend/guide,target=/guide" in kept
    assert given("COPY")[-1] == "--from=complete /opt/wellbehaved /opt/wellbehaved"


@pytest.mark.parametrize("secret", [".env", "backend/.env", "quba/__pycache__/score.pyc", "data", ".git"])
def test_no_secret_and_no_rubbish_reaches_the_builder(secret: str) -> None:
    verdict = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        rule = line.removeprefix("!").rstrip("/")
        names = [secret, *(str(parent) for parent in Path(secret).parents)]
        # `**/x` also means x itself, which fnmatch does not know.
        if any(fnmatch(name, form) for name in names for form in (rule, rule.removeprefix("**/"))):
            verdict = line.startswith("!")
    assert not verdict


def test_the_installation_is_constrained_and_torch_is_a_choice() -> None:
    install, of_guide = [rest for rest in given("RUN") if "pip install" in rest]
    assert "--constraint constraints.txt" in of_guide
    assert "--constraint constraints.txt" in install
    assert '".[server,dashboard${EXTRAS:+,${EXTRAS}}]" &&' in install
    assert 'EXTRAS=""' in given("ARG")
    assert {"server", "dashboard", "evaluation"} <= set(PROJECT["project"]["optional-dependencies"])


def test_nobody_special_runs_in_it() -> None:
    words = [name for name, _ in instructions()]
    (user,) = given("USER")
    assert user not in ("root", "0")
    assert words.index("USER") < words.index("ENTRYPOINT")
    (made,) = [rest for rest in given("RUN") if "useradd" in rest]
    assert made.split(" && ")[0].endswith(f" {user}")
    assert f"--owner {user} --mode 700 {environment()['WELLBEHAVED_DATA_DIR']}" in made


def test_its_environment_is_known_to_the_settings() -> None:
    ours = {name: value for name, value in environment().items() if name.startswith("WELLBEHAVED_")}
    known = {f"WELLBEHAVED_{name.upper()}" for name in Settings.model_fields}
    assert ours
    assert set(ours) <= known
    assert given("VOLUME") == [ours["WELLBEHAVED_DATA_DIR"]]


def test_it_starts_a_command_that_exists() -> None:
    assert given("ENTRYPOINT") == ['["wellbehaved"]']
    assert "wellbehaved" in PROJECT["project"]["scripts"]
    (command,) = given("CMD")
    assert command.strip('[]"') in get_group(app).commands


def test_ports_and_health_agree_with_the_service(tmp_path: Path) -> None:
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    assert given("EXPOSE") == [f"{defaults['port']} {defaults['dashboard_port']}"]
    (health,) = given("HEALTHCHECK")
    script = re.search(r'"-c", "(.*)"\]', health)
    assert script
    compile(script[1], "healthcheck", "exec")
    address = re.search(r"http://127\.0\.0\.1:(\d+)(/[a-z0-9/]+)", script[1])
    assert address
    assert int(address[1]) == defaults["port"]
    paths = create_app(Settings(data_dir=tmp_path, database_url=None, _env_file=None)).openapi()["paths"]
    assert address[2] in paths
