"""`wellbehaved benchmark`: from a folder of images to a ranking, and back."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import save_file
from typer.testing import Result

from backend.app import create_app
from backend.settings import Settings
from backend.store.engine import create_store_engine, writing
from backend.store.measurements import NewMeasurement, add_measurements
from quba.dimensions import BUILT_IN
from tests.backend.conftest import fill, values_of
from wellbehaved.client import Client
from wellbehaved.in_process import InProcessTransport

Run = Callable[..., Result]


def in_process(study: Path) -> httpx.BaseTransport:
    return InProcessTransport(create_app(Settings(data_dir=study, database_url=None, _env_file=None)))


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    """Three unbalanced classes; one file is broken, and one image stands in two classes."""
    folder, rng = tmp_path / "My flowers", np.random.default_rng(0)
    for name, count in (("aster", 10), ("daisy", 12), ("rosé", 18)):
        place = folder / "val" / name
        place.mkdir(parents=True)
        for number in range(count):
            pixels = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(place / f"{number}.png")
    (folder / "val" / "aster" / "broken.png").write_bytes(b"no image")
    (folder / "val" / "daisy" / "again.png").write_bytes((folder / "val" / "aster" / "1.png").read_bytes())
    return folder


def test_a_folder_becomes_a_benchmark_that_is_listed_checked_and_removed(run: Run, study: Path, flowers: Path) -> None:
    added = run("benchmark", "add", str(flowers), "--key", "flowers")
    assert (added.exit_code, added.stderr) == (0, "")
    for told in ("rosé", "broken.png", "in two classes", "Object focus", "flowers is registered", "benchmark.toml"):
        assert told in added.stdout, told
    assert (flowers / "benchmark.toml").read_text().startswith('key = "flowers"')
    again = run("benchmark", "add", str(flowers))
    assert "registered already, with the same files" in again.stdout
    assert "benchmark.toml" not in again.stdout
    assert "flowers" in run("benchmark", "list").stdout
    shown = run("benchmark", "show", "flowers").stdout
    assert "Versions" in shown
    assert str(flowers) in shown.replace("\n", "")
    assert run("benchmark", "check", "flowers").exit_code == 0
    (flowers / "val" / "aster" / "broken.png").unlink()
    checked = run("benchmark", "check", "flowers")
    assert checked.exit_code == 1
    assert "broken.png" in checked.stdout
    assert "new version" in checked.stdout
    assert json.loads(run("benchmark", "check", "flowers", "--json").stdout)["unchanged"] is False
    assert "flowers is registered" in run("benchmark", "add", str(flowers)).stdout
    assert run("benchmark", "check", "flowers").exit_code == 0
    versions = json.loads(run("benchmark", "show", "flowers", "--json").stdout)["versions"]
    assert [each["current"] for each in versions] == [True, False]
    with (flowers / "benchmark.toml").open("a") as file:
        file.write('[dimensions]\nuse = ["accuracy"]\n')
    edited = run("benchmark", "check", "flowers")
    assert (edited.exit_code, "new version" in edited.stdout) == (1, False)
    assert "was edited: dimensions." in edited.stdout.replace("\n", " ")
    assert json.loads(run("benchmark", "check", "flowers", "--json").stdout)["other"].endswith("edited: dimensions.")
    assert run("benchmark", "add", str(flowers)).exit_code == 0
    assert run("benchmark", "check", "flowers").exit_code == 0
    # What is declared, and the facts of a model, which every benchmark has.
    of_facts = [key for key, each in BUILT_IN.items() if each.of_facts]
    assert json.loads(run("benchmark", "show", "flowers", "--json").stdout)["dimensions"] == ["accuracy", *of_facts]
    removed = run("benchmark", "remove", "flowers")
    assert (removed.exit_code, "its folder stays" in removed.stdout) == (0, True)
    assert flowers.is_dir()
    assert run("benchmark", "check", "flowers").exit_code == 2


def test_what_is_printed_as_json_is_what_rest_answers(run: Run, study: Path, flowers: Path) -> None:
    added = json.loads(run("benchmark", "add", str(flowers), "--json").stdout)
    assert (added["key"], added["registered"], added["changed"]) == ("my-flowers", True, True)
    assert added["report"]["unreadable"]["count"] == 1
    listed = json.loads(run("benchmark", "list", "--json").stdout)
    assert [item["key"] for item in listed["items"]] == ["imagenet-1k", "my-flowers", "toy-shapes"]
    assert added["coverage"] == json.loads(run("benchmark", "show", "my-flowers", "--json").stdout)["coverage"]


def test_norms_are_frozen_and_follow_the_models_again(run: Run, study: Path) -> None:
    engine = create_store_engine(f"sqlite:///{study / 'wellbehaved.db'}")
    fill(engine, 3)
    engine.dispose()
    frozen = run("benchmark", "freeze-norms", "flowers")
    assert "those of 3 models" in frozen.stdout
    ranked = run("rank", "--benchmark", "flowers")
    assert ranked.exit_code == 0
    assert "6 of 9 dimensions" in ranked.stdout
    assert "The norms were frozen" in ranked.stdout
    assert "shape" not in ranked.stdout.lower()
    assert "follow its current models" in run("benchmark", "freeze-norms", "flowers", "--undo").stdout
    assert json.loads(run("benchmark", "freeze-norms", "flowers", "--json").stdout)["frozen_norms"]
    assert run("show", "mine-0").exit_code == 0
    assert run("compare", "mine-0", "mine-1", "--benchmark", "flowers").exit_code == 0


def test_values_of_earlier_versions_are_shown_as_such(run: Run, study: Path) -> None:
    engine = create_store_engine(f"sqlite:///{study / 'wellbehaved.db'}")
    fill(engine, 2)
    fill(engine, 1, digest="sha256:2", start=2)
    with writing(engine) as session:
        values = (("accuracy", 0.5, None, "sha256:2"), ("object_focus", None, "failed", "sha256:1"))
        rows = [
            NewMeasurement(
                model_id="mine-0", benchmark="flowers", protocol="corrected", dimension=key, value=value,
                missing_reason=reason, source="evaluation", benchmark_digest=digest,
            )
            for key, value, reason, digest in values
        ]  # fmt: skip
        add_measurements(session, rows)
    engine.dispose()
    earlier = json.loads(run("benchmark", "show", "flowers", "--json").stdout)["earlier_measurements"]
    assert [(each["model_id"], each["digest"]) for each in earlier] == [("mine-0", "sha256:1"), ("mine-1", "sha256:1")]
    for command, others in ((("benchmark", "show", "flowers"), True), (("show", "mine-0"), False)):
        shown = run(*command).stdout
        assert "Measured on earlier versions" in shown
        assert ("mine-1" in shown) is others
        assert f"Accuracy {values_of(0)['accuracy']:.4f} ± 0.0200" in shown
        assert "Object focus failed" in shown
    # One that was measured on earlier images alone is said to be so, with the way to its values.
    refused = run("show", "mine-1")
    assert refused.exit_code == 2
    assert "not the current version" in refused.stderr
    assert "wellbehaved benchmark show flowers" in refused.stderr
    assert "Measured on earlier" not in run("benchmark", "show", "imagenet-1k").stdout


def test_one_that_was_measured_on_goes_with_its_measurements_only_when_asked(run: Run, study: Path) -> None:
    engine = create_store_engine(f"sqlite:///{study / 'wellbehaved.db'}")
    fill(engine, 2)
    engine.dispose()
    refused = run("benchmark", "remove", "flowers")
    assert refused.exit_code == 1
    assert "--with-measurements" in refused.stderr
    assert run("benchmark", "remove", "flowers", "--with-measurements").exit_code == 0
    assert run("rank", "--benchmark", "flowers").exit_code == 2


def test_the_only_model_has_values_and_no_rank(run: Run, study: Path) -> None:
    engine = create_store_engine(f"sqlite:///{study / 'wellbehaved.db'}")
    fill(engine, 1)
    engine.dispose()
    shown = run("rank", "--benchmark", "flowers")
    assert shown.exit_code == 0
    assert "only model" in shown.stdout
    assert "Class balance" in shown.stdout
    assert "Shape bias" not in shown.stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("add", "nowhere"), 1, "nowhere"),
        (("add", ".", "--layout", "spiral"), 2, "folders or imagenet-1k"),
        (("show", "none"), 2, "benchmark list"),
        (("remove", "toy-shapes"), 1, "comes with the program"),
        (("check", "toy-shapes"), 2, "datasets verify"),
        (("freeze-norms", "none"), 2, "benchmark list"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_next_step(
    run: Run, study: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    done = run("benchmark", *words)
    assert (done.exit_code, told in done.stderr) == (code, True), done.stderr


def test_a_key_of_another_folder_is_refused(run: Run, study: Path, flowers: Path, tmp_path: Path) -> None:
    assert run("benchmark", "add", str(flowers), "--key", "mine").exit_code == 0
    other = tmp_path / "other" / "val"
    for name in ("cat", "dog"):
        (other / name).mkdir(parents=True)
        for number in range(2):
            Image.new("RGB", (8, 8), (number, len(name), 0)).save(other / name / f"{number}.png")
    refused = run("benchmark", "add", str(other.parent), "--key", "mine")
    assert refused.exit_code == 1
    assert "--key" in refused.stderr
    assert not (other.parent / "benchmark.toml").exists()


def test_a_folder_that_cannot_be_written_is_registered_all_the_same(
    run: Run, study: Path, flowers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def refuse(self: Path, mode: str = "r", *rest: object, **options: object) -> object:
        if self.name == "benchmark.toml" and mode == "x":
            raise PermissionError(13, "Permission denied", str(self))
        return opened(self, mode, *rest, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    added = run("benchmark", "add", str(flowers))
    assert added.exit_code == 0
    assert "kept in the store alone" in added.stdout
    assert not (flowers / "benchmark.toml").exists()
    assert run("benchmark", "check", "my-flowers").exit_code == 0


def test_files_that_are_not_here_are_said_to_be_missing(
    run: Run, study: Path, flowers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("benchmark", "add", str(flowers), "--key", "flowers")
    roots = tmp_path / "roots"
    roots.mkdir()
    flowers.rename(roots / "flowers")
    gone = run("benchmark", "check", "flowers")
    assert gone.exit_code == 1
    assert "not on this machine" in gone.stdout
    # Another machine has them where its operator says.
    monkeypatch.setenv("WELLBEHAVED_DATA_ROOTS", str(roots))
    assert run("benchmark", "check", "flowers").exit_code == 0


def test_approximate_masks_are_made_for_a_person_to_look_at(run: Run, study: Path, flowers: Path) -> None:
    run("benchmark", "add", str(flowers), "--key", "flowers")
    made = run("benchmark", "masks", "flowers")
    assert (made.exit_code, "41 masks made, 0 were there" in made.stdout) == (0, True), made.stdout
    assert "broken.png" in made.stderr
    again = json.loads(run("benchmark", "masks", "flowers", "--json").stdout)
    assert (again["made"], again["there"]) == (0, 41)
    assert Path(again["contact_sheet"]).is_file()
    assert run("benchmark", "check", "flowers").exit_code == 0
    assert run("benchmark", "masks", "toy-shapes").exit_code == 2


def test_a_model_is_measured_stored_and_ranked_on_a_folder(run: Run, study: Path, flowers: Path) -> None:
    run("benchmark", "add", str(flowers), "--key", "flowers")
    torch.manual_seed(0)
    weights = flowers.parent / "mine.safetensors"
    metadata = {"input_size": json.dumps([3, 32, 32]), "crop_pct": "1.0"}
    save_file(timm.create_model("test_resnet", num_classes=3).state_dict(), weights, metadata=metadata)
    words = ("--dimensions", "accuracy,class_balance,parameters_millions", "--store")
    done = run("evaluate", "test_resnet", "--weights", str(weights), "--benchmark", "flowers", *words)
    assert done.exit_code == 0, done.stderr
    ranked = json.loads(run("rank", "--benchmark", "flowers", "--json").stdout)
    (item,) = ranked["items"]
    assert item["score"] is None
    assert item["scores"]["accuracy"] is not None
    with Client(transport=in_process(study)) as client:
        report = client.models.class_report(item["model_id"], benchmark="flowers")
    assert report["classes"] == ["aster", "daisy", "rosé"]
    assert report["report"]
