import difflib
from collections.abc import Callable, Collection

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from backend.imports import importer, known_models
from backend.imports.csv_file import ImportRejected, read_results
from backend.imports.importer import import_results
from backend.imports.known_models import of_known_models
from backend.store.engine import reading, writing
from backend.store.measurements import measured_values
from backend.store.models import ModelRecord, model_records
from backend.store.own_dimensions import dimension_set, register
from quba.dimensions import dimensions_in_force
from tests.backend.own_dimension import defined

Import = Callable[[str], object]


@pytest.fixture
def take(study_engine: Engine) -> Import:
    """Import a text into a store that has the dimension throughput."""
    with writing(study_engine) as session:
        register(session, defined())
        dimensions = dimension_set(session)

    def take_in(text: str) -> object:
        with dimensions_in_force(dimensions):
            return import_results(study_engine, text.encode())

    return take_in


def rules(take: Import, text: str) -> list[tuple[str | None, str]]:
    with pytest.raises(ImportRejected) as found:
        take(text)
    return [(error.column, error.rule) for error in found.value.errors]


def values(engine: Engine) -> dict[str, tuple[float | None, float | None]]:
    with reading(engine) as session:
        found = measured_values(session, "imagenet-1k", "as-published")
        return {each.model_id: (each.value, each.standard_error) for each in found if each.dimension == "throughput"}


def test_values_go_to_the_models_that_are_there(study_engine: Engine, take: Import) -> None:
    with reading(study_engine) as session:
        before = model_records(session)
    take("model_id,throughput,throughput.standard_error\nresnet50,120,1.5\nalexnet,,\n")
    assert values(study_engine) == {"resnet50": (120, 1.5)}
    with reading(study_engine) as session:
        assert model_records(session) == before


def test_a_tag_of_timm_names_a_model(study_engine: Engine, take: Import) -> None:
    with reading(study_engine) as session:
        tags = {each.source_identifier: each.id for each in model_records(session).values()
                if each.source_library == "timm"}  # fmt: skip
    tag = "resnet50.a1_in1k"
    take(f"timm_tag,throughput\n{tag},120\n")
    assert values(study_engine) == {tags[tag]: (120, None)}
    assert rules(take, "timm_tag,throughput\nresnet50.a1_in1,5\n") == [
        ("timm_tag", f"is no model of this store; did you mean {tag}?")
    ]


def test_a_tag_that_two_models_have_is_refused(study_engine: Engine) -> None:
    results = read_results(b"timm_tag,accuracy\nresnet50.a1_in1k,0.8\n")
    with reading(study_engine) as session:
        records = model_records(session)
    one = next(each for each in records.values() if each.source_identifier == "resnet50.a1_in1k")
    with pytest.raises(ImportRejected, match="names 2 models"):
        of_known_models(results, {**records, "twin": one}, list)


@pytest.mark.parametrize("key", ["model_id", "timm_tag"])
def test_of_each_part_no_models_are_read_but_those_it_names(
    study_engine: Engine, take: Import, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    read: list[int] = []

    def counted(session: Session, ids: Collection[str] | None = None) -> dict[str, ModelRecord]:
        found = model_records(session, ids)
        read.append(len(found))
        return found

    with reading(study_engine) as session:
        tagged = [each for each in model_records(session).values() if each.source_library == "timm"][:5]
    keys = [each.id if key == "model_id" else each.source_identifier for each in tagged]
    monkeypatch.setattr(importer, "_ROWS_AT_ONCE", 2)
    monkeypatch.setattr(known_models, "model_records", counted)
    monkeypatch.setattr(importer, "stored_keys", lambda *_: pytest.fail("no key is wrong"))
    take(f"{key},throughput\n" + "".join(f"{each},{number + 1}\n" for number, each in enumerate(keys)))
    assert read == [2, 2, 1]
    assert values(study_engine) == {each.id: (number + 1, None) for number, each in enumerate(tagged)}


@pytest.mark.parametrize(
    ("text", "column", "rule"),
    [
        ("model_id,throughput\nnobody-at-all,5\n", "model_id", "or add the column name for new models"),
        ("timm_tag,throughput\nzzzzzzzz,5\n", "timm_tag", "is no model of this store; delete the row."),
        ("throughput\n5\n", "model_id", "add this column, or timm_tag"),
        ("model_id,timm_tag,throughput\na,b,5\n", "timm_tag", "delete one of the two"),
        ("model_id,architecture,throughput\nresnet50,cnn,5\n", "name", "or delete architecture and give values alone"),
        ("timm_tag,name,throughput\na,A,5\n", "name", "so delete this column"),
        ("timm_tag,throughput\n,5\n", "timm_tag", "must not be empty"),
        ("model_id,throughput\nresnet50,100001\n", "throughput", "is outside the plausible range of 0 to 100000"),
        ("model_id,through\nresnet50,5\n", "through", "did you mean throughput?"),
    ],
)
def test_what_breaks_a_rule_is_named(take: Import, text: str, column: str, rule: str) -> None:
    [(found, said)] = rules(take, text)
    assert found == column
    assert rule in said


def test_of_many_wrong_keys_the_first_alone_are_looked_for_among_all(
    take: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look costs as much as there are models, and nobody else can write meanwhile."""
    asked = 0

    def none_close(_word: str, among: Collection[str], **_: object) -> list[str]:
        nonlocal asked
        asked += bool(among)
        return []

    monkeypatch.setattr(difflib, "get_close_matches", none_close)
    monkeypatch.setattr(importer, "_ROWS_AT_ONCE", 30)
    said = rules(take, "model_id,throughput\n" + "".join(f"nobody-{number},5\n" for number in range(70)))
    assert asked == 20
    assert len(said) == 70
    assert {rule for _, rule in said} == {said[0][1]}


def test_the_same_key_twice_is_refused(take: Import) -> None:
    [(column, rule)] = rules(take, "model_id,throughput\nresnet50,5\nresnet50,6\n")
    assert column == "model_id"
    assert "is on line 2 already" in rule


def test_another_value_than_the_stored_one_is_a_contradiction(take: Import) -> None:
    take("model_id,throughput\nresnet50,120\n")
    [(column, rule)] = rules(take, "model_id,throughput\nresnet50,121\n")
    assert column == "throughput"
    assert "contradicts the store" in rule
