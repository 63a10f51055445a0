"""Values measured here beside the published ones of the same weights."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from backend.store.engine import create_store_engine, reading, writing
from backend.store.models import add_models, model_record
from backend.store.reproductions import Reproductions, measured_here, reproductions, weights_of
from quba.deciding.reproduction import NotComparable
from tests.backend.measured_again import again, store_again

BESIDE = "resnet50-a1-evaluated"


def found_in(engine: Engine, *, private: bool = False) -> dict[str, tuple[float, float, bool]]:
    with reading(engine) as session:
        known = reproductions(session, private=private)
        return {
            each.published.dimension: (each.difference.published, each.difference.measured, each.whole)
            for each in known.items
        }


def refused_in(engine: Engine) -> Reproductions:
    with reading(engine) as session:
        return reproductions(session, private=False)


def test_nothing_measured_is_nothing_reproduced(study_engine: Engine) -> None:
    known = refused_in(study_engine)
    assert (known.items, known.not_comparable) == ((), {})
    assert len(known.models) == 326


def test_a_value_is_held_against_the_published_one_of_its_weights(study_engine: Engine) -> None:
    store_again(study_engine, [again(BESIDE, "accuracy", 0.8), again("resnet50-a1", "shape_bias", 0.25,
                                                                    protocol="corrected")])  # fmt: skip
    with reading(study_engine) as session:
        items = reproductions(session, private=False).items
        assert [(each.model.id, each.published.dimension, each.here.model_id) for each in items] == [
            ("resnet50-a1", "accuracy", BESIDE),
            ("resnet50-a1", "shape_bias", "resnet50-a1"),
        ]
        assert items[0].published.source == "study"
        assert items[0].difference.published == items[0].published.value
        assert items[0].difference.measured == 0.8
        assert items[0].difference.in_standard_errors is not None


def test_of_several_values_the_one_of_most_images_counts(study_engine: Engine) -> None:
    few = again(BESIDE, "accuracy", 0.7, sample_count=10_000)
    store_again(study_engine, [few, again("resnet50-a1", "accuracy", 0.8, protocol="corrected")])
    assert found_in(study_engine)["accuracy"][1:] == (0.8, True)
    # Of as many images, the one under the study's own protocol.
    store_again(study_engine, [replace(few, value=0.81, sample_count=50_000)])
    assert found_in(study_engine)["accuracy"][1:] == (0.81, True)


def test_a_subset_is_marked(study_engine: Engine) -> None:
    store_again(study_engine, [again(BESIDE, "accuracy", 0.7, sample_count=10_000)])
    assert found_in(study_engine)["accuracy"][1:] == (0.7, False)


def test_a_value_with_the_defects_stands_behind_the_one_without(study_engine: Engine) -> None:
    released = {"protocol": "as-released", "sample_count": 75 * 50_000}
    store_again(
        study_engine,
        [
            again("resnet50-a1", "corruption_robustness", 0.06, **released),
            again(BESIDE, "corruption_robustness", 0.6),
            again("alexnet", "class_balance", 0.7, protocol="as-released"),
        ],
    )
    with reading(study_engine) as session:
        items = reproductions(session, private=False).items
        assert [(each.model.id, each.published.dimension, each.released) for each in items] == [
            ("alexnet", "class_balance", True),
            ("resnet50-a1", "corruption_robustness", False),
            ("resnet50-a1", "corruption_robustness", True),
        ]
        assert [each.difference.measured for each in items] == [0.7, 0.6, 0.06]


def test_what_is_another_quantity_is_counted_and_not_compared(study_engine: Engine) -> None:
    store_again(
        study_engine,
        [
            again("resnet50-a1", "adversarial_robustness", 0.1, protocol="corrected"),
            again(BESIDE, "accuracy", 0.8, ingredients_digest="0" * 64),
            again(BESIDE, "shape_bias", 0.3, ingredients_digest=None),
        ],
    )
    known = refused_in(study_engine)
    assert known.items == ()
    assert known.not_comparable == dict.fromkeys(NotComparable, 1)


def test_other_weights_and_dimensions_that_nobody_published_are_no_reproduction(study_sqlite_url: str) -> None:
    engine = create_store_engine(study_sqlite_url)
    with writing(engine) as session:
        published = model_record(session, "resnet50-a1")
        assert published is not None
        others = (("mine-evaluated", "resnet50.mine"), ("mine", None))
        add_models(
            session,
            [replace(published, id=key, name=key, source_identifier=weights) for key, weights in others],
        )
    store_again(engine, [again("mine-evaluated", "accuracy", 0.8)])
    store_again(engine, [again("mine", "accuracy", 0.8)])
    store_again(engine, [again(BESIDE, "throughput", 0.8)])
    assert found_in(engine) == {}
    with reading(engine) as session:
        # Without a name of its weights nobody can say that they are the same.
        assert sorted(each.model_id for each in measured_here(session, private=False)) == ["mine-evaluated", BESIDE]
    engine.dispose()


@pytest.mark.parametrize("private", [True, False])
def test_a_private_model_is_shown_to_who_may_see_it(study_engine: Engine, private: bool) -> None:
    store_again(study_engine, [again(BESIDE, "accuracy", 0.8)], visibility="private")
    assert bool(found_in(study_engine, private=private)) is private


def test_weights_that_were_never_released_have_no_name(study_engine: Engine) -> None:
    with reading(study_engine) as session:
        released, unreleased = (model_record(session, key) for key in ("resnet50-a1", "hiera-b-lp"))
        assert released is not None
        assert unreleased is not None
        assert weights_of(released) == ("timm", "resnet50.a1_in1k")
        assert weights_of(unreleased) is None
