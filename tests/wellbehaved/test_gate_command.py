"""`wellbehaved gate`: what a build goes by."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
import yaml
from PIL import Image
from safetensors.torch import save_file
from typer.testing import Result

from tests.wellbehaved.conftest import clean_environment
from tests.wellbehaved.profiles import CONDITIONS, make_profile
from tests.wellbehaved.test_gate import evidence

Run = Callable[..., Result]
ROOT = Path(__file__).resolve().parents[2]
CLASSES = ("daisy", "rose")
PER_CLASS = 12


@pytest.fixture
def profiles(tmp_path: Path) -> Callable[..., str]:
    """Write a profile of 4,000 images of which a number is spoiled; nothing pairs its calibration error."""

    def write(name: str, spoiled: int = 0) -> str:
        kept = evidence(spoiled, conditions=CONDITIONS)
        kept = replace(
            kept,
            values={**kept.values, "calibration_error": 0.1},
            standard_errors={**kept.standard_errors, "calibration_error": 0.05},
        )
        return str(make_profile(name, evidence=kept).save(tmp_path / f"{name}.json"))

    return write


def test_no_worse_ends_with_0_and_worse_with_3(run: Run, profiles: Callable[..., str]) -> None:
    only = ("--dimensions", "accuracy,parameters_millions")
    passed = run("gate", profiles("new"), "--against", profiles("old"), *only)
    assert passed.exit_code == 0, passed.output
    assert "behaves no worse than the baseline" in passed.stdout
    failed = run("gate", profiles("new", 300), "--against", profiles("old"), *only)
    assert failed.exit_code == 3
    assert "The new model behaves worse than the baseline." in failed.stdout
    assert "Accuracy: the new model is 0.0750 worse" in failed.stdout


def test_what_cannot_be_told_ends_with_4(run: Run, profiles: Callable[..., str]) -> None:
    found = run("gate", profiles("new"), "--against", profiles("old"))
    assert found.exit_code == 4
    assert "It is not known" in found.stdout


def test_undecided_may_pass_where_that_was_asked_for(run: Run, profiles: Callable[..., str]) -> None:
    words = ("gate", profiles("new"), "--against", profiles("old"), "--dimensions", "calibration_error")
    assert run(*words).exit_code == 4
    assert run(*words, "--undecided", "pass").exit_code == 0


def test_json_is_the_answer_and_keeps_the_code(run: Run, profiles: Callable[..., str]) -> None:
    words = ("--dimensions", "accuracy", "--tolerance", "accuracy=0.001", "--confidence", "0.9", "--json")
    found = run("gate", profiles("new", 300), "--against", profiles("old"), *words)
    document = json.loads(found.stdout)
    assert (found.exit_code, document["outcome"], document["confidence"]) == (3, "worse", 0.9)
    assert document["dimensions"]["accuracy"]["tolerance"] == 0.001


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--tolerance", "accuracy"), 2, "--tolerance has 'accuracy'. Write it as accuracy=0.005."),
        (("--tolerance", "accuracy=little"), 2, "Write it as accuracy=0.005."),
        (("--tolerance", "accuracy=1,accuracy=2"), 2, "--tolerance names 'accuracy' twice."),
        (("--undecided", "maybe"), 2, "--undecided is 'maybe'. Use pass or fail."),
        (("--report", "gate.txt"), 1, "End its name in one of: .md, .html, .xml, .json."),
        (("--confidence", "2"), 1, "The confidence is 2."),
        (("--dimensions", "speed"), 1, "Use one of: accuracy"),
    ],
)
def test_what_cannot_be_met_is_said(
    run: Run, profiles: Callable[..., str], words: tuple[str, ...], code: int, said: str
) -> None:
    found = run("gate", profiles("new"), "--against", profiles("old"), *words)
    assert (found.exit_code, said in found.stderr) == (code, True), found.output
    assert "Traceback" not in found.output


def test_a_place_that_cannot_be_written_is_named(run: Run, profiles: Callable[..., str]) -> None:
    found = run("gate", profiles("new"), "--against", profiles("old"), "--report", "nowhere/gate.md")
    assert found.exit_code == 1
    assert "nowhere/gate.md" in found.stderr


def test_no_such_file_is_no_pass(run: Run, profiles: Callable[..., str]) -> None:
    found = run("gate", "gone.json", "--against", profiles("old"))
    assert found.exit_code == 1
    assert "gone.json" in found.stderr


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for label, name in enumerate(CLASSES):
        (tmp_path / "flowers" / "val" / name).mkdir(parents=True)
        for number in range(PER_CLASS):
            pixels = rng.integers(0, 128, (32, 32, 3)) + np.array([127, 0, 0] if label else [0, 127, 0])
            Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "flowers" / "val" / name / f"{number}.png")
    return tmp_path / "flowers"


def checkpoint(place: Path, seed: int) -> str:
    torch.manual_seed(seed)
    net = timm.create_model("test_resnet", pretrained=False, num_classes=len(CLASSES))
    save_file(dict(net.state_dict()), place, metadata={"input_size": "[3, 32, 32]", "crop_pct": "1.0"})
    return str(place)


def test_two_checkpoints_on_a_folder_of_ones_own_and_the_first_as_the_next_baseline(
    run: Run, flowers: Path, tmp_path: Path
) -> None:
    new, old = checkpoint(tmp_path / "new.safetensors", 0), checkpoint(tmp_path / "old.safetensors", 1)
    how = ("--benchmark", str(flowers), "--dimensions", "accuracy,parameters_millions")
    reports = ("--report", "gate.md", "--report", "gate.xml", "--profile", "next.json")
    first = run("gate", new, "--against", old, *how, *reports)
    assert first.exit_code in (0, 3, 4), first.output
    assert f"{new} is taken for test_resnet" in first.stderr
    assert "test\\_resnet@new" in (tmp_path / "gate.md").read_text(encoding="utf-8")
    assert "<testsuite" in (tmp_path / "gate.xml").read_text(encoding="utf-8")
    again = run("gate", new, "--against", "next.json", *how)
    assert again.exit_code == 0, again.output
    assert "0 were right and are now wrong, and 0 were wrong and are now right" in again.stdout
    (flowers / "val" / "rose" / "0.png").unlink()
    changed = run("gate", new, "--against", "next.json", *how)
    assert changed.exit_code == 1
    assert "cannot be compared" in changed.stderr


def test_a_model_that_cannot_be_had_is_no_pass(run: Run, flowers: Path) -> None:
    found = run("gate", "no_such_net", "--against", "no_such_net", "--benchmark", str(flowers))
    assert found.exit_code == 1
    assert "'no_such_net' is not a model of timm" in found.stderr


def written() -> str:
    """The page, with a smaller net in the place of the reader's."""
    return (ROOT / "docs" / "ci.md").read_text(encoding="utf-8").replace("resnet18", "test_resnet")


def steps(host: str) -> list[str]:
    """What a workflow of the docs runs, but for installing."""
    page = written()
    (text,) = re.findall(rf"^## {host}$.*?^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    document = yaml.safe_load(text)
    listed = document["gate"]["script"] if host == "GitLab" else [
        step["run"] for step in document["jobs"]["gate"]["steps"] if "run" in step
    ]  # fmt: skip
    return [each for each in listed if not each.startswith("pip install")]


@pytest.fixture
def repository(flowers: Path, tmp_path: Path) -> Path:
    """A project as the docs have it, with the baseline that their Python makes."""
    shutil.copytree(flowers, tmp_path / "project" / "data" / "flowers")
    models = tmp_path / "project" / "models"
    models.mkdir()
    checkpoint(models / "old.safetensors", 0)
    checkpoint(models / "new.safetensors", 0)
    page = written()
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    subprocess.run([sys.executable, "-c", code], cwd=models.parent, check=True, env=clean_environment(), timeout=600)
    return models.parent


def test_the_workflows_of_the_docs_run_as_written(repository: Path) -> None:
    summary = repository / "summary.md"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = clean_environment(PATH=path, GITHUB_STEP_SUMMARY=str(summary))
    for host in ("GitHub", "GitLab"):
        for step in steps(host):
            done = subprocess.run(
                ["bash", "-ec", step], cwd=repository, env=environment, capture_output=True, text=True, timeout=600,
                check=False,
            )  # fmt: skip
            assert done.returncode == 0, f"{step}\n{done.stdout}\n{done.stderr}"
    assert summary.read_text(encoding="utf-8").startswith("## The new model behaves no worse than the baseline")
    assert {each.name for each in repository.glob("gate.*")} == {"gate.md", "gate.xml", "gate.html"}
