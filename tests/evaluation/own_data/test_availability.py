from dataclasses import replace

from evaluation.own_data.availability import Availability, availability, declared_dimensions
from evaluation.own_data.definition import definition_of
from evaluation.own_data.image_sets import image_sets, layout_sets
from quba.dimension import Pass
from tests.evaluation.own_data.conftest import Folder


def table(folder: Folder, **definition: object) -> dict[str, Availability]:
    known = definition_of({"clean": {"folder": "val"}, **definition})
    return {each.key: each for each in availability(known, image_sets(folder.path, known))}


def test_what_labelled_images_alone_bring(flowers: Folder) -> None:
    found = table(flowers)
    assert [key for key, each in found.items() if each.available] == [
        "accuracy", "adversarial_robustness", "corruption_robustness", "parameters_millions",
        "negative_log_likelihood", "brier_score", "scaled_calibration_error", "selective_accuracy",
        "area_under_risk_coverage",
    ]  # fmt: skip
    assert found["calibration_error"].reason == (
        "15 images of each class are needed, and 2 classes have fewer: red rose 12, tülip 8."
    )
    assert found["class_balance"].reason == ("10 images of each class are needed, and 1 classes have fewer: tülip 8.")
    assert "[shifted.NAME]" in str(found["ood_robustness"].remedy)
    assert "benchmark masks KEY" in str(found["object_focus"].remedy)
    assert found["top5_accuracy"].reason == (
        "6 classes are needed, and there are 3: every model would have the same value."
    )
    assert "published figures of another on ImageNet-C" in str(found["relative_corruption_error"].reason)
    assert "corruption robustness" in str(found["relative_corruption_error"].remedy)
    assert all((each.reason is None) is each.available is (each.remedy is None) for each in found.values())


def test_more_images_bring_the_dimensions_of_the_classes(flowers: Folder) -> None:
    for number in range(20, 35):
        for label, name in enumerate(("daisy", "red rose", "tülip")):
            flowers.draw(f"val/{name}/{number}.png", label, number)
    found = table(flowers)
    assert found["calibration_error"].available
    assert found["class_balance"].available


def test_shifted_sets_come_before_renditions(flowers: Folder) -> None:
    flowers.draw("night/daisy/a.png", 0, 1)
    renditions = {"renditions": ["edge"]}
    assert table(flowers, generated=renditions)["ood_robustness"].generated
    found = table(flowers, generated=renditions, shifted={"night": {"folder": "night"}})["ood_robustness"]
    assert (found.available, found.generated) == (True, False)


def test_masks_bring_two_more(flowers: Folder) -> None:
    (flowers.path / "masks").mkdir()
    assert "holds no masks" in str(table(flowers, masks={"folder": "masks"})["shape_bias"].reason)
    flowers.draw("masks/daisy/image 00.png", 0, 1)
    few = table(flowers, masks={"folder": "masks"})["shape_bias"]
    assert "of 3 classes 3 have fewer: daisy 1, red rose 0, tülip 0." in str(few.reason)
    assert "benchmark masks KEY" in str(few.remedy)
    for number in range(2):
        flowers.draw(f"val/tülip/more {number}.png", 2, 100 + number)
    for image in (flowers.path / "val").rglob("*.*"):
        flowers.draw(f"masks/{image.relative_to(flowers.path / 'val').with_suffix('.png')}", 0, 1)
    found = table(flowers, masks={"folder": "masks"})
    assert all(found[key].available and found[key].generated for key in ("object_focus", "shape_bias"))


def test_what_is_declared_is_what_can_be_had_and_is_used(flowers: Folder) -> None:
    known = definition_of({"clean": {"folder": "val"}, "dimensions": {"use": ["shape_bias", "accuracy"]}})
    assert declared_dimensions(known, availability(known, image_sets(flowers.path, known))) == ("accuracy",)


def test_of_the_toys_layout(empty: Folder) -> None:
    from evaluation.toy.shapes import CLASSES

    for number in range(16):
        for label, name in enumerate(CLASSES):
            empty.draw(f"toy-shapes/val/{name}/{number}.png", label % 3, number)
            empty.draw(f"toy-shapes/cue-conflict/{name}/{name}-{name}1.png", label % 3, number)
    known = definition_of({"layout": "toy-shapes"})
    found = {each.key: each for each in availability(known, image_sets(empty.path, known))}
    assert [key for key, each in found.items() if not each.available] == [
        "ood_robustness", "object_focus", "relative_corruption_error",
    ]  # fmt: skip
    assert "make-toy" in str(found["object_focus"].remedy)


def test_a_yardstick_needs_its_own_files_whole(flowers: Folder) -> None:
    listed = image_sets(flowers.path, definition_of({"clean": {"folder": "val"}}))
    layout = definition_of({"layout": "imagenet-1k"})
    names = [f"imagenet-c/{variant}" for variant in layout_sets("imagenet-1k")[Pass.CORRUPTIONS].variants]
    assert len(names) == 75
    for there, found in ((names, True), (names[1:], False), ([], False)):
        sets = replace(listed, others=dict.fromkeys(there, listed.clean))
        table = {each.key: each for each in availability(layout, sets)}
        assert table["relative_corruption_error"].available is found
        # Which makes its corruptions itself where they are not whole.
        assert table["corruption_robustness"].available
    assert "ImageNet-C" in str(table["relative_corruption_error"].reason)
    assert "download imagenet-c" in str(table["relative_corruption_error"].remedy)
