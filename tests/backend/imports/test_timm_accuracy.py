import pytest

from backend.imports.csv_file import ImportRejected
from backend.imports.foreign_table import ForeignTable, ForeignValue
from backend.imports.new_models import new_model
from backend.imports.timm_accuracy import accuracy_table, ids_by_tag
from quba.measuring.uncertainty import binomial_standard_error
from tests.backend.imports.foreign_files import places, results, table_file

REAL = "results-imagenet-real.csv"


def table(*rows: dict[str, str], name: str | None = REAL, dimension: str | None = None) -> ForeignTable:
    return accuracy_table(table_file(results(*rows), name, dimension))


def refusal(*rows: dict[str, str], name: str | None = REAL, dimension: str | None = None) -> ImportRejected:
    with pytest.raises(ImportRejected) as found:
        table(*rows, name=name, dimension=dimension)
    return found.value


def test_a_row_gives_two_accuracies_as_fractions_with_their_errors() -> None:
    [row] = table({}).rows
    assert (row.line, row.model, row.input_size) == (2, "resnet50.a1_in1k", 224)
    images = 46_837
    assert row.values == {
        "timm_imagenet_real_top1": ForeignValue(
            value=0.8025, sample_count=images, standard_error=binomial_standard_error(0.8025, images)
        ),
        "timm_imagenet_real_top5": ForeignValue(
            value=0.945, sample_count=images, standard_error=binomial_standard_error(0.945, images)
        ),
    }
    assert row.conditions == "images of 224 pixels, crop_pct 0.950, interpolation bicubic"


def test_its_dimensions_say_what_they_are_and_weigh_nothing() -> None:
    first, second = (each.dimension() for each in table({}).definitions)
    assert (first.key, first.label) == ("timm_imagenet_real_top1", "ImageNet-ReaL, top-1")
    assert (second.key, second.label) == ("timm_imagenet_real_top5", "ImageNet-ReaL, top-5")
    assert (first.higher_is_better, first.default_weight, first.unit) == (True, 0, "fraction")
    assert REAL in first.source
    assert first.description != second.description


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("results-imagenet.csv", "timm_imagenet"),
        ("results-imagenet-real.csv", "timm_imagenet_real"),
        ("results-imagenetv2-matched-frequency.csv", "timm_imagenet_v2"),
        ("results-inv2-matched-frequency.csv", "timm_imagenet_v2"),
        ("results-imagenet-a.csv", "timm_imagenet_a"),
        ("results-imagenet-a-clean.csv", "timm_imagenet_a_clean"),
        ("results-imagenet-r.csv", "timm_imagenet_r"),
        ("results-imagenet-r-clean.csv", "timm_imagenet_r_clean"),
        ("results-sketch.csv", "timm_imagenet_sketch"),
    ],
)
def test_the_set_is_that_of_the_name_or_of_the_option(name: str, key: str) -> None:
    expected = [f"{key}_top1", f"{key}_top5"]
    assert [each.key for each in table({}, name=name).definitions] == expected
    assert [each.key for each in table({}, name="mine.csv", dimension=key).definitions] == expected
    assert [each.key for each in table({}, name=f"some/folder/{name}", dimension=key).definitions] == expected


@pytest.mark.parametrize(
    ("name", "dimension", "words"),
    [
        ("mine.csv", None, "does not say which set"),
        (None, None, "does not say which set"),
        ("results-imagenet-b.csv", None, "does not say which set"),
        ("mine.csv", "accuracy", "is no set"),
        (REAL, "timm_imagenet_a", "not on timm_imagenet_a"),
    ],
)
def test_a_set_is_never_guessed(name: str | None, dimension: str | None, words: str) -> None:
    [error] = refusal({}, name=name, dimension=dimension).errors
    assert words in error.rule


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        ({"top1": "nan"}, ["top1"]),
        ({"top1": "180.25"}, ["top1"]),
        ({"top1": "-1", "top5_err": ""}, ["top1", "top5_err"]),
        ({"img_size": "0"}, ["img_size"]),
        ({"img_size": "224.5"}, ["img_size"]),
        ({"model": " "}, ["model"]),
        ({"top1": "0.8025", "top1_err": "0.1975"}, ["top1"]),
        ({"top1": "95", "top1_err": "5"}, ["top1"]),
        ({"top5": "94", "top5_err": "5.5"}, ["top5"]),
    ],
)
def test_a_bad_cell_is_named(row: dict[str, str], columns: list[str]) -> None:
    assert [(error.line, error.column) for error in refusal({"model": "a.b"}, row).errors] == [
        (3, column) for column in columns
    ]


def test_the_same_model_twice_at_one_size_is_refused_and_at_two_is_not() -> None:
    assert [row.input_size for row in table({}, {"img_size": "288"}).rows] == [224, 288]
    assert places(refusal({}, {"model": "a.b"}, {}).errors) == [(4, "model", "resnet50.a1_in1k")]


def test_every_fault_is_listed() -> None:
    assert len(refusal({"top1": "x"}, {"top1": "y", "model": "a.b"}).errors) == 2


def test_a_table_without_rows_is_refused() -> None:
    assert "no results" in refusal().errors[0].rule


def test_renamed_weights_go_by_the_name_of_today() -> None:
    old = "convnext_base_in22ft1k"
    assert table({"model": old}).rows[0].model == "convnext_base.fb_in22k_ft_in1k"
    stored = {
        "one": new_model(model_id="one", name="One", library="timm", identifier=old),
        "two": new_model(model_id="two", name="Two", library="torchvision", identifier="resnet50/X"),
    }
    assert ids_by_tag(stored) == {"convnext_base.fb_in22k_ft_in1k": ["one"]}


def test_only_weights_for_the_thousand_classes_make_a_new_model() -> None:
    new = table({}).new_model
    made = new("resnet18.a1_in1k")
    assert made is not None
    assert (made.id, made.name, made.source_library) == ("resnet18.a1_in1k", "resnet18.a1_in1k", "timm")
    assert new("resnet18") is None
    assert new("convnext_base.fb_in22k") is None
    assert new("nothing.known") is None
