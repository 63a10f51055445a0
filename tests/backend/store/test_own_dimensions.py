from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from backend.store.data_versions import current_name
from backend.store.definition_text import DefinitionFile
from backend.store.engine import reading, writing
from backend.store.own_dimensions import dimension_set, from_files, register, remove, set_with, take_out
from backend.store.snapshot import load_snapshot
from backend.store.tables import OwnDimension
from quba.dimensions import BUILT_IN
from quba.errors import Refusal
from tests.backend.own_dimension import defined, described

NOW = datetime(2026, 7, 1, tzinfo=UTC)
FILE = DefinitionFile(folder="f00", name="throughput.toml")


def keys(engine: Engine) -> tuple[list[str], list[str]]:
    with reading(engine) as session:
        found = dimension_set(session)
    return [each.key for each in found.own], [each.key for each in found.removed]


def test_adding_makes_a_data_version_and_the_same_again_none(study_engine: Engine) -> None:
    with writing(study_engine) as session:
        before = current_name(session)
        assert register(session, defined(), now=NOW)
        after = current_name(session)
        assert not register(session, defined(), now=NOW)
        assert before != after == current_name(session)
    assert keys(study_engine) == (["throughput"], [])


def test_every_snapshot_has_the_dimensions_of_its_data_version(study_engine: Engine) -> None:
    with reading(study_engine) as session:
        before = load_snapshot(session, "imagenet-1k", "as-published")
    with writing(study_engine) as session:
        register(session, defined())
        register(session, defined(key="a_first", label="A first"))
    with reading(study_engine) as session:
        after = load_snapshot(session, "imagenet-1k", "as-published")
    assert before.dimensions == tuple(BUILT_IN)
    assert after.dimensions == (*BUILT_IN, "a_first", "throughput")
    assert [each.key for each in after.catalogue.own] == ["a_first", "throughput"]
    assert before.catalogue.own == ()


def test_a_removed_one_is_remembered_and_comes_back(study_engine: Engine) -> None:
    with writing(study_engine) as session:
        register(session, defined())
        assert remove(session, "throughput")
        assert not remove(session, "throughput")
        assert not remove(session, "never")
    assert keys(study_engine) == ([], ["throughput"])
    with writing(study_engine) as session:
        # Once it is gone, nothing holds it to what it was.
        assert register(session, defined(unit="frames"))
    assert keys(study_engine) == (["throughput"], [])


def test_another_dimension_of_the_same_key_is_refused(study_engine: Engine) -> None:
    with writing(study_engine) as session:
        register(session, defined())
        with pytest.raises(Refusal, match="added by REST or by command") as found:
            register(session, defined(decimals=2))
        assert found.value.code == "dimension_exists"
        with pytest.raises(Refusal):
            register(session, defined(decimals=2), file=FILE)
        # A file that says the same wants nothing.
        assert not register(session, defined(), file=FILE)
        assert from_files(session, "f00") == {}


def test_what_a_file_brought_changes_and_goes_with_the_file_alone(study_engine: Engine) -> None:
    with writing(study_engine) as session:
        register(session, defined(), file=FILE)
        assert register(session, defined(decimals=2), file=FILE)
        with pytest.raises(Refusal, match=r"comes from the file throughput\.toml"):
            register(session, defined())
        with pytest.raises(Refusal, match="comes from") as found:
            remove(session, "throughput", watched="f00")
        assert found.value.code == "dimension_of_a_file"
        row = from_files(session, "f00")["throughput.toml"]
        assert from_files(session, "another") == {}
        take_out(session, row, now=NOW)
        assert from_files(session, "f00") == {}
    assert keys(study_engine) == ([], ["throughput"])


def test_what_came_from_a_folder_that_nobody_watches_here_can_be_removed(study_engine: Engine) -> None:
    with writing(study_engine) as session:
        register(session, defined(), file=FILE)
        assert remove(session, "throughput", watched="another")
    assert keys(study_engine) == ([], ["throughput"])


def test_the_built_in_ones_stay(study_engine: Engine) -> None:
    with writing(study_engine) as session, pytest.raises(Refusal) as found:
        remove(session, "accuracy")
    assert found.value.code == "built_in_dimension"


def test_one_that_a_later_version_of_the_program_brings_gives_way(study_engine: Engine) -> None:
    with writing(study_engine) as session:
        session.add(OwnDimension(key="accuracy", definition=described(), added_at=NOW))
    assert keys(study_engine) == ([], [])


def test_one_that_breaks_a_rule_of_another_version_is_left_out_and_said(
    study_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with writing(study_engine) as session:
        session.add(OwnDimension(key="licence", definition=described(key="licence"), added_at=NOW))
        register(session, defined())
    assert keys(study_engine) == (["throughput"], [])
    assert "licence is left out" in caplog.text


def test_what_is_to_be_measured_counts_though_it_was_removed(study_engine: Engine) -> None:
    with writing(study_engine) as session:
        register(session, defined())
        register(session, defined(key="other"))
        assert {each.key for each in set_with(session, ["throughput"]).own} == {"throughput", "other"}
        remove(session, "throughput")
        remove(session, "other")
        assert [each.key for each in set_with(session, ["throughput", "accuracy"]).own] == ["throughput"]
