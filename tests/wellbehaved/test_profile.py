"""A profile: its values, its file, and what is no profile."""

import base64
import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
        ({"results": "left out"}, "it is not whole: ValueError: results: Field required"),
        ({"results": {"charm": plain(1.0)}}, "there is no dimension 'charm'"),
        (
            {"results": {"accuracy": plain(None, missing="lost")}},
            "results.accuracy.missing: Input should be 'not_measured', ",
        ),
        ({"evidence": "???"}, "it is not whole: Error: "),
        ({"evidence": base64.b64encode(b"no archive").decode()}, "it is not whole: Refusal: what was kept"),
        ({"setting": {}}, "setting.benchmark_label: Field required"),
        ({"results": {"accuracy": {"value": 0.5, "missing": None}}}, "results.accuracy.standard_error: Field required"),
        ({"identity": None, "results": []}, "identity: Input should be an object"),
        (
            {"results": {"accuracy": {**plain(0.5), "value": "much"}}},
            "results.accuracy.value: Input should be a valid number",
        ),
        ({"setting": {**asdict(make_profile().setting), "age": 1}}, "unexpected keyword argument 'age'"),
    ],
)
def test_a_file_that_is_no_whole_profile(tmp_path: Path, other: dict[str, Any], message: str) -> None:
    with pytest.raises(Refusal) as caught:
        Profile.load(broken(tmp_path, **other))
    assert message in str(caught.value)
    assert str(caught.value).endswith("Name a file that Profile.save wrote.")
    assert caught.value.code == "profile_unreadable"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("weights", "it is no JSON"),
        ("[]", "it is another file"),
        ("[NaN]", "it is no JSON: NaN is no number"),
        ("[" * 100_000, "it is no JSON: maximum recursion"),
    ],
)
def test_a_file_that_is_something_else(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(Refusal, match=message):
        Profile.load(tmp_path / "a.json")


def test_a_number_that_json_has_not_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        make_profile(results={"accuracy": plain(float("nan"))}).save(tmp_path / "a.json")
    assert not (tmp_path / "a.json").exists()


NUMBERS = st.none() | st.floats(0, 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text("aé☃"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=30)  # each writes a file
@given(
    st.text("aé☃ \n\t<|"),
    NUMBERS,
    st.dictionaries(st.text("ab"), JSON, max_size=3),
    st.lists(st.text("aé☃"), max_size=3),
)
def test_whatever_was_measured_comes_back(
    name: str, error: float | None, parts: dict[str, Any], notes: list[str]
) -> None:
    told = {**RESULTS, "accuracy": plain(0.5, error, parts=parts)}
    profile = make_profile(name, results=told, notes=tuple(notes))
    with TemporaryDirectory() as folder:
        again = Profile.load(profile.save(Path(folder) / "a.json"))
    assert (again.name, again.results, again.notes) == (profile.name, profile.results, profile.notes)
    assert again.values == profile.values
    assert again.evidence.to_bytes() == profile.evidence.to_bytes()


def places(told: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - any JSON value
    """Of all values in a document, the keys that lead there."""
    inner = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    return [path for key, each in inner for path in ((key,), *((key, *more) for more in places(each)))]


DOCUMENT = make_profile(notes=("Left in training mode.",), class_report={"classes": []})._plain()


@settings(max_examples=30)  # each writes a file
@given(st.sampled_from(places(DOCUMENT)), JSON | st.just(...))
def test_a_file_that_somebody_edited_is_read_or_refused(path: tuple[Any, ...], value: Any) -> None:  # noqa: ANN401
    told = json.loads(json.dumps(DOCUMENT))
    *outer, last = path
    holder = told
    for key in outer:
        holder = holder[key]
    if value is ...:
        del holder[last]
    else:
        holder[last] = value
    with TemporaryDirectory() as folder:
        place = Path(folder) / "edited.json"
        place.write_text(json.dumps(told), "utf-8")
        try:
            read = Profile.load(place)
        except Refusal as refused:
            assert refused.code == "profile_unreadable"  # noqa: PT017 - either way is right, and this is how it says no
            return
    # What is read can be shown: no value turns out to be half there.
    assert [each.dimension for each in read.values] == list(told["results"])
    assert read.name in repr(read)
    assert read.card().startswith("## Behaviour")


@settings(max_examples=30)  # each writes a file
@given(st.data())
def test_a_file_that_was_cut_short_is_refused(data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        place = make_profile().save(Path(folder) / "a.json")
        whole = place.read_bytes()
        place.write_bytes(whole[: data.draw(st.integers(0, len(whole.rstrip()) - 1))])
        with pytest.raises(Refusal):
            Profile.load(place)
