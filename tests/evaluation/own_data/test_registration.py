from pathlib import Path

import pytest
from PIL import Image
from pydantic import JsonValue, ValidationError

from evaluation.datasets.dataset import DataSetDamaged, DataSetMissing
from evaluation.datasets.reading import Exif
from evaluation.own_data import registration
from evaluation.own_data.generated import generated_folder
from evaluation.own_data.registration import Registration, benchmark_of, edited_definition, inspect
from evaluation.own_data.survey import Report
from quba.dimension import Pass
from quba.dimensions import MEASURES
from quba.errors import Refusal
from tests.evaluation.own_data.conftest import COUNTS, Folder
from tests.evaluation.own_data.marked_drawings import drawings

GIVEN: dict[str, JsonValue] = {
    "key": "flowers",
    "label": "Flowers",
    "description": "",
    "layout": "folders",
    "folder": "/data/flowers",
    "definition": {"clean": {"folder": "val"}},
    "classes": ["daisy", "rose"],
    "class_counts": [3, 2],
    "image_count": 5,
    "digest": "sha256:" + 64 * "0",
    "dimensions": ["accuracy"],
    "report": {},
}


def test_it_is_the_same_after_a_way_through_json() -> None:
    found = Registration.model_validate(GIVEN)
    assert found.default_protocol == "corrected"
    assert Registration.model_validate_json(found.model_dump_json()) == found


def test_it_cannot_be_changed_or_extended() -> None:
    with pytest.raises(ValidationError):
        Registration.model_validate({**GIVEN, "owner": "me"})
    with pytest.raises(ValidationError, match="frozen"):
        Registration.model_validate(GIVEN).key = "other"  # type: ignore[misc]


# ---- looking -------------------------------------------------------------------------------------------------------


def test_a_folder_without_a_definition_is_looked_at_and_left_as_it_is(flowers: Folder, tmp_path: Path) -> None:
    before = sorted(flowers.path.rglob("*"))
    found = inspect(flowers.path, cache=tmp_path / "cache")
    assert (found.key, found.label, found.layout) == ("flowers", "flowers", "folders")
    assert found.definition == {"key": "flowers", "label": "flowers", "clean": {"folder": "val"}}
    assert (found.classes, found.class_counts) == (list(COUNTS), list(COUNTS.values()))
    assert (found.image_count, found.folder) == (40, str(flowers.path))
    assert found.digest.startswith("sha256:")
    assert sorted(flowers.path.rglob("*")) == before
    # 8 images of the smallest class are too few for the two dimensions that look at each class.
    assert found.dimensions == [
        "accuracy", "adversarial_robustness", "corruption_robustness", "parameters_millions",
        # Of those beyond the study's, all that need no ten images of each class and no more than five classes.
        "negative_log_likelihood", "brier_score", "scaled_calibration_error", "selective_accuracy",
        "area_under_risk_coverage",
    ]  # fmt: skip


def test_the_definition_in_the_folder_counts(flowers: Folder, tmp_path: Path) -> None:
    flowers.define('key = "meadow"\nlabel = "Meadow"\n[clean]\nfolder = "val"\n[dimensions]\nuse = ["accuracy"]\n')
    found = inspect(flowers.path, cache=tmp_path / "cache")
    assert (found.key, found.label, found.dimensions) == ("meadow", "Meadow", ["accuracy"])
    assert inspect(flowers.path, key="meadow", label="Other", cache=tmp_path / "cache").label == "Other"
    with pytest.raises(Refusal) as refused:
        inspect(flowers.path, key="lawn", cache=tmp_path / "cache")
    assert refused.value.code == "another_key"
    with pytest.raises(Refusal) as refused:
        inspect(flowers.path, layout="imagenet-1k", cache=tmp_path / "cache")
    assert refused.value.code == "another_layout"


def test_a_key_is_given_by_the_name_or_asked_for(flowers: Folder, tmp_path: Path) -> None:
    named = flowers.path.rename(tmp_path / "Цветы")
    with pytest.raises(Refusal, match="gives no key") as refused:
        inspect(named, cache=tmp_path / "cache")
    assert "--key" in refused.value.hint
    assert inspect(named, key="tsvety", cache=tmp_path / "cache").label == "Цветы"
    with pytest.raises(Refusal, match="comes with the program"):
        inspect(named, key="imagenet-1k", cache=tmp_path / "cache")
    with pytest.raises(Refusal, match="at most 100"):
        inspect(named, key="a", label="x" * 101, cache=tmp_path / "cache")


def test_a_benchmark_without_any_dimension_is_refused(flowers: Folder, tmp_path: Path) -> None:
    flowers.define('[clean]\nfolder = "val"\n[dimensions]\nuse = ["shape_bias"]\n')
    with pytest.raises(Refusal) as refused:
        inspect(flowers.path, cache=tmp_path / "cache")
    assert refused.value.code == "no_dimensions"


def test_a_definition_that_is_wrong_is_not_looked_past(flowers: Folder, tmp_path: Path) -> None:
    flowers.define("colour = 1")
    with pytest.raises(Refusal, match="colour is unknown"):
        inspect(flowers.path, cache=tmp_path / "cache")


# ---- opening -------------------------------------------------------------------------------------------------------


def test_what_was_registered_is_opened(flowers: Folder, tmp_path: Path) -> None:
    flowers.define(
        '[clean]\nfolder = "val"\nexif = "ignore"\nunreadable_share = 0.5\nunreadable_most = 7\n'
        '[shifted.night]\nfolder = "night"\n[shifted.phone]\ntable = "phone.csv"\n'
    )
    flowers.draw("night/daisy/a.png", 0, 900)
    flowers.draw("phone/b c.png", 1, 901)
    flowers.write("phone.csv", b"path,label\nphone/b c.png,red rose\n")
    found = inspect(flowers.path, cache=tmp_path / "cache")
    benchmark = benchmark_of(flowers.path, found.definition, found.classes, found.digest)
    assert (benchmark.key, benchmark.label, benchmark.class_count) == (found.key, found.label, 3)
    assert (benchmark.classes, benchmark.dimensions) == (tuple(found.classes), tuple(found.dimensions))
    assert (benchmark.digest, benchmark.folder) == (found.digest, flowers.path)
    assert set(benchmark.data_sets) == {Pass.CLEAN, Pass.SHIFTED}
    clean, shifted = benchmark.data_sets[Pass.CLEAN], benchmark.data_sets[Pass.SHIFTED]
    assert (clean.image_count, clean.label_count, clean.exif) == (40, 3, Exif.IGNORE)
    assert (clean.unreadable_share, clean.unreadable_most, clean.own) == (0.5, 7, True)
    images = clean.read(tmp_path, "")
    assert images.labels.tolist() == 20 * [0] + 12 * [1] + 8 * [2]
    assert images.paths[0] == flowers.path / "val/daisy/image 00.jpg"
    assert shifted.variants == ("night", "phone")
    assert shifted.exif is Exif.IGNORE
    assert shifted.read(tmp_path, "phone").paths == (flowers.path / "phone/b c.png",)
    assert shifted.read(tmp_path, "phone").labels.tolist() == [1]
    assert "ood_robustness" in found.dimensions


def test_a_folder_that_vanishes_is_missing_and_one_that_changed_is_damaged(flowers: Folder, tmp_path: Path) -> None:
    found = inspect(flowers.path, cache=tmp_path / "cache")
    benchmark = benchmark_of(flowers.path, found.definition, found.classes, found.digest)
    read = benchmark.data_sets[Pass.CLEAN].read
    flowers.draw("val/weed/a.png", 0, 1)
    with pytest.raises(DataSetDamaged, match="such as weed"):
        read(tmp_path, "")
    (flowers.path / "val").rename(flowers.path / "elsewhere")
    with pytest.raises(DataSetMissing, match="not a folder that is there"):
        read(tmp_path, "")
    (flowers.path / "val/daisy").mkdir(parents=True)
    with pytest.raises(DataSetDamaged, match="holds no images"):
        read(tmp_path, "")
    with pytest.raises(Refusal):
        benchmark_of(tmp_path / "gone", found.definition, found.classes, found.digest)


def test_a_subset_of_the_studys_folders_is_a_benchmark_of_its_own(empty: Folder, tmp_path: Path) -> None:
    from evaluation.datasets.class_maps import WNIDS

    for label in (0, 1, 999):
        empty.draw(f"imagenet/val/{WNIDS[label]}/a.png", 0, label)
    empty.draw("modelvshuman/edge/cat/a.png", 0, 7)
    found = inspect(empty.path, layout="imagenet-1k", cache=tmp_path / "cache")
    assert found.definition == {"key": "flowers", "label": "flowers", "layout": "imagenet-1k"}
    assert (found.image_count, sum(found.class_counts), len(found.classes)) == (4, 3, 1000)
    benchmark = benchmark_of(empty.path, found.definition, found.classes, found.digest)
    # Wherever the data folder is: the images lie where they were registered.
    images = benchmark.data_sets[Pass.CLEAN].read(tmp_path, "")
    assert images.labels.tolist() == [0, 1, 999]
    assert len(benchmark.data_sets[Pass.EDGE].read(tmp_path, "").paths) == 1
    assert benchmark.data_sets[Pass.EDGE].benchmark == "flowers"
    assert Pass.SKETCH not in benchmark.data_sets
    table = {each.key: each for each in Report.model_validate(found.report).dimensions}
    assert "Silhouettes" in str(table["ood_robustness"].reason)
    (empty.path / "imagenet").rename(empty.path / "elsewhere")
    with pytest.raises(Refusal) as refused:
        inspect(empty.path, layout="imagenet-1k", cache=tmp_path / "cache")
    assert refused.value.code == "no_clean_set"


def test_sets_are_generated_from_masks_and_on_demand_and_masks_of_no_use_are_told(tmp_path: Path) -> None:
    drawn = drawings(tmp_path / "own")
    text = '[clean]\nfolder = "val"\n[masks]\nfolder = "masks"\n[generated]\nrenditions = ["sketch"]\n'
    (drawn.folder / "benchmark.toml").write_text(text, encoding="utf-8")
    found = inspect(drawn.folder, cache=tmp_path / "cache")
    assert {"ood_robustness", "object_focus", "shape_bias"} <= set(found.dimensions)
    benchmark = benchmark_of(drawn.folder, found.definition, found.classes, found.digest)
    assert set(benchmark.data_sets) == {
        Pass.CLEAN, Pass.GENERATED, Pass.MIXED_SAME, Pass.MIXED_RAND, Pass.CUE_CONFLICT,
    }  # fmt: skip
    before = sorted(drawn.folder.rglob("*"))
    place = generated_folder(tmp_path / "data", "own", found.digest)
    for data_set in benchmark.data_sets.values():
        for variant in data_set.variants:
            images = data_set.read(tmp_path / "data", variant)
            assert len(images.paths) == 40
            assert images.paths[0].is_relative_to(drawn.folder if data_set.source is Pass.CLEAN else place)
    assert sorted(drawn.folder.rglob("*")) == before
    # A mask of another size than its image: known before anything is measured.
    Image.new("L", (3, 3), color=1).save(drawn.folder / "masks" / drawn.classes[1] / "07.png")
    table = {
        each.key: each
        for each in Report.model_validate(inspect(drawn.folder, cache=tmp_path / "cache").report).dimensions
    }
    assert not table["object_focus"].available
    reason = str(table["shape_bias"].reason)
    assert f"of 4 classes 1 has fewer: {drawn.classes[1]} 9." in reason
    assert "07.png is 3 x 3 pixels and its image 64 x 64. Save the mask in the size" in reason


def test_very_many_masks_are_counted_and_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = drawings(tmp_path / "own")
    Image.new("L", (3, 3), color=1).save(drawn.folder / "masks" / drawn.classes[1] / "07.png")
    monkeypatch.setattr(registration, "_MOST_MASKS_LOOKED_AT", 39)
    assert "object_focus" in inspect(drawn.folder, cache=tmp_path / "cache").dimensions
    (drawn.folder / "masks" / drawn.classes[1] / "07.png").unlink()
    assert "object_focus" not in inspect(drawn.folder, cache=tmp_path / "cache").dimensions


def test_every_dimension_stands_in_the_table(flowers: Folder, tmp_path: Path) -> None:
    found = inspect(flowers.path, cache=tmp_path / "cache")
    assert [each.key for each in Report.model_validate(found.report).dimensions] == list(MEASURES)


def test_an_edited_definition_is_noticed_and_a_name_is_no_edit(flowers: Folder, tmp_path: Path) -> None:
    told = inspect(flowers.path, cache=tmp_path / "cache").definition
    assert not edited_definition(flowers.path, told)
    flowers.define('key = "other"\nlabel = "Other"\n[clean]\nfolder = "val"\n')
    assert not edited_definition(flowers.path, told)
    flowers.define('[clean]\nfolder = "val"\n[dimensions]\nuse = ["accuracy"]\n')
    assert edited_definition(flowers.path, told) == f"{flowers.path / 'benchmark.toml'} was edited: dimensions."
