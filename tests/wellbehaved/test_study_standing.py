"""What the store has of the study's weights, against the published values."""

import math
from pathlib import Path
from types import MappingProxyType

import pytest
from sqlalchemy import Engine

from backend.store.engine import create_store_engine
from backend.store.errors import StoreUnavailable
from wellbehaved.study_standing import differences, published_rows, standings

PUBLISHED = MappingProxyType({"accuracy": 0.75, "shape_bias": None})


def test_a_difference_is_told_in_errors_of_both_values() -> None:
    found = differences({"accuracy": (0.76, 0.0019)}, PUBLISHED)["accuracy"]
    assert (found.measured, found.published) == (0.76, 0.75)
    assert found.difference == pytest.approx(0.01)
    # Of 50,000 images, and of the rounding to four decimals.
    other = math.hypot(math.sqrt(0.75 * 0.25 / 50_000), 1e-4 / math.sqrt(12))
    assert found.standard_error == pytest.approx(math.hypot(0.0019, other))
    assert found.in_standard_errors == pytest.approx(0.01 / math.hypot(0.0019, other))


def test_what_is_not_known_is_not_guessed() -> None:
    assert differences({"shape_bias": (0.3, 0.01), "object_focus": (0.9, 0.01)}, PUBLISHED) == {}
    found = differences({"accuracy": (0.76, None)}, PUBLISHED)["accuracy"]
    assert (found.standard_error, found.in_standard_errors) == (None, None)
    assert differences({"accuracy": (0.76, 0.01)}, {}) == {}


def test_the_published_table_has_all_models() -> None:
    assert len(published_rows()) == 326


def test_a_store_that_was_never_migrated_says_so(tmp_path: Path) -> None:
    engine: Engine = create_store_engine(f"sqlite:///{tmp_path / 'none.sqlite'}")
    with pytest.raises(StoreUnavailable):
        standings(engine)
    engine.dispose()
