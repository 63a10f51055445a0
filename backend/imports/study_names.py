"""What is known of the study's models without loading any: their names, and which of them nothing can measure."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

PREFIX = "study:"
CLASS_COUNT = 1000
"""Classes that all of its models decide among: ImageNet's."""


@cache
def study_reasons() -> Mapping[str, str]:
    """By `model_id`, in the order in which they were published, why a model cannot be measured; empty where it can.

    >>> study_reasons()["hiera-t"], study_reasons()["hiera-t-lp"][:24], len(study_reasons())
    ('', 'The authors of the study', 326)
    """
    reasons = {row["model_id"]: row["reason"] for row in _rows("study_without_loader.csv")}
    return MappingProxyType(
        {row["model_id"]: reasons.get(row["model_id"], "") for row in _rows("published_scores.csv")}
    )


@cache
def study_weights() -> Mapping[str, tuple[str, str]]:
    """By `model_id` where the weights come from: the library and their name in it; without those never released.

    >>> study_weights()["alexnet"], "hiera-t-lp" in study_weights()
    (('torchvision', 'alexnet/AlexNet_Weights.IMAGENET1K_V1'), False)
    """
    return MappingProxyType(
        {
            row["model_id"]: (row["source_library"], row["source_identifier"])
            for row in _rows("published_scores.csv")
            if row["source_identifier"]
        }
    )


def _rows(file: str) -> list[dict[str, str]]:
    lines = (files("backend.imports") / file).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines))
