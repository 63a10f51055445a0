"""The notebooks run as written, in a kernel of their own as Jupyter starts one."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

read: Any = nbformat.read
ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    cells = [cell for cell in read(path, as_version=4).cells if cell.cell_type == "code"]
    assert cells
    assert [cell for cell in cells if cell.outputs or cell.execution_count] == []


def test_measure_my_module(toy_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "datasets").symlink_to(toy_root)
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    # Nothing of this machine's own Jupyter counts, and nothing is written to it.
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    notebook = read(ROOT / "examples" / "measure_my_module.ipynb", as_version=4)
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    shown: list[Any] = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    # Only a library that timm brings says that it has no bars of its own here.
    said = [output.text for output in shown if output.output_type == "stream" and output.name == "stderr"]
    assert [text for text in said if "TqdmWarning: IProgress" not in text] == []
    tables = [output.data["text/html"] for output in shown if "text/html" in output.get("data", {})]
    assert any("<b>one epoch</b>: Toy shapes, corrected, 5 images of each class" in table for table in tables)
    assert any("<b>two epochs</b> minus <b>one epoch</b>" in table for table in tables)
    # The bar is gone again.
    assert tables.count("") == 2
    assert not any("<progress" in table for table in tables)
    assert (tmp_path / "two-epochs.json").is_file()
