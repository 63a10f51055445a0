"""The notebooks run as written, in a kernel of their own as Jupyter starts one."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from evaluation.toy import generator
from tests.wellbehaved.conftest import service_url as service_url

read: Any = nbformat.read
ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
_TRAIN_PER_CLASS = 40
_SECONDS_A_CELL = 300

Outputs = list[Any]
Run = Callable[[str], Outputs]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a notebook in a folder and with a data folder of its own; gives what its cells show."""
    for name in [each for each in os.environ if each.startswith("WELLBEHAVED_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    # As in an environment that is active.
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    # Nothing of this machine's own Jupyter counts, and nothing is written to it.
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")

    def execute(name: str) -> Outputs:
        notebook = read(ROOT / "examples" / f"{name}.ipynb", as_version=4)
        where = {"metadata": {"path": str(tmp_path)}}
        NotebookClient(notebook, timeout=_SECONDS_A_CELL, kernel_name="python3", resources=where).execute()
        shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
        # Only a library that timm brings says that it has no bars of its own here.
        said = [output.text for output in shown if output.output_type == "stream" and output.name == "stderr"]
        assert [text for text in said if "TqdmWarning: IProgress" not in text] == []
        return shown

    return execute


@pytest.fixture(scope="module")
def images_to_train_on(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `train` of the toy benchmark, with enough images for a network to learn something."""
    root = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generator, "TRAIN_PER_CLASS", _TRAIN_PER_CLASS)
        patch.setattr(generator, "VAL_PER_CLASS", 0)
        patch.setattr(generator, "FEW_PER_CLASS", 0)
        return generator.make_toy(root) / "train"


@pytest.fixture
def toy(toy_root: Path, images_to_train_on: Path, tmp_path: Path) -> None:
    """The toy benchmark in the notebook's data folder, with those images."""
    place = tmp_path / "data" / "datasets" / "toy-shapes"
    place.mkdir(parents=True)
    for folder in (toy_root / "toy-shapes").iterdir():
        (place / folder.name).symlink_to(images_to_train_on if folder.name == "train" else folder)


def texts(shown: Outputs, kind: str) -> list[str]:
    """What is shown as `text/html` and the like, or printed (`stdout`)."""
    if kind == "stdout":
        return [each.text for each in shown if each.output_type == "stream" and each.name == "stdout"]
    return [each.data[kind] for each in shown if kind in each.get("data", {})]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    cells = [cell for cell in read(path, as_version=4).cells if cell.cell_type == "code"]
    assert cells
    assert [cell for cell in cells if cell.outputs or cell.execution_count] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_run_here_and_named_in_the_docs(path: Path) -> None:
    assert f"test_{path.stem}" in globals()
    assert f"(../examples/{path.name})" in (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


def test_measure_my_module(run: Run, toy: None, tmp_path: Path) -> None:
    tables = texts(run("measure_my_module"), "text/html")
    assert any("<b>one epoch</b>: Toy shapes, corrected, 5 images of each class" in table for table in tables)
    assert any("<b>two epochs</b> minus <b>one epoch</b>" in table for table in tables)
    # The bar is gone again.
    assert tables.count("") == 2
    assert not any("<progress" in table for table in tables)
    assert (tmp_path / "two-epochs.json").is_file()


def test_choose_a_model(run: Run, service_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WELLBEHAVED_API_URL", service_url)
    shown = run("choose_a_model")
    said = "".join(texts(shown, "stdout"))
    ranking, first_tier, breaks, front = texts(shown, "text/html")
    # What the texts between the cells take for granted: a narrow lead, over models that cannot be told apart.
    assert "EVA02-s (IN-21k) leads with 1.00, ahead of TinyViT-21M/16 (IN-21k) by 0.004" in said
    assert "Without flagged values, the first two stay the same." in said
    assert "151 of 326 models on imagenet-1k" in ranking
    assert all(name in first_tier for name in ("EVA02-s (IN-21k)", "TinyViT-21M/16 (IN-21k)"))
    assert breaks.count("eva02-s-21k") == 9
    assert "EfficientNet" in front
    assert "67 of 326 models meet both. Without a limit eva02-b-21k leads." in said
    assert "EVA02-s (IN-21k)" in (tmp_path / "decision.html").read_text(encoding="utf-8")


def test_gate_a_fine_tune(run: Run, toy: None, tmp_path: Path) -> None:
    *gates, report = texts(run("gate_a_fine_tune"), "stdout")
    assert [text.strip().splitlines()[-1] for text in gates] == ["exit code 0", "exit code 3"]
    passed, stopped = gates
    assert "The new model behaves no worse than the baseline beyond the tolerances." in passed
    assert "The new model behaves worse than the baseline." in stopped
    assert report.startswith("## The new model behaves worse than the baseline")
    assert (tmp_path / "baseline.json").is_file()


def test_look_at_flips(run: Run, toy: None) -> None:
    shown = run("look_at_flips")
    tables = texts(shown, "text/html")
    assert any("<b>half in grey</b> minus <b>in colour</b>" in table for table in tables)
    (chart,) = texts(shown, "application/vnd.plotly.v1+json")
    drawn: Any = chart
    assert drawn["layout"]["title"]["text"].startswith("On the same images, half in grey is ")
    assert any("now_wrong" in table and "cue_conflict" in table for table in tables)
    assert len(texts(shown, "image/png")) == 3
    said = "".join(texts(shown, "stdout"))
    assert "now wrong, by class: {'" in said
    assert "by shape now: " in said
