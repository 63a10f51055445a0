"""The facts that ship: of every study model, in every store, and never of a model whose weights they are not."""

import csv
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files

from sqlalchemy import Engine, update

from backend.imports.importer import import_study
from backend.imports.model_facts import refresh_facts, shipped_facts, with_facts
from backend.store import data_versions
from backend.store.engine import reading, writing
from backend.store.models import FACT_FIELDS, add_models, facts, model_records
from backend.store.tables import Model
from tests.backend.conftest import model

NOW = datetime(2026, 7, 1, tzinfo=UTC)
NOTHING = {**dict.fromkeys(FACT_FIELDS), "licence": "unknown"}


def test_the_table_is_about_the_models_of_the_study_and_their_weights() -> None:
    rows = []
    for name in ("published_scores.csv", "model_facts.csv"):
        with (files("backend.imports") / name).open(encoding="utf-8") as file:
            told = csv.DictReader(file)
            rows.append([(row["model_id"], row["source_library"], row["source_identifier"]) for row in told])
    assert rows[0] == rows[1]
    # No two released weights are the same, or one of them would get the other's facts.
    assert len(shipped_facts()) == sum(bool(identifier) for _, _, identifier in rows[0]) == 314


def test_how_many_models_have_which_licence_and_a_cost(study_engine: Engine) -> None:
    with reading(study_engine) as session:
        records = list(model_records(session).values())
    assert Counter(each.licence for each in records) == {
        "apache-2.0": 126, "bsd-3-clause": 67, "mit": 24, "cc-by-nc-4.0": 22, "apple-amlr": 5, "fastvit-license": 3,
        "unknown": 79,
    }  # fmt: skip
    assert Counter(each.commercial_use for each in records) == {"yes": 217, "no": 27, "unknown": 82}
    assert all((each.licence == "unknown") == (each.licence_source is None) for each in records)
    costs = [(each.macs_billions, each.activations_millions, each.input_size, each.cost_source) for each in records]
    # A model has all of them or none.
    assert Counter(tuple(cost is None for cost in each) for each in costs) == {(False,) * 4: 247, (True,) * 4: 79}


def test_a_store_from_before_gets_them_with_a_version_of_its_own_once(study_engine: Engine) -> None:
    with writing(study_engine) as session:
        session.execute(update(Model).values(**NOTHING))
        before = model_records(session)["resnet50"]
    assert facts(before) == NOTHING
    report = import_study(study_engine, now=NOW)
    assert (report.added, report.unchanged) == (0, 326)
    assert report.data_version.startswith("2-")
    with reading(study_engine) as session:
        found = model_records(session)
        assert data_versions.current(session).reason.startswith("facts of models: ")  # type: ignore[union-attr]
    assert facts(found["resnet50"]) == shipped_facts()["torchvision", "resnet50/ResNet50_Weights.IMAGENET1K_V1"]
    assert refresh_facts(study_engine) == 0
    assert import_study(study_engine).data_version == report.data_version


def test_only_models_of_these_weights_have_them(study_engine: Engine) -> None:
    own = replace(model(1), licence="mit", licence_source="its card")
    # Measured here anew, beside the published values.
    same = replace(model(2), source_library="timm", source_identifier="resnet50.a1_in1k")
    assert with_facts(own) is own
    assert with_facts(same).macs_billions is not None
    with writing(study_engine) as session:
        add_models(session, [own, same])
    assert refresh_facts(study_engine, now=NOW) == 1
    with reading(study_engine) as session:
        found = model_records(session)
    assert (found["mine-1"], found["mine-2"]) == (own, with_facts(same))
