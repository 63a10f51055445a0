"""The toy references in a fresh store: there, ranked, nobody's to delete, and apart from the study."""

import copy
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select, update

from backend.imports import references
from backend.imports.importer import import_results
from backend.imports.references import import_references, shipped_table
from backend.store.data_versions import current_name
from backend.store.engine import reading, writing
from backend.store.models import hide
from backend.store.removal import NotRemovable, remove_model
from backend.store.snapshot import load_snapshot
from backend.store.tables import Measurement, Model
from quba.benchmarks import STUDY, TOY
from quba.dimensions import STUDY_DIMENSIONS
from quba.measuring.chance import at_chance_level
from tests.backend.imports.archives import written

EIGHT = 8
Serve = Callable[[str], httpx.Client]


@pytest.fixture
def seeded(study_engine: Engine) -> Engine:
    report = import_references(study_engine)
    assert (report.stored, report.unchanged, report.left_out) == (EIGHT, 0, ())
    return study_engine


def _values(engine: Engine) -> dict[tuple[str, str], float | None]:
    with reading(engine) as session:
        rows = session.scalars(select(Measurement).where(Measurement.source == "reference"))
        return {(row.model_id, row.dimension): row.value for row in rows}


def test_all_of_the_table_arrives(seeded: Engine) -> None:
    table = shipped_table()
    with reading(seeded) as session:
        rows = list(session.scalars(select(Measurement).where(Measurement.source == "reference")))
        assert {(row.benchmark, row.protocol) for row in rows} == {(TOY.key, TOY.default_protocol)}
        assert {row.dimension for row in rows} == set(STUDY_DIMENSIONS)
        assert all(row.library_versions == table["library_versions"] for row in rows)
        by_key = {(row.model_id, row.dimension): row for row in rows}
    assert len(rows) == EIGHT * len(STUDY_DIMENSIONS)
    for entry in table["models"]:
        for key, told in entry["values"].items():
            row = by_key[entry["identity"]["model_id"], key]
            assert (row.value, row.standard_error, row.sample_count) == (
                told.get("value"), told.get("standard_error"), told.get("sample_count"),
            )  # fmt: skip
            assert row.parts == told["parts"]
            assert row.evaluation_id is None
            assert row.import_id is None


def test_they_stand_apart_from_the_study(seeded: Engine) -> None:
    with reading(seeded) as session:
        study = load_snapshot(session, STUDY.key, STUDY.default_protocol)
        toys = load_snapshot(session, TOY.key, TOY.default_protocol)
    assert len(study.models) == 326
    assert len(toys.models) == EIGHT
    assert not {model.id for model in study.models} & {model.id for model in toys.models}
    assert not any(column.any() for column in toys.from_study.values())


def test_they_are_quite_different(seeded: Engine) -> None:
    values = _values(seeded)
    for key in ("accuracy", "adversarial_robustness", "corruption_robustness", "shape_bias"):
        column = [value for (_, dimension), value in values.items() if dimension == key and value is not None]
        assert max(column) - min(column) > 0.1, key


def test_a_value_at_chance_level_says_so(seeded: Engine) -> None:
    with reading(seeded) as session:
        toys = load_snapshot(session, TOY.key, TOY.default_protocol)
    for entry in shipped_table()["models"]:
        accuracy = entry["values"]["accuracy"]
        guesses = at_chance_level(accuracy["value"], accuracy["sample_count"], TOY.class_count)
        flags = toys.flags[toys.positions[entry["identity"]["model_id"]]]
        assert ("chance-level" in flags.get("corruption_robustness", ())) is guesses
        assert "accuracy" not in flags


def test_a_second_time_adds_nothing(seeded: Engine) -> None:
    with reading(seeded) as session:
        before = current_name(session)
    report = import_references(seeded)
    assert (report.stored, report.unchanged) == (0, EIGHT)
    with reading(seeded) as session:
        assert current_name(session) == before


def test_a_newer_table_replaces_the_values_of_an_older_one(seeded: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    newer: dict[str, Any] = copy.deepcopy(dict(shipped_table()))
    newer["models"][2]["values"]["accuracy"]["value"] = 0.123
    monkeypatch.setattr(references, "shipped_table", lambda: newer)
    report = import_references(seeded)
    assert (report.stored, report.unchanged) == (1, EIGHT - 1)
    model_id = newer["models"][2]["identity"]["model_id"]
    assert _values(seeded)[model_id, "accuracy"] == 0.123
    assert len(_values(seeded)) == EIGHT * len(STUDY_DIMENSIONS)


@pytest.mark.parametrize("column", ["id", "name"])
def test_a_model_of_the_users_keeps_its_name(study_engine: Engine, column: str) -> None:
    identity = shipped_table()["models"][1]["identity"]
    own = {"id": "mine", "name": "Mine", column: identity["model_id" if column == "id" else "name"]}
    with writing(study_engine) as session:
        session.add(
            Model(
                **own, architecture="cnn", training="unknown", pretraining_data="unknown", backbone="x",
                source_library="checkpoint",
            )
        )  # fmt: skip
    report = import_references(study_engine)
    assert (report.stored, report.left_out) == (EIGHT - 1, (identity["model_id"],))
    with reading(study_engine) as session:
        found = session.get(Model, own["id"])
        assert found is not None
        assert found.source_library == "checkpoint"


def test_nobody_deletes_or_hides_one(seeded: Engine) -> None:
    with writing(seeded) as session:
        with pytest.raises(NotRemovable, match="one of the toy references, which stay") as refused:
            remove_model(session, "toy-cnn")
        assert refused.value.code == "reference_model"
        assert not hide(session, "toy-cnn")
    assert len(_values(seeded)) == EIGHT * len(STUDY_DIMENSIONS)


def test_an_archive_leaves_each_store_its_own(seeded: Engine) -> None:
    """A file of another version of the program holds other values of them, and is read all the same."""
    with reading(seeded) as session:
        data = written(session)
    with writing(seeded) as session:
        session.execute(update(Measurement).where(Measurement.source == "reference").values(value=0.5))
    before = _values(seeded)
    assert import_results(seeded, data).added == 0
    assert _values(seeded) == before


def test_they_are_ranked_over_rest(seeded: Engine, study_url: str, serve: Serve) -> None:
    client = serve(study_url)
    found = client.get("/v1/rankings", params={"benchmark": TOY.key, "protocol": TOY.default_protocol}).json()
    assert found["total"] == EIGHT
    ranked = [item for item in found["items"] if item["rank"]]
    assert [item["rank"] for item in ranked] == list(range(1, len(ranked) + 1))
    assert len(ranked) >= EIGHT - 1
    one = client.get("/v1/models/toy-cnn").json()
    assert one["benchmark"] == TOY.key
    assert one["scores"]["accuracy"]["source"] == "reference"
    assert "evaluation.toy_references" in one["provenance"]["note"]
    assert "torch" in one["provenance"]["note"]
