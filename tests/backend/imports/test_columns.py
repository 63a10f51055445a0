import csv
import io

import pytest

from backend.imports.columns import (
    GROUPING,
    NEEDED,
    OPTIONAL,
    cell_violation,
    columns,
    dimensions_of_files,
    known_columns,
    unknown_column,
)
from backend.imports.importer import published_scores
from backend.store.names import normalised_text
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS


def test_the_columns_are_those_of_the_published_scores() -> None:
    published = next(csv.reader(io.StringIO(published_scores().decode(), newline="")))
    assert sorted(columns()) == sorted([*published, *(set(dimensions_of_files()) - set(STUDY_DIMENSIONS))])
    assert set(DIMENSIONS) - set(dimensions_of_files()) == {"macs_billions", "activations_millions"}
    assert len(set(columns())) == len(columns())
    assert not set(DIMENSIONS) & set(NEEDED)  # a column that is absent is not measured


@pytest.mark.parametrize("cell", ["0", "1", "0.5", "00.5", "-0", "-0.0", "0." + "1" * 20, "5e-05", "7.6E-5", "1e-3"])
def test_plain_decimals_are_numbers(cell: str) -> None:
    assert cell_violation("accuracy", cell) is None


@pytest.mark.parametrize(
    "cell",
    [
        "nan", "NaN", "inf", "-inf", "Infinity", "1e", "e5", "1e-3.5", "1e9999", "0,5", "80%",
        "0.5 ", " 0.5", "+0.5", ".5", "5.",
        "0x1", "1_0", "٠.٥", "０.５", "−0.5", "--1", "0.5.5", "=0.5", "none", "N/A", "9" * 400, "0." + "1" * 400,
    ],
)  # fmt: skip
def test_other_spellings_are_not(cell: str) -> None:
    for key in DIMENSIONS:
        violation = cell_violation(key, cell)
        assert violation is not None
        assert "plain decimal such as 0.7613" in violation


@pytest.mark.parametrize(
    ("column", "cell", "rule"),
    [
        ("accuracy", "1.01", "cannot be: Accuracy must be at most 1; correct it"),
        ("accuracy", "-0.01", "cannot be: Accuracy must be at least 0; correct it"),
        ("adversarial_robustness", "12.5", "per cent; divide by 100; correct it"),
        ("adversarial_robustness", "3.52", "looks like per cent; divide by 100; correct it"),
        ("accuracy", "76.13", "looks like per cent; divide by 100; correct it"),
        ("calibration_error", "0.37", "looks like per cent; divide by 100; correct it"),
        ("accuracy", "1e9", "cannot be: Accuracy must be at most 1; correct it"),
        ("accuracy", "1e999", "cannot be: Accuracy must be a finite number; correct it"),
        ("parameters_millions", "25557032", "looks like a count; divide by 1000000; correct it"),
        ("parameters_millions", "0", "is outside the plausible range of 0.001 to 100000 (million parameters); check"),
        ("parameters_millions", "999999999999999", "is outside the plausible range"),
        ("accuracy.standard_error", "-0.1", "must be a standard error in the unit of accuracy, 0 to 1; correct it"),
        ("accuracy.standard_error", "1.5", "must be a standard error in the unit of accuracy, 0 to 1; correct it"),
        ("accuracy.standard_error", "x", "must be a plain decimal such as 0.0018"),
        ("shape_bias.sample_count", "0", "must be a whole number of images"),
        ("shape_bias.sample_count", "1.5", "must be a whole number of images"),
        ("shape_bias.sample_count", "2147483648", "must be a whole number of images, 1 to 2147483647, or empty."),
        ("architecture", "CNN", "must be one of cnn, transformer, vision-language, b-cos, unknown."),
        ("training", "rl", "must be one of supervised, self-supervised, semi-supervised, adversarial, unknown."),
        ("recipe", "a4", "must be one of a1, a2, a3, none, unknown."),
        ("head", "linear", "must be one of fine-tuned, linear-probe, zero-shot, none, unknown."),
        ("pretraining_data", "none", "must be one of imagenet-1k, imagenet-21k, large, unknown."),
        ("model_id", "Mine", "must be 1 to 100 of a-z"),
        ("model_id", "-mine", "must be 1 to 100 of a-z"),
        ("model_id", "../mine", "must be 1 to 100 of a-z"),
        ("model_id", "mine\n", "must be 1 to 100 of a-z"),
        ("model_id", "m" * 101, "must be 1 to 100 of a-z"),
        ("published_row", "-1", "whole number"),
        ("published_row", "1.0", "whole number"),
        ("published_row", "9999999999", "whole number"),
        ("flags", "made-up", "must hold flags out of train-mode"),
        ("flags", "outlier;", "must hold flags out of train-mode"),
        ("flags", "outlier; double-softmax", "must hold flags out of train-mode"),
        ("flags", "outlier;outlier", "holds a flag twice"),
        ("name", "=1+1", "would run as a formula"),
        ("name", "+1", "would run as a formula"),
        ("name", "-1", "would run as a formula"),
        ("name", "@SUM(A1)", "would run as a formula"),
        ("name", "\t=1", "would run as a formula"),
        ("note", "=1+1", "would run as a formula"),
        ("name", "n" * 201, "at most 200 characters, not 201"),
        ("backbone", "n" * 201, "at most 200 characters, not 201"),
        ("note", "n" * 4001, "at most 4000 characters, not 4001"),
        ("name", "two\nlines", "control or invisible"),
        ("name", "a\u202eb", "control or invisible"),
        ("name", "a\u200bb", "control or invisible"),
        ("note", "a\x1bb", "control or invisible"),
        ("name", " Mine", "start or end with a space"),
        ("source_library", "timm ", "start or end with a space"),
    ],
)
def test_cells_that_break_a_rule(column: str, cell: str, rule: str) -> None:
    violation = cell_violation(column, cell)
    assert violation is not None
    assert rule in violation
    assert violation.endswith(".")


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("model_id", "a"),
        ("model_id", "0.a_b-c"),
        ("name", "ViT-B/16 † (größer) 模型 😀"),
        ("note", "two\r\nlines"),
        ("flags", "double-softmax;outlier"),
        ("recipe", "none"),
        ("head", "none"),
        ("published_row", "325"),
        ("object_focus", "-0.2"),
        ("ood_robustness", "1.12"),
    ],
)
def test_cells_that_break_none(column: str, cell: str) -> None:
    assert cell_violation(column, cell) is None


def test_what_may_be_empty() -> None:
    may = {column for column in known_columns() if cell_violation(column, "") is None}
    assert may == {*known_columns()} - {"model_id", "timm_tag", "name", *GROUPING} | {"recipe", "head"}
    assert {*OPTIONAL} - {*GROUPING} <= may
    assert cell_violation("name", "") == "must not be empty; fill it in."


def test_letters_have_one_spelling() -> None:
    assert normalised_text("Mode\u0300le") == "Modèle"


def test_a_column_of_a_fact_is_refused_with_what_counts_it() -> None:
    assert "macs_billions" not in known_columns()
    assert "`wellbehaved cost --record`" in unknown_column("macs_billions")
    assert unknown_column("acuracy") == "is no known column; did you mean accuracy?"
