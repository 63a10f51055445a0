from typing import Any

import pytest

from backend.imports.csv_file import ImportRejected
from backend.imports.device_dimensions import DeviceFigure, device_dimension, key_words
from backend.store.dimension_definition import DimensionDefinition
from tests.backend.imports.foreign_files import table_file


def made(**said: Any) -> DimensionDefinition:  # noqa: ANN401 - what a figure is
    plain: dict[str, Any] = {
        "key": "speed_rtx4090", "label": "Speed, rtx4090", "unit": "images per second",
        "higher_is_better": True, "description": "Images in a second on rtx4090", "smallest_meaningful_difference": 1.0,
        "most": 1e6,
    }  # fmt: skip
    return device_dimension(table_file(b"", "speeds.csv"), "Somebody's bench", DeviceFigure(**{**plain, **said}))


def test_it_weighs_nothing_is_of_size_and_says_that_devices_do_not_compare() -> None:
    found = made()
    assert found.description == "Images in a second on rtx4090; never to be compared with another device's."
    assert (found.theme, found.range, found.lower_bound, found.decimals) == ("size", (0, 1e6), 0, 1)
    assert found.dimension().default_weight == 0
    assert str(found.source).startswith("Somebody's bench; added by speeds.csv, sha256 ")


def test_direction_unit_and_digits_are_the_given_ones() -> None:
    found = made(unit="milliseconds", higher_is_better=False, decimals=2)
    assert (found.unit, found.higher_is_better, found.decimals) == ("milliseconds", False, 2)


def test_a_long_label_is_cut_and_stays_apart_and_a_long_key_is_refused() -> None:
    long = "Speed of Apple M3, " + "x" * 41
    assert made(label=long).label == long
    one, other = (made(label=f"{long}{end}", key=f"speed_{end}").label for end in "ab")
    assert one != other
    assert one[:-6] == other[:-6] == "Speed of Apple M3… "
    assert made(label="x" * 61).label[:-6] == "x" * 52 + "… "
    with pytest.raises(ImportRejected, match="makes no dimension"):
        made(key="x" * 65)


def test_keys_have_small_letters_digits_and_underscores() -> None:
    assert key_words("RTX-4090 (Ti)") == "rtx_4090__ti_"
