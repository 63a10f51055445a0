"""docs/recipes/add-a-dimension.md, followed: one dimension more that weighs nothing and has no published values."""

import json
import os
import shutil
from pathlib import Path

from backend.app import create_app
from backend.settings import Settings
from tests.recipes.conftest import House
from wellbehaved import Client
from wellbehaved.in_process import InProcessTransport

# What stands for all tests that do not pin the nine; WELLBEHAVED_SOAK=1 runs them all.
_SOME = (
    "tests/quba/dimensions/test_discovery.py", "tests/quba/ranking/test_presets.py", "tests/quba/test_known_models.py",
    "tests/backend/imports/test_columns.py", "tests/backend/api/test_dimensions.py", "tests/backend/api/test_models.py",
    "tests/dashboard/charts", "tests/wellbehaved/test_view_options.py",
)  # fmt: skip
_EXPLAINED = "tests/architecture/test_documentation.py::test_every_dimension_is_explained"
_LAST = '    "activations_millions",\n]'
_ALL = ("quba", "tests/quba", "tests/backend", "tests/dashboard", "tests/wellbehaved", "tests/evaluation")


def test_a_tenth_dimension(house: House, study_file: Path, tmp_path: Path) -> None:
    (house.root / "scores.json").write_text(json.dumps(_scores(study_file, tmp_path)), encoding="utf-8")
    own = house.add("dimension")
    house.edit("tests/quba/dimensions/test_discovery.py", _LAST, f'{_LAST[:-1]}    "median_class",\n]')
    house.edit("docs/dimensions.md", "", "\n## `median_class`\n\nThe accuracy on the class in the middle.\n")
    house.run("-m", "tests.architecture.view_options")
    house.touched.add("wellbehaved/view_options.py")
    house.follows("add-a-dimension", key="median_class")
    tests = _ALL if os.environ.get("WELLBEHAVED_SOAK") else _SOME
    house.pytest(*own, *house.check("dimension"), *tests, _EXPLAINED)


def _scores(study_file: Path, folder: Path) -> dict[str, dict[str, float]]:
    """By preset, what every model scores without the tenth."""
    shutil.copyfile(study_file, folder / "wellbehaved.db")
    app = create_app(Settings(data_dir=folder, database_url=None, _env_file=None))
    with Client("http://service", transport=InProcessTransport(app)) as client:
        rankings = {preset: client.rankings.get(preset=preset).frame for preset in ("paper", "equal")}
    return {preset: dict(zip(frame["model_id"], frame["score"], strict=True)) for preset, frame in rankings.items()}
