"""`wellbehaved dimension`: from a file to a ranking, and back."""

import contextvars
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file
from typer.testing import Result

from tests.backend.own_dimension import toml_of

Run = Callable[..., Result]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "throughput.toml"
    file.write_text(toml_of(), encoding="utf-8")
    return file


def test_a_dimension_is_added_filled_weighed_and_removed(run: Run, study: Path, file: Path, tmp_path: Path) -> None:
    added = run("dimension", "add", str(file))
    assert (added.exit_code, added.stderr) == (0, "")
    assert "wellbehaved rank --w.throughput 1" in added.stdout
    assert "is there already" in run("dimension", "add", str(file)).stdout
    values = tmp_path / "values.csv"
    values.write_text("model_id,throughput\nresnet50,120\nalexnet,500\n", encoding="utf-8")
    assert run("import", str(values)).exit_code == 0
    ranked = json.loads(run("rank", "--w.throughput", "100", "--json").stdout)
    assert [item["model_id"] for item in ranked["items"][:2]] == ["alexnet", "resnet50"]
    listed = run("dimension", "list")
    assert "images per second" in listed.stdout
    items = json.loads(run("dimension", "list", "--json").stdout)["items"]
    assert (items[-1]["key"], items[-1]["origin"]) == ("throughput", "own")
    removed = run("dimension", "remove", "throughput")
    assert "removed throughput; its values stay" in removed.stdout
    assert json.loads(run("dimension", "add", str(file), "--json").stdout)["changed"] is True
    assert json.loads(run("dimension", "remove", "throughput", "--json").stdout)["deleted"] == "throughput"
    assert run("dimension", "remove", "throughput").exit_code == 2


def test_a_file_that_is_none_ends_with_the_rule_and_the_next_step(run: Run, study: Path, file: Path) -> None:
    file.write_text(toml_of(higher_is_better=None), encoding="utf-8")
    refused = run("dimension", "add", str(file))
    assert refused.exit_code == 1
    assert "write higher_is_better = true or false" in refused.stderr
    assert "docs/dimensions.md" in refused.stderr


def test_a_file_of_the_data_folder_that_was_not_taken_is_named(run: Run, study: Path) -> None:
    folder = study / "dimensions"
    folder.mkdir()
    (folder / "good.toml").write_text(toml_of(), encoding="utf-8")
    (folder / "bad.toml").write_text("key =", encoding="utf-8")
    listed = run("dimension", "list")
    assert "dimensions/bad.toml was not taken" in listed.stderr
    assert "throughput" in listed.stdout


def test_the_recipe_of_the_guide_runs_as_written(
    run: Run, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (Path(__file__).parents[2] / "docs" / "dimensions.md").read_text(encoding="utf-8")
    section = text.partition("## A dimension of your own")[2].partition("\n## ")[0]
    blocks = dict(re.findall(r"```(toml|bash)\n(.*?)```", section, re.DOTALL))
    monkeypatch.chdir(tmp_path)
    Path("throughput.toml").write_text(blocks["toml"], encoding="utf-8")
    said = []
    for line in blocks["bash"].splitlines():
        program, *words = shlex.split(line)
        if program == "wellbehaved":
            done = run(*words)
            assert done.exit_code == 0, f"{line}: {done.stdout}{done.stderr}"
            said.append(done.stdout)
        else:
            subprocess.run(["bash", "-c", line], check=True)
    assert len(said) == 5
    assert "500" in said[2], "the ranking shows the imported value"


def test_the_recipe_of_a_package_runs_as_written(
    run: Run, study: Path, toy_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (Path(__file__).parents[2] / "docs" / "dimensions.md").read_text(encoding="utf-8")
    section = text.partition("## A dimension from a package")[2].partition("\n## ")[0]
    blocks = dict(re.findall(r"```(toml|python|bash)\n(.*?)```", section, re.DOTALL))
    monkeypatch.chdir(tmp_path)
    project, target = Path("sure_errors"), tmp_path / "installed"
    project.mkdir()
    (project / "pyproject.toml").write_text(blocks["toml"], encoding="utf-8")
    (project / "sure_errors.py").write_text(blocks["python"], encoding="utf-8")
    # What `datasets make-toy` and `train-toy` leave behind, but that nobody trained the model.
    (study / "datasets").symlink_to(toy_root)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    net = timm.create_model("resnet10t", pretrained=False, num_classes=16)
    # Sure of what it says, whatever that is.
    weights = {name: 1_000 * each if name == "fc.weight" else each for name, each in net.state_dict().items()}
    save_file(weights, "toy.safetensors", metadata={"input_size": "[3, 32, 32]"})
    install, *commands = blocks["bash"].splitlines()
    assert install == "pip install ./sure_errors"
    # What builds it is installed already, and no registry is asked.
    without_network = ["--no-build-isolation", "--no-deps", "--no-index", "--disable-pip-version-check", "--quiet"]
    subprocess.run([sys.executable, "-m", *shlex.split(install), *without_network, "--target", str(target)], check=True)
    monkeypatch.syspath_prepend(str(target))
    said = []
    for line in commands:
        _, *words = shlex.split(line, comments=True)
        # As a program of its own would be: what it puts in force is nobody else's.
        done = contextvars.copy_context().run(run, *words)
        assert done.exit_code == 0, f"{line}: {done.stdout}{done.stderr}"
        said.append(" ".join(done.stdout.split()))
    listed, evaluated, ranked = said
    assert "sure_errors" in listed
    assert "own, sure-errors 1.0" in listed
    assert "Sure errors" in evaluated
    assert "±" in evaluated.partition("Sure errors")[2]
    items = json.loads(run(*shlex.split(commands[-1], comments=True)[1:], "--json").stdout)["items"]
    [mine] = [item for item in items if item["scores"].get("sure_errors") is not None]
    assert 0 < mine["scores"]["sure_errors"] < 1
    assert mine["rank"] == 1
    assert mine["name"] in ranked
