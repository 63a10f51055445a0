"""Where the study's loaders have changed: write those that have none to backend/imports/study_without_loader.csv."""

from backend.imports.study_names import CLASS_COUNT, PREFIX, study_reasons
from evaluation.datasets.class_maps import WNIDS
from evaluation.models.study.table import STUDY_PREFIX, study_models


def test_names_and_reasons_are_those_of_the_loaders() -> None:
    assert list(study_reasons().items()) == [(each.model_id, each.reason) for each in study_models().values()]
    assert sum(not reason for reason in study_reasons().values()) == sum(
        each.loader is not None for each in study_models().values()
    )


def test_prefix_and_classes_are_those_of_the_loaders() -> None:
    assert (STUDY_PREFIX, len(WNIDS)) == (PREFIX, CLASS_COUNT)
