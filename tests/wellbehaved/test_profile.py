"""A profile: its values, its file, and what is no profile."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from quba.errors import Refusal
from tests.wellbehaved.profiles import RESULTS, make_profile, plain
from wellbehaved.profile import Profile


def test_the_frame_has_a_row_for_each_dimension() -> None:
    frame: Any = make_profile().frame
    assert list(frame.index) == list(RESULTS)
    assert frame.loc["accuracy", ["label", "value", "sample_count"]].tolist() == ["Accuracy", 0.625, 8]
    assert frame.loc["calibration_error", "low"] == pytest.approx(0.1 - 1.96 * 0.05, abs=1e-3)
    assert frame.loc["adversarial_robustness", "missing"] == "not_applicable"
    assert pd.isna(frame.loc["parameters_millions", "sample_count"])
    assert frame["value"].dtype == np.float64


def test_a_file_gives_back_exactly_what_was_saved(tmp_path: Path) -> None:
    third = {**RESULTS, "accuracy": plain(1 / 3, 0.1 + 0.2, parts={"each": [0.1, 1e-17], "of": {"a": None}})}
    profile = make_profile(results=third, notes=("It was in <training> mode.",), class_report={"classes": []})
    place = profile.save(tmp_path / "mine.json")
    assert [each.name for each in tmp_path.glob("mine*")] == ["mine.json"]
    again = Profile.load(place)
    for name in ("name", "identity", "conditions", "setting", "results", "guesses", "notes", "class_report"):
        assert getattr(again, name) == getattr(profile, name), name
    assert again.evidence.to_bytes() == profile.evidence.to_bytes()
    assert again.save(tmp_path / "again.json").read_bytes() == place.read_bytes()


def broken(tmp_path: Path, **other: Any) -> Path:  # noqa: ANN401 - any JSON value
    told = json.loads(make_profile().save(tmp_path / "whole.json").read_text())
    place = tmp_path / "broken.json"
    place.write_text(json.dumps({key: value for key, value in (told | other).items() if value != "left out"}))
    return place


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"format": "other"}, "it is another file"),
        ({"version": 2}, "its version is 2 and this program reads 1"),
        ({"results": "left out"}, "it is not whole: KeyError: 'results'"),
        ({"results": {"charm": plain(1.0)}}, "there is no dimension 'charm'"),
        ({"results": {"accuracy": plain(None, missing="lost")}}, "'lost' is not a valid Missing"),
        ({"evidence": "???"}, "it is not whole: Error: "),
        ({"evidence": base64.b64encode(b"no archive").decode()}, "it is not whole: Refusal: what was kept"),
        ({"setting": {}}, "it is not whole: TypeError"),
        ({"identity": None, "results": []}, "it is not whole: AttributeError"),
    ],
)
def test_a_file_that_is_no_whole_profile(tmp_path: Path, other: dict[str, Any], message: str) -> None:
    with pytest.raises(Refusal) as caught:
        Profile.load(broken(tmp_path, **other))
    assert message in str(caught.value)
    assert str(caught.value).endswith("Name a file that Profile.save wrote.")
    assert caught.value.code == "profile_unreadable"


@pytest.mark.parametrize(("content", "message"), [("weights", "it is no JSON"), ("[]", "it is another file")])
def test_a_file_that_is_something_else(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(Refusal, match=message):
        Profile.load(tmp_path / "a.json")


def test_a_number_that_json_has_not_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        make_profile(results={"accuracy": plain(float("nan"))}).save(tmp_path / "a.json")
    assert not (tmp_path / "a.json").exists()
