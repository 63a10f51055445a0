from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from backend.store.engine import create_store_engine, writing
from backend.store.own_dimensions import register
from quba.dimensions import DimensionSet, dimensions_in_force
from quba.errors import Refusal
from tests.backend.own_dimension import defined
from tests.dimension_package import doubt_of, take_in
from wellbehaved.stored_dimensions import require_as_stored


@pytest.fixture
def engine(study_sqlite_url: str) -> Iterator[Engine]:
    own = create_store_engine(study_sqlite_url)
    yield own
    own.dispose()


def refusal(engine: Engine, module: str, **changes: Any) -> Refusal:  # noqa: ANN401 - the fields of a dimension
    its = replace(doubt_of(module), **changes)
    with dimensions_in_force(DimensionSet(own=(its,))), pytest.raises(Refusal) as refused:
        require_as_stored(engine, ["accuracy", "doubt"])
    assert refused.value.code == "dimension_exists"
    assert "Leave doubt out of --dimensions, or " in refused.value.hint
    return refused.value


def test_what_the_store_does_not_know_or_knows_in_another_version_passes(engine: Engine) -> None:
    with dimensions_in_force(DimensionSet(own=(doubt_of("doubts_here"),))):
        require_as_stored(engine, ["accuracy", "doubt"])
        take_in(engine, "doubts_here", "1.4")
        require_as_stored(engine, ["accuracy", "doubt"])


def test_the_key_of_what_somebody_added_is_refused(engine: Engine) -> None:
    with writing(engine) as session:
        register(session, defined(key="doubt"))
    refused = refusal(engine, "doubts_here")
    assert refused.message == (
        "The store has another dimension 'doubt', which no package measures; the package doubts_here measured this one."
    )
    assert refused.hint.endswith("remove the other with `wellbehaved dimension remove doubt`.")
    # The program's own dimensions are nobody's to compare.
    require_as_stored(engine, ["accuracy"])


def test_the_key_of_another_package_is_refused(engine: Engine) -> None:
    take_in(engine, "doubts_there")
    assert "which the package doubts_there measures" in refusal(engine, "doubts_here").message


def test_another_unit_or_direction_is_refused(engine: Engine) -> None:
    take_in(engine, "doubts_here")
    assert refusal(engine, "doubts_here", unit="per cent").message == (
        "The package doubts_here measures 'doubt' here in per cent from 0 to 1, lower is better, and not in fraction "
        "from 0 to 1, lower is better, as the store knows it."
    )
    turned = refusal(engine, "doubts_here", higher_is_better=True)
    assert "start the service where this version of doubts_here is installed" in turned.hint
