from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from backend.store import own_dimensions
from backend.store.data_versions import current_name
from backend.store.definition_text import DefinitionFile
from backend.store.engine import create_store_engine, reading, writing
from backend.store.own_dimensions import dimension_set
from backend.store.own_presets import OwnPreset, from_files, register, remove, take_out
from backend.store.preset_definition import PresetDefinition
from backend.store.snapshot import load_snapshot
from quba.dimensions import BUILT_IN
from quba.errors import Refusal
from quba.preset import Preset
from quba.vocabulary import Origin
from tests.backend.own_dimension import defined
from tests.backend.own_preset import preset

NOW = datetime(2026, 7, 1, tzinfo=UTC)
FILE = DefinitionFile(folder="f00", name="cameras.toml")


@pytest.fixture
def engine(study_sqlite_url: str) -> Iterator[Engine]:
    own = create_store_engine(study_sqlite_url)
    yield own
    own.dispose()


def add(engine: Engine, told: PresetDefinition, file: DefinitionFile | None = None) -> bool:
    with writing(engine) as session:
        return register(session, told, dimension_set(session).known, file=file)


def presets(engine: Engine) -> tuple[Preset, ...]:
    with reading(engine) as session:
        return dimension_set(session).presets


def version(engine: Engine) -> str:
    with reading(engine) as session:
        return current_name(session)


def test_it_is_kept_and_makes_a_data_version_once(study_engine: Engine) -> None:
    before = version(study_engine)
    assert add(study_engine, preset())
    [found] = presets(study_engine)
    assert (found.key, found.label, found.origin, found.removed) == ("cameras", "Our cameras", Origin.OWN, ())
    assert {key: weight for key, weight in found.weights.items() if weight} == {
        "accuracy": 1, "corruption_robustness": 2.5,
    }  # fmt: skip
    assert set(found.weights) == set(BUILT_IN)
    after = version(study_engine)
    assert after != before
    assert not add(study_engine, preset())
    assert version(study_engine) == after
    with writing(study_engine) as session:
        assert remove(session, "cameras")
    assert presets(study_engine) == ()
    with writing(study_engine) as session:
        assert not remove(session, "cameras")


def test_a_snapshot_has_the_presets_of_its_version(engine: Engine) -> None:
    add(engine, preset())
    with reading(engine) as session:
        snapshot = load_snapshot(session, "imagenet-1k", "as-published")
    assert [each.key for each in snapshot.catalogue.presets] == ["cameras"]


def test_what_it_weighs_must_be_a_dimension(engine: Engine) -> None:
    told = preset(weights={"throughput": 1})
    with pytest.raises(Refusal, match="'throughput', which is no dimension") as found:
        add(engine, told)
    assert found.value.code == "bad_preset"
    with writing(engine) as session:
        own_dimensions.register(session, defined())
    assert add(engine, told)
    assert presets(engine)[0].weights["throughput"] == 1


def test_a_removed_dimension_counts_for_nothing_and_is_named(engine: Engine) -> None:
    with writing(engine) as session:
        own_dimensions.register(session, defined())
    add(engine, preset(weights={"throughput": 1, "accuracy": 2}))
    with writing(engine) as session:
        own_dimensions.remove(session, "throughput")
    [found] = presets(engine)
    assert found.removed == ("Throughput",)
    assert {key: weight for key, weight in found.weights.items() if weight} == {"accuracy": 2}
    with writing(engine) as session:
        own_dimensions.register(session, defined())
    assert presets(engine)[0].removed == ()


def test_another_one_of_the_key_is_refused(engine: Engine) -> None:
    add(engine, preset())
    with pytest.raises(Refusal, match="was added by REST or by command"):
        add(engine, preset(label="Others"))
    # Who says the same wants nothing.
    assert not add(engine, preset(), FILE)
    with writing(engine) as session:
        remove(session, "cameras")
    add(engine, preset(), FILE)
    with pytest.raises(Refusal, match=r"comes from the file cameras\.toml") as found:
        add(engine, preset(label="Others"))
    assert found.value.code == "preset_exists"


def test_a_file_owns_what_it_brought(engine: Engine) -> None:
    add(engine, preset(), FILE)
    assert add(engine, preset(label="Others"), FILE)
    with reading(engine) as session:
        assert {name: row.key for name, row in from_files(session, "f00").items()} == {"cameras.toml": "cameras"}
        assert from_files(session, "f01") == {}
    with writing(engine) as session, pytest.raises(Refusal) as found:
        remove(session, "cameras", watched="f00")
    assert found.value.code == "preset_of_a_file"
    with writing(engine) as session:
        row = session.get(OwnPreset, "cameras")
        assert row is not None
        take_out(session, row)
    assert presets(engine) == ()
    add(engine, preset(), FILE)
    with writing(engine) as session:
        assert remove(session, "cameras", watched="f01")


def test_a_built_in_one_stays(engine: Engine) -> None:
    with writing(engine) as session, pytest.raises(Refusal) as found:
        remove(session, "paper")
    assert found.value.code == "built_in_preset"


def test_what_another_version_stored_is_left_out_and_said(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    add(engine, preset())
    with writing(engine) as session:
        session.add(OwnPreset(key="odd", definition={"key": "odd"}, added_at=NOW))
    assert [each.key for each in presets(engine)] == ["cameras"]
    assert "the stored preset odd is left out" in caplog.text
