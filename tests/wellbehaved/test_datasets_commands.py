"""The commands around data sets: what they print, which code they end with, and what they hand on."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from PIL import Image
from typer.testing import Result

from evaluation import datasets
from evaluation import toy_training as training
from evaluation.datasets import DATA_SETS
from evaluation.datasets.dataset import DataSet
from evaluation.datasets.installation import installation, prepare
from evaluation.datasets.installation.archive import UnsafeArchive
from evaluation.datasets.installation.download import DownloadFailed
from evaluation.datasets.installation.installation import Watcher
from evaluation.datasets.installation.lock import InstallationBusy
from evaluation.datasets.installation.status import State, Status, status
from evaluation.extras import installing
from evaluation.toy import generator

Run = Callable[..., Result]
EDGE = DATA_SETS["edge"]


@pytest.fixture
def two_sets(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, DataSet]:
    """Only these two sets are known, so that nothing large has to be looked at."""
    chosen = {key: DATA_SETS[key] for key in ("imagenet-val", "edge")}
    monkeypatch.setattr(datasets, "DATA_SETS", chosen)
    return chosen


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with the edges in it."""
    for name in sorted({"airplane", "bear", "bicycle", "bird", "boat", "bottle", "car", "cat", "chair", "clock", "dog",
                        "elephant", "keyboard", "knife", "oven", "truck"}):  # fmt: skip
        place = tmp_path / "sets" / EDGE.folder / name
        place.mkdir(parents=True)
        for number in range(10):
            Image.new("L", (4, 4), number).save(place / f"{name}{number + 1}.png")
    return tmp_path / "sets"


# ---- list and status -----------------------------------------------------------------------------------------------


def test_list_names_every_set_with_its_licence_and_the_way_to_it(run: Run) -> None:
    result = run("datasets", "list")
    assert result.exit_code == 0
    rows = {line.split("│")[1].strip(): line for line in result.stdout.splitlines() if line.startswith("│")}
    assert list(rows) == list(DATA_SETS)
    assert "3,750,000" in rows["imagenet-c"]
    assert "prepare imagenet" in rows["imagenet-val"]
    assert "make-toy" in rows["toy-edge"]
    assert "download" in rows["edge"]
    assert "CC BY 4.0" in rows["edge"]


def test_list_gives_everything_as_json(run: Run) -> None:
    items = json.loads(run("datasets", "list", "--json").stdout)
    assert [item["key"] for item in items] == list(DATA_SETS)
    noise = items[1]["archives"][0]
    assert noise == {
        "url": "https://zenodo.org/records/2235448/files/noise.tar",
        "size": 22_565_673_785,
        "digest": "md5:e80562d7f6c3f8834afb1ecf27252745",
    }
    assert items[0]["pass"] == "clean"


def test_status_says_what_is_there_and_how_to_get_the_rest(
    run: Run, data: Path, two_sets: Mapping[str, DataSet]
) -> None:
    result = run("datasets", "status", "--data", str(data))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "missing  imagenet-val       0 of 50,000 images",
        f"    {data}/imagenet/val is not there. {two_sets['imagenet-val'].how_to_get}",
        "complete edge               160 of 160 images",
    ]


def test_status_looks_below_the_data_folder_unless_told_otherwise(
    run: Run, data_dir: Path, two_sets: Mapping[str, DataSet]
) -> None:
    answer = json.loads(run("datasets", "status", "--json").stdout)
    assert answer["data"] == str(data_dir / "datasets")
    assert [item["state"] for item in answer["items"]] == ["missing", "missing"]
    assert answer["items"][0]["detail"].endswith("`wellbehaved datasets prepare imagenet`.")
    assert not data_dir.exists()


def test_status_says_what_it_found(run: Run, data: Path) -> None:
    for name in ("goldfish", "tench"):
        (data / "imagenet/val" / name).mkdir(parents=True)
    lines = run("datasets", "status", "imagenet-val", "--data", str(data)).stdout.splitlines()
    assert lines[1].endswith("imagenet/val has 0 of 1,000 class folders and 2 other folders: goldfish, tench.")
    (item,) = json.loads(run("datasets", "status", "imagenet-val", "--data", str(data), "--json").stdout)["items"]
    assert item["seen"][0] == lines[1].strip()


@pytest.mark.parametrize("command", ["status", "verify"])
def test_only_the_sets_of_one_benchmark(run: Run, data: Path, command: str) -> None:
    answer = json.loads(run("datasets", command, "--benchmark", "toy-shapes", "--data", str(data), "--json").stdout)
    keys = [item["key"] if command == "status" else item["status"]["key"] for item in answer["items"]]
    assert keys == [each.key for each in DATA_SETS.values() if each.benchmark == "toy-shapes"]
    unknown = run("datasets", command, "--benchmark", "mine")
    assert unknown.exit_code == 2
    assert "--benchmark is 'mine'. Use one of: imagenet-1k, toy-shapes." in unknown.stderr
    outside = run("datasets", command, "edge", "--benchmark", "toy-shapes")
    assert outside.exit_code == 2
    assert "edge is no data set of toy-shapes" in outside.stderr


def test_verify_tells_kinds_of_files(run: Run, data: Path, two_sets: Mapping[str, DataSet]) -> None:
    assert "edge" in two_sets
    turned = Image.Exif()
    turned[0x0112] = 6
    for path in (data / "modelvshuman/edge").rglob("*.png"):
        Image.new("L", (8, 8)).save(path, exif=turned)
    result = run("datasets", "verify", "edge", "--data", str(data), "--sample", "5")
    assert "    among those opened: 5 EXIF-rotated (read as they lie), 5 not RGB" in result.stdout.splitlines()


def test_status_of_some_sets_names_each_once(run: Run, data: Path) -> None:
    answer = json.loads(run("datasets", "status", "edge", "edge", "--data", str(data), "--json").stdout)
    assert [item["key"] for item in answer["items"]] == ["edge"]


@pytest.mark.parametrize("command", ["status", "verify", "download"])
def test_an_unknown_set_is_wrong_usage(run: Run, command: str) -> None:
    result = run("datasets", command, "edge", "imagenet")
    assert result.exit_code == 2
    assert result.stderr.startswith("'imagenet' is not a data set. Use some of: imagenet-val, imagenet-c, edge,")


# ---- verify --------------------------------------------------------------------------------------------------------


def test_verify_is_content_with_a_sound_set_and_with_one_that_nobody_asked_for(
    run: Run, data: Path, two_sets: Mapping[str, DataSet]
) -> None:
    result = run("datasets", "verify", "--data", str(data), "--sample", "7")
    assert result.exit_code == 0
    assert "complete edge               160 of 160 images, 7 opened" in result.stdout
    assert "missing  imagenet-val       0 of 50,000 images, 0 opened" in result.stdout


def test_verify_fails_for_a_set_that_was_asked_for_and_is_missing(run: Run, data: Path) -> None:
    assert run("datasets", "verify", "silhouette", "--data", str(data)).exit_code == 1


def test_verify_names_what_cannot_be_read(run: Run, data: Path) -> None:
    broken = data / EDGE.folder / "cat" / "cat1.png"
    broken.write_bytes(b"no image")
    result = run("datasets", "verify", "edge", "--data", str(data), "--sample", "160")
    assert result.exit_code == 1
    assert f"    unreadable: {broken}: " in result.stdout
    answer = json.loads(run("datasets", "verify", "edge", "--data", str(data), "--sample", "160", "--json").stdout)
    assert answer["items"][0]["opened"] == 159
    assert len(answer["items"][0]["unreadable"]) == 1


def test_verify_fails_for_a_damaged_set(run: Run, data: Path, two_sets: Mapping[str, DataSet]) -> None:
    (data / EDGE.folder / "cat" / "cat1.png").unlink()
    result = run("datasets", "verify", "--data", str(data))
    assert result.exit_code == 1
    assert "damaged  edge               159 of 160 images, 0 opened" in result.stdout
    assert "cat 9" in result.stdout


# ---- download ------------------------------------------------------------------------------------------------------


def test_download_installs_each_set_and_tells_where_it_lies(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def install(data_set: DataSet, root: Path, *, watcher: Watcher) -> Status:
        asked.append((data_set.key, root))
        watcher.fetching("edge.tar.gz", 1, None)
        watcher.unpacking("edge.tar.gz", 1)
        return replace(status(EDGE, root), key=data_set.key)

    monkeypatch.setattr(installation, "install", install)
    result = run("datasets", "download", "edge", "silhouette", "--data", str(data))
    assert asked == [("edge", data), ("silhouette", data)]
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == f"edge: complete, 160 images in {data}/modelvshuman/edge"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DownloadFailed("it is gone."), "it is gone."),
        (UnsafeArchive("it bites."), "it bites."),
        (InstallationBusy("wait."), "wait."),
        (PermissionError(13, "Permission denied", "/sets"), "/sets: Permission denied. Name a place that can be used"),
        (KeyboardInterrupt(), "Stopped. Run the same command again to continue."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_goes_wrong_ends_the_command_with_a_message(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, told: str
) -> None:
    monkeypatch.setattr(installation, "install", create_autospec(installation.install, side_effect=error))
    result = run("datasets", "download", "edge")
    assert result.exit_code == 1
    assert result.stderr.startswith(told)
    assert result.stdout == ""


def test_a_set_that_may_not_be_fetched_says_what_to_do(run: Run) -> None:
    result = run("datasets", "download", "imagenet-val")
    assert result.exit_code == 1
    assert "cannot be downloaded. Register at image-net.org" in result.stderr


# ---- prepare -------------------------------------------------------------------------------------------------------


def test_prepare_hands_on_where_the_archives_lie(run: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = replace(status(EDGE, data), key="imagenet-val")
    fake = create_autospec(prepare.prepare_imagenet, return_value=found)
    monkeypatch.setattr(prepare, "prepare_imagenet", fake)
    result = run("datasets", "prepare", "imagenet", "--data", str(data), "--images", "a.tar", "--devkit", "b.tgz")
    assert (result.exit_code, result.stdout) == (0, "complete imagenet-val       160 of 160 images\n")
    assert fake.call_args.args == (data,)
    assert fake.call_args.kwargs["images"] == Path("a.tar")
    assert fake.call_args.kwargs["devkit"] == Path("b.tgz")
    fake.call_args.kwargs["progress"](1, 2)


def test_prepare_says_what_it_lacks(run: Run, data_dir: Path) -> None:
    result = run("datasets", "prepare", "imagenet")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{data_dir}/datasets/imagenet/ILSVRC2012_img_val.tar is not there. Register")


def test_nothing_else_needs_preparation(run: Run) -> None:
    result = run("datasets", "prepare", "edge")
    assert result.exit_code == 2
    assert result.stderr == "'edge' need not be prepared. Run `wellbehaved datasets prepare imagenet`.\n"


# ---- the toy benchmark ---------------------------------------------------------------------------------------------


def test_make_toy_draws_into_the_folder(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = create_autospec(generator.make_toy, return_value=tmp_path / "toy-shapes")
    monkeypatch.setattr(generator, "make_toy", fake)
    result = run("datasets", "make-toy", str(tmp_path), "--seed", "3")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Made {tmp_path}/toy-shapes.")
    assert fake.call_args.args == (tmp_path,)
    assert fake.call_args.kwargs["seed"] == 3
    fake.call_args.kwargs["progress"](1, 2)


def test_make_toy_says_where_it_cannot_write(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run("datasets", "make-toy", str(tmp_path / "file"))
    assert result.exit_code == 1
    assert "Name a place that can be used" in result.stderr


def test_train_toy_trains_as_it_is_told(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = create_autospec(training.train, return_value=0.875)
    monkeypatch.setattr(training, "train", fake)
    out = tmp_path / "net.safetensors"
    result = run(
        "datasets", "train-toy", str(tmp_path), "--architecture", "resnet18", "--out", str(out), "--epochs", "2"
    )
    assert result.exit_code == 0
    assert f"Wrote {out}; 87.5 % of the training images" in result.stdout
    assert f"wellbehaved evaluate resnet18 --weights {out} --benchmark toy-shapes" in result.stdout
    root, target, wishes, progress = fake.call_args.args
    assert (root, target) == (tmp_path, out)
    assert (wishes.architecture, wishes.epochs, wishes.seed) == ("resnet18", 2, 0)
    progress(1, 0.5)


def test_train_toy_chooses_a_small_model_itself(run: Run, monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> None:
    fake = create_autospec(training.train, return_value=1.0)
    monkeypatch.setattr(training, "train", fake)
    assert f"evaluate {training.ARCHITECTURE} " in run("datasets", "train-toy").stdout
    root, target, wishes, _ = fake.call_args.args
    assert (root, target, wishes) == (data_dir / "datasets", Path("toy.safetensors"), training.Training())


def test_train_toy_needs_the_images(run: Run, tmp_path: Path) -> None:
    result = run("datasets", "train-toy", str(tmp_path))
    assert result.exit_code == 1
    assert "run `wellbehaved datasets make-toy`" in result.stderr


def test_train_toy_needs_its_libraries(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    result = run("datasets", "train-toy")
    assert result.exit_code == 1
    assert f"`{installing('evaluation')}`" in result.stderr


def test_states_are_words_of_one_width() -> None:
    assert max(len(state.value) for state in State) < 9
