from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Engine, insert, select

from backend.store.engine import reading, writing
from backend.store.models import (
    FACT_FIELDS,
    MODEL_FIELDS,
    ModelRecord,
    add_counts,
    add_models,
    change_facts,
    facts,
    has_private_models,
    identity,
    model_record,
    model_records,
)
from backend.store.tables import DataVersion, Model
from quba.vocabulary import COST_FIELDS

NOW = datetime(2026, 11, 27, tzinfo=UTC)
RECORD = ModelRecord(
    id="b-model",
    name="Modèle †",
    architecture="cnn",
    training="supervised",
    recipe="a1",
    head=None,
    pretraining_data="imagenet-1k",
    backbone="resnet50",
    lineage=None,
    source_library="timm",
    source_identifier=None,
    paper_title=None,
    published_name="Model",
    study_name=None,
    published_row=7,
    label_flags=("label-corrected",),
    note="two\nlines",
    licence="mit",
    licence_source="its card",
    macs_billions=4.09,
    activations_millions=11.1,
    input_size=224,
    cost_source="torch 2.9",
)


def test_the_record_has_every_column() -> None:
    assert list(MODEL_FIELDS) == [attribute.key for attribute in Model.__mapper__.column_attrs]


def test_models_come_back_as_they_went_in(empty_engine: Engine) -> None:
    with writing(empty_engine) as session:
        add_models(session, [RECORD])
        add_models(session, [])
    with reading(empty_engine) as session:
        assert model_records(session) == {"b-model": RECORD}
        assert model_record(session, "b-model") == RECORD
        assert model_record(session, "nobody") is None


def test_the_order_is_that_of_code_points_on_every_database(empty_engine: Engine) -> None:
    names = ["b-2", "b_1", "b10", "b.3", "a"]
    with writing(empty_engine) as session:
        add_models(session, [replace(RECORD, id=name, name=name) for name in names])
    with reading(empty_engine) as session:
        assert list(model_records(session)) == sorted(names)


def test_private_models_are_noticed(empty_engine: Engine) -> None:
    for record, noticed in ((RECORD, False), (replace(RECORD, id="a", name="A", visibility="private"), True)):
        with writing(empty_engine) as session:
            add_models(session, [record])
        with reading(empty_engine) as session:
            assert has_private_models(session) is noticed


def test_columns_with_a_default_may_be_left_out(empty_engine: Engine) -> None:
    identity = {"architecture": "cnn", "training": "supervised", "pretraining_data": "large", "backbone": "b"}
    with writing(empty_engine) as session:
        session.execute(insert(Model), [{"id": "m", "name": "M", "source_library": "own", **identity}])
        found = model_record(session, "m")
    assert found is not None
    assert (found.label_flags, found.note) == ((), "")
    assert facts(found) == {**dict.fromkeys(FACT_FIELDS), "licence": "unknown"}


def test_facts_are_changed_alone_and_are_no_part_of_who_a_model_is(empty_engine: Engine) -> None:
    known = {**facts(RECORD), "licence": "cc-by-nc-4.0", "macs_billions": None}
    with writing(empty_engine) as session:
        add_models(session, [RECORD, replace(RECORD, id="other", name="Other")])
        change_facts(session, "b-model", known)
    with reading(empty_engine) as session:
        found = model_records(session)
    assert facts(found["b-model"]) == known
    assert identity(found["b-model"]) == identity(RECORD)
    assert not set(FACT_FIELDS) & set(identity(RECORD))
    assert facts(found["other"]) == facts(RECORD)
    assert [found[key].commercial_use for key in ("b-model", "other")] == ["no", "yes"]


def test_counts_are_added_where_none_are_known_and_make_one_data_version(empty_engine: Engine) -> None:
    known = replace(RECORD, id="a-model", name="Another", macs_billions=1.5)
    unknown = replace(known, macs_billions=None, activations_millions=None, input_size=None, cost_source=None)
    counts = {name: getattr(known, name) for name in (*COST_FIELDS, "cost_source")}
    with writing(empty_engine) as session:
        add_models(session, [RECORD, unknown])
        add_counts(session, {"a-model": {}, "b-model": counts, "gone": counts}, NOW)
        assert model_records(session) == {"a-model": unknown, "b-model": RECORD}
        assert session.scalars(select(DataVersion)).all() == []
        add_counts(session, {"a-model": counts, "b-model": counts}, NOW)
        assert model_records(session) == {"a-model": known, "b-model": RECORD}
        [version] = session.scalars(select(DataVersion))
        assert version.reason == "facts of models: 1"
        add_counts(session, {"a-model": {**counts, "macs_billions": 9.0}}, NOW)
        assert model_records(session)["a-model"].macs_billions == 1.5


def test_counts_at_another_size_than_the_known_one_are_not_those_of_the_model(empty_engine: Engine) -> None:
    known = replace(RECORD, macs_billions=None, activations_millions=None, cost_source=None, input_size=288)
    with writing(empty_engine) as session:
        add_models(session, [known])
        add_counts(session, {known.id: facts(RECORD)}, NOW)
        assert model_records(session) == {known.id: known}
        assert session.scalars(select(DataVersion)).all() == []
