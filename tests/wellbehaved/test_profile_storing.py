"""A profile in the local store: as `evaluate --store` would have stored it, and what is refused."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from backend.settings import Settings
from backend.store.engine import create_store_engine, reading, writing
from backend.store.evidence import evidence_file
from backend.store.evidence_files import EvidenceFiles, Owner
from backend.store.local_files import LocalFiles
from backend.store.measurements import measurements_of
from backend.store.models import model_records
from backend.store.opened_files import EVIDENCE
from backend.store.own_dimensions import register
from evaluation.benchmark import BENCHMARKS
from evaluation.engine.ingredients import dimension_digest
from quba.dimensions import DimensionSet, dimensions_in_force
from quba.errors import Refusal
from tests.backend.own_dimension import defined
from tests.dimension_package import DOUBT, doubt_of, install
from tests.wellbehaved.profiles import CONDITIONS, RESULTS, make_profile


@pytest.fixture
def engine(study: Path) -> Engine:
    return create_store_engine(Settings().resolved_database_url)


def test_the_values_are_stored_with_all_that_is_known_of_them(engine: Engine) -> None:
    versions = {"torch": "1.0"}
    profile = make_profile()
    profile = replace(profile, setting=replace(profile.setting, versions=versions))
    done = profile.store()
    assert (done["model_id"], done["stored"]) == ("mine", tuple(RESULTS))
    with reading(engine) as session:
        rows = measurements_of(session, "mine", "toy-shapes", "corrected", digest="")
    assert set(rows) == set(RESULTS)
    accuracy = rows["accuracy"]
    assert (accuracy.value, accuracy.standard_error, accuracy.sample_count) == (0.625, 0.171, 8)
    assert accuracy.library_versions == versions
    assert accuracy.measured_at == datetime(2026, 11, 26, 9, tzinfo=UTC)
    assert "clean: 1" in accuracy.note
    assert rows["adversarial_robustness"].missing_reason == "not_applicable"
    assert tuple(rows["calibration_error"].flags) == ("few-images",)


def test_the_evidence_is_kept_with_them(engine: Engine) -> None:
    profile = make_profile()
    profile.store()
    owner = Owner(model_id="mine", benchmark="toy-shapes", digest="", protocol="corrected")
    with reading(engine) as session:
        kept = evidence_file(session, owner)
    assert kept is not None
    held = EvidenceFiles(LocalFiles(Settings().data_dir / EVIDENCE)).read(kept)
    assert held.to_bytes() == profile.evidence.to_bytes()


def test_it_is_stored_under_a_name_of_ones_own(engine: Engine) -> None:
    assert make_profile().store(name="My Net (v2)")["model_id"] == "my-net-v2"
    with reading(engine) as session:
        assert model_records(session)["my-net-v2"].name == "My Net (v2)"
    with pytest.raises(Refusal, match=r"name is '!'\. Use letters or digits"):
        make_profile().store(name="!")


@pytest.mark.parametrize(
    ("conditions", "code", "said"),
    [
        ({"benchmark": "flowers"}, "unknown_benchmark", "Use one of: imagenet-1k, toy-shapes"),
        ({"digest": "sha256:1"}, "benchmark_changed", "another version of toy-shapes .* Measure the model again"),
    ],
)
def test_what_was_measured_on_something_else_is_not_stored(
    engine: Engine, conditions: dict[str, Any], code: str, said: str
) -> None:
    with pytest.raises(Refusal, match=said) as caught:
        make_profile(conditions=replace(CONDITIONS, **conditions)).store()
    assert caught.value.code == code


def test_what_is_made_of_something_else_now_is_not_stored(engine: Engine) -> None:
    profile = make_profile()
    made = {**profile.setting.ingredients, "accuracy": "other"}
    with pytest.raises(Refusal, match=r"What accuracy is made of has changed since .* Measure the model again"):
        replace(profile, setting=replace(profile.setting, ingredients=made)).store()


def test_what_a_package_measured_is_stored_as_of_the_version_that_measured_it(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    # Another version is installed by now.
    install(tmp_path / "site", "measured_before", DOUBT, version="2.0")

    with dimensions_in_force(DimensionSet(own=(doubt_of("measured_before"),))):
        made = dimension_digest(BENCHMARKS["toy-shapes"], "doubt", "1.5")
        results = {"accuracy": RESULTS["accuracy"], "doubt": {**RESULTS["accuracy"], "value": 0.25}}
        profile = make_profile(results=results)
        setting = replace(
            profile.setting,
            versions={"measured_before": "1.5"},
            ingredients={**profile.setting.ingredients, "doubt": made},
        )
        assert replace(profile, setting=setting).store()["stored"] == ("accuracy", "doubt")
        with writing(engine) as session:
            register(session, defined(key="doubt"))
        with pytest.raises(Refusal, match=r"another dimension 'doubt'.* Leave doubt out of dimensions"):
            replace(profile, setting=setting).store()
        changed = replace(setting, versions={"measured_before": "1.4"})
        with pytest.raises(Refusal, match="What doubt is made of has changed"):
            replace(profile, setting=changed).store()
    with reading(engine) as session:
        rows = measurements_of(session, "mine", "toy-shapes", "corrected", digest="")
    assert rows["doubt"].library_versions["measured_before"] == "1.5"
