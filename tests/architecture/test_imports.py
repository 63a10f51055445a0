"""The import contracts hold, and each of them breaks when it is broken."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = {contract["id"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]}

# By contract, an import that it forbids.
FORBIDDEN = {
    "layers": ("backend/store/models.py", "import backend.ranking.query"),
    "science": ("quba/ranking/score.py", "import pandas"),
    "vocabulary": ("quba/vocabulary.py", "import quba.errors"),
    "service": ("backend/settings.py", "import torch"),
    "evaluation": ("evaluation/engine/step_store.py", "import backend.store.names"),
    "waiting-worker": ("evaluation/engine/means.py", "import torch"),
    "store": ("backend/store/models.py", "import backend.problems"),
    "dashboard": ("dashboard/catalogue.py", "import sqlalchemy"),
    "client": ("wellbehaved/frames.py", "import quba"),
    "no-cycles": ("wellbehaved/frames.py", "import wellbehaved.client"),
}


def lint_imports(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-logo", "--no-cache", *options], capture_output=True, text=True, cwd=folder)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The sources once more, to be spoilt."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PROJECT["tool"]["importlinter"]["root_packages"]:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_all_contracts_are_kept() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


def test_every_package_of_the_wheel_is_under_contract() -> None:
    shipped = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(shipped) == set(PROJECT["tool"]["importlinter"]["root_packages"])


def test_every_contract_is_put_to_the_test() -> None:
    """A new contract needs a line in FORBIDDEN, which shows that it forbids something."""
    assert set(CONTRACTS) <= set(FORBIDDEN)


@pytest.mark.parametrize("contract", sorted(set(FORBIDDEN) & set(CONTRACTS)))
def test_a_forbidden_import_breaks_its_contract(copy: Path, contract: str) -> None:
    file, statement = FORBIDDEN[contract]
    (copy / file).write_text(f"{statement}\n{(copy / file).read_text(encoding='utf-8')}", encoding="utf-8")
    done = lint_imports(copy, "--contract", contract)
    assert done.returncode == 1, done.stdout
    assert "BROKEN" in done.stdout


def test_all_of_evaluation_but_the_worker_is_kept_from_the_store() -> None:
    parts = {
        path.stem
        for path in (ROOT / "evaluation").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    named = {module.removeprefix("evaluation.") for module in CONTRACTS["evaluation"]["source_modules"]}
    assert named == parts - {"__init__", "worker"}


# What starts fast must stay so: the heavy libraries belong inside the functions that use them.
@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("wellbehaved", {"pandas", "numpy", "httpx", "streamlit"}),
        ("wellbehaved.cli", {"pandas", "numpy", "httpx", "streamlit", "sqlalchemy", "fastapi", "torch"}),
        ("backend.app", {"streamlit", "torch", "timm", "pandas"}),
        ("backend.store.engine", {"fastapi", "starlette", "pandas", "torch"}),
        ("wellbehaved.client", {"sqlalchemy", "fastapi", "streamlit", "torch"}),
        ("dashboard.catalogue", {"sqlalchemy", "fastapi", "torch"}),
    ],
)
def test_a_start_loads_no_more_than_it_needs(module: str, heavy: set[str]) -> None:
    script = f"import sys, {module}; print(*sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == []
