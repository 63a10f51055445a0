"""The table of loaders: for each model of the study how its released weights are loaded, or why they cannot be."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from evaluation.models.identity import Identity
from evaluation.models.study.weight_files import WeightFile

STUDY_PREFIX = "study:"


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyModel:
    """A model of the study and its loader.

    Attributes:
        identity: as the study groups it, under its published `model_id`.
        loader: what loads it, such as "timm" or "dinov2"; None where nothing does.
        loads: its name for that loader.
        files: to be fetched, in the order in which the loader takes them; none where a library fetches by itself.
        reason: in one sentence, why there is no loader; empty where there is one.
    """

    identity: Identity
    loader: str | None
    loads: str
    files: tuple[WeightFile, ...]
    reason: str

    @property
    def model_id(self) -> str:
        """The study's slug."""
        return self.identity.model_id


@cache
def study_models() -> Mapping[str, StudyModel]:
    """All models of the study by `model_id`, in the order in which they were published.

    >>> study_models()["hiera-t"].loader, len(study_models())
    ('hiera', 326)
    """
    lines = (files("evaluation.models.study") / "study_loaders.csv").read_text(encoding="utf-8").splitlines()
    return MappingProxyType({row["model_id"]: _model(row) for row in csv.DictReader(lines)})


def _model(row: Mapping[str, str]) -> StudyModel:
    urls = row["files"].split()
    # A source states a checksum of all of a model's files or of none.
    checksums = row["checksums"].split() or [""] * len(urls)
    return StudyModel(
        identity=Identity(
            model_id=row["model_id"],
            name=row["name"],
            architecture=row["architecture"],
            training=row["training"],
            recipe=row["recipe"] or None,
            head=row["head"] or None,
            pretraining_data=row["pretraining_data"],
            backbone=row["backbone"],
            source_library=row["source_library"],
            source_identifier=row["source_identifier"] or None,
        ),
        loader=row["loader"] or None,
        loads=row["loads"],
        files=tuple(WeightFile(url=url, checksum=each) for url, each in zip(urls, checksums, strict=True)),
        reason=row["reason"],
    )
