from pathlib import Path

import pytest

from backend.store.definition_text import MOST_BYTES
from backend.store.preset_definition import preset_of, read_preset
from quba.errors import Refusal
from tests.backend.own_preset import preset, preset_toml, told


def refusal(**changes: object) -> Refusal:
    with pytest.raises(Refusal) as found:
        preset_of(told(**changes))
    assert found.value.code == "bad_preset"
    assert "docs/dimensions.md" in found.value.hint
    return found.value


def test_a_file_says_the_same_as_json(tmp_path: Path) -> None:
    file = tmp_path / "cameras.toml"
    file.write_text(preset_toml(), encoding="utf-8")
    assert read_preset(file) == preset()
    assert preset().weights == {"accuracy": 1, "corruption_robustness": 2.5}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"key": "Cameras"}, "lower-case letter"),
        ({"key": "c" * 65}, "up to 64"),
        ({"key": "paper"}, "comes with the program"),
        ({"label": "=Cameras"}, "formula"),
        ({"label": "c" * 61}, "at most 60 characters"),
        ({"label": ""}, "label is"),
        ({"description": None}, "description is missing"),
        ({"weights": None}, "write a table [weights]"),
        ({"weights": {}}, "at least one dimension must weigh"),
        ({"weights": {"accuracy": 0}}, "at least one dimension must weigh"),
        ({"weights": {"accuracy": -1}}, "weights must be 0 to"),
        ({"weights": {"accuracy": 1e10}}, "weights must be 0 to"),
        ({"weights": {"accuracy": "1"}}, "weights.accuracy is"),
        ({"weights": {"accuracy": float("nan")}}, "weights.accuracy is"),
        ({"colour": "red"}, "the keys are key, label, description, weights"),
    ],
)
def test_a_fault_is_named_with_its_rule(changes: dict[str, object], words: str) -> None:
    assert words in refusal(**changes).message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"key =", "is not valid TOML"),
        (b"\xff", "is not written in UTF-8"),
        (b"#" * (MOST_BYTES + 1), "is larger than"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "cameras.toml"
    file.write_bytes(content)
    with pytest.raises(Refusal, match=words):
        read_preset(file)
    with pytest.raises(Refusal, match="cannot be read"):
        read_preset(tmp_path / "nowhere.toml")
