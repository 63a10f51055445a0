"""Simulated models: as the study's are together, marked wherever they show, and never among real ones."""

from collections.abc import Callable
from itertools import combinations

import httpx
import numpy as np
import pytest
from scipy import stats
from sqlalchemy import Engine, func, select

from backend.imports import simulation
from backend.imports.importer import import_results
from backend.imports.references import import_references
from backend.imports.simulation import MARK, SOURCE, SimulationReport, simulate
from backend.store.engine import reading, writing
from backend.store.removal import remove_model
from backend.store.snapshot import Snapshot, load_snapshot
from backend.store.tables import Evaluation, EvaluationResult, Measurement, Model
from quba.benchmarks import STUDY, STUDY_BENCHMARK
from quba.dimensions import STUDY_DIMENSIONS
from quba.errors import Refusal

Serve = Callable[[str], httpx.Client]
MODELS = 1500


def pool_of(engine: Engine) -> Snapshot:
    with reading(engine) as session:
        return load_snapshot(session, STUDY_BENCHMARK, STUDY.default_protocol)


@pytest.fixture
def report(study_engine: Engine) -> SimulationReport:
    import_references(study_engine)
    return simulate(study_engine, models=MODELS, seed=1)


def test_values_families_gaps_and_evaluations_are_as_said(study_engine: Engine, report: SimulationReport) -> None:
    pool = pool_of(study_engine)
    assert len(pool.models) == 326 + MODELS
    drawn = np.array([model.source_library == SOURCE for model in pool.models])
    assert drawn.sum() == report.models == MODELS
    for one, other in combinations(STUDY_DIMENSIONS, 2):
        a, b = pool.columns[one], pool.columns[other]
        both = drawn & ~np.isnan(a) & ~np.isnan(b)
        wanted = stats.spearmanr(a[~drawn], b[~drawn]).statistic
        assert stats.spearmanr(a[both], b[both]).statistic == pytest.approx(wanted, abs=0.11), (one, other)
    gaps = np.array([len(lacking) for lacking in pool.missing])[drawn]
    assert gaps.sum() == report.missing_values
    assert gaps.max() == simulation.MOST_GAPS
    assert (gaps > 0).mean() == pytest.approx(simulation.GAPS_SHARE, abs=0.02)
    assert set(np.unique([reason.value for lacking in pool.missing for reason in lacking.values()])) == {"not_measured"}
    errors = ~np.isnan(pool.standard_errors["accuracy"])
    assert report.evaluations / MODELS == pytest.approx(simulation.EVALUATED_SHARE, abs=0.03)
    assert errors[~drawn].sum() == 0
    assert report.evaluations - (gaps > 0).sum() <= errors.sum() <= report.evaluations
    with reading(study_engine) as session:
        assert session.scalar(select(func.count()).select_from(Evaluation)) == report.evaluations
        results = session.scalar(select(func.count()).select_from(EvaluationResult))
        assert results == report.evaluations * len(STUDY_DIMENSIONS)


def test_a_family_is_alike(study_engine: Engine, report: SimulationReport) -> None:
    pool = pool_of(study_engine)
    parents = {model.name: row for row, model in enumerate(pool.models) if model.source_library != SOURCE}
    pairs = [
        (row, parents[model.name.partition(" (")[2].removesuffix(")")])
        for row, model in enumerate(pool.models)
        if model.source_library == SOURCE and not np.isnan(pool.columns["accuracy"][row])
    ]
    for child, parent in pairs:
        one, other = pool.models[child], pool.models[parent]
        assert (one.architecture, one.training, one.backbone) == (other.architecture, other.training, other.backbone)
    accuracy = pool.columns["accuracy"][np.array(pairs)]
    assert stats.spearmanr(accuracy).statistic == pytest.approx(simulation.LIKENESS, abs=0.06)


def test_every_trace_of_one_says_that_it_is_simulated(study_url: str, study_engine: Engine, serve: Serve) -> None:
    simulate(study_engine, models=30, seed=0)
    with reading(study_engine) as session:
        written = session.scalars(select(Model).where(Model.id.startswith("simulated-"))).all()
        assert len(written) == 30
        for model in written:
            assert model.name.startswith(f"{MARK} ")
            assert model.note.startswith(f"{MARK}: there is no such model.")
            assert (model.paper_title, model.study_name, model.published_name) == (None, None, None)
        sources = session.scalars(select(Measurement.source).where(Measurement.model_id.startswith("simulated-")))
        assert set(sources) == {SOURCE}
        assert {each.name.partition(" ")[0] for each in session.scalars(select(Evaluation))} == {MARK}
    client = serve(study_url)
    first = client.get("/v1/models", params={"q": MARK, "limit": 1}).json()["items"][0]
    details = client.get(f"/v1/models/{first['model_id']}").json()
    assert details["scores"]["accuracy"]["source"] == SOURCE
    assert details["name"].startswith(MARK)


def test_the_same_seed_gives_the_same_models_and_another_one_others(study_sqlite_url: str, serve: Serve) -> None:
    from backend.store.engine import create_store_engine

    engine = create_store_engine(study_sqlite_url)
    versions, columns = [], []
    for seed in (7, 7, 8):
        report = simulate(engine, models=20, seed=seed)
        versions.append(report.data_version)
        columns.append(pool_of(engine).columns["accuracy"])
        with writing(engine) as session:
            for number in range(20):
                assert remove_model(session, f"simulated-{number + 1:06d}")
    engine.dispose()
    np.testing.assert_array_equal(columns[0], columns[1])
    assert not np.array_equal(columns[0], columns[2])


def test_a_store_with_models_of_one_s_own_is_refused_and_left_alone(study_engine: Engine) -> None:
    import_results(
        study_engine,
        b"model_id,name,architecture,training,pretraining_data,accuracy\nmine,Mine,cnn,supervised,imagenet-1k,0.7\n",
    )
    with pytest.raises(Refusal, match="another source already") as refused:
        simulate(study_engine, models=5, seed=0)
    assert refused.value.code == "store_not_empty"
    assert "WELLBEHAVED_DATA_DIR" in refused.value.hint
    assert len(pool_of(study_engine).models) == 327


def test_a_second_simulation_is_refused(study_engine: Engine) -> None:
    simulate(study_engine, models=5, seed=0)
    with pytest.raises(Refusal, match="simulated"):
        simulate(study_engine, models=5, seed=1)


def test_a_store_without_the_study_has_nothing_to_draw_from(empty_engine: Engine) -> None:
    with pytest.raises(Refusal) as refused:
        simulate(empty_engine, models=5, seed=0)
    assert refused.value.code == "no_study"


def test_all_or_none(study_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "_AT_ONCE", 10)
    written = []

    def fail_at_the_third(*arguments: object) -> None:
        written.append(arguments)
        if len(written) == 3:
            raise RuntimeError("the power failed")

    monkeypatch.setattr(simulation, "add_measurements", fail_at_the_third)
    with pytest.raises(RuntimeError, match="power"):
        simulate(study_engine, models=40, seed=0)
    assert len(pool_of(study_engine).models) == 326
    with reading(study_engine) as session:
        assert session.scalar(select(func.count()).select_from(Model)) == 326
