import csv
import io
from collections import Counter

import pytest

from backend.imports.flags import FLAGS, label_flags, touched_dimensions, value_flags
from backend.imports.importer import published_scores
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS

FIVE = ("adversarial_robustness", "corruption_robustness", "ood_robustness", "calibration_error", "class_balance")


def test_every_flag_says_what_it_means_and_whose_word_it_is() -> None:
    assert list(FLAGS) == [
        "train-mode",
        "train-mode-mild",
        "double-softmax",
        "outlier",
        "label-corrected",
        "few-images",
        "chance-level",
    ]
    for key, flag in FLAGS.items():
        assert flag.key == key
        assert flag.label
        # What is told by a count or a test is nobody's reading.
        assert ("this project's reading" in flag.meaning) == (key not in {"few-images", "chance-level"})
        assert set(flag.dimensions) <= set(DIMENSIONS)


def test_which_values_a_flag_touches() -> None:
    assert {key: flag.dimensions for key, flag in FLAGS.items()} == {
        "train-mode": FIVE,
        "train-mode-mild": FIVE,
        "double-softmax": ("calibration_error", "class_balance"),
        "outlier": FIVE,
        "label-corrected": (),
        "few-images": ("calibration_error", "class_balance", "worst_class_recall"),
        "chance-level": (
            *(key for key in STUDY_DIMENSIONS if key not in {"accuracy", "calibration_error", "parameters_millions"}),
            "relative_corruption_error",
        ),
    }
    assert touched_dimensions("outlier", "efficientnet-b0") == ("corruption_robustness",)
    assert touched_dimensions("outlier", "my-own") == STUDY_DIMENSIONS
    with pytest.raises(KeyError):
        touched_dimensions("made-up", "alexnet")


def test_flags_of_one_model() -> None:
    flags = ("double-softmax", "outlier", "label-corrected")
    assert value_flags(flags, "clip-openai-l14") == {
        "adversarial_robustness": ("outlier",),
        "calibration_error": ("double-softmax", "outlier"),
        "class_balance": ("double-softmax",),
    }
    assert label_flags(flags) == ("label-corrected",)
    assert value_flags((), "alexnet") == {}


def test_every_outlier_of_the_study_names_its_values() -> None:
    rows = csv.DictReader(io.StringIO(published_scores().decode(), newline=""))
    counts: Counter[str] = Counter()
    for row in rows:
        flags = row["flags"].split(";") if row["flags"] else []
        counts.update(flags)
        if "outlier" in flags:
            assert 1 <= len(touched_dimensions("outlier", row["model_id"])) <= 2
    assert counts == {
        "train-mode": 81,
        "double-softmax": 30,
        "outlier": 7,
        "label-corrected": 8,
        "train-mode-mild": 1,
    }
