"""The five 16-category sets of model-vs-human (Geirhos et al. 2019 and 2021, arXiv 2106.07411); a set is a row."""

from dataclasses import dataclass

from evaluation.datasets.class_maps import CATEGORIES
from evaluation.datasets.dataset import Archive, DataSet
from evaluation.datasets.decisions import category
from evaluation.datasets.layouts import ClassFolders, SessionFiles
from evaluation.datasets.reading import Exif
from quba.benchmarks import STUDY_BENCHMARK
from quba.dimension import Pass

_FOLDER = "modelvshuman"
_NAMES = tuple(CATEGORIES)
_RELEASE = "https://github.com/bethgelab/model-vs-human/releases/download/v0.1"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """What one set differs in."""

    key: str
    label: str
    source: Pass
    per_category: int
    licence: str
    in_names: bool = False
    """Whether the label is in the names of the images, which then lie in one folder."""
    conflicting: bool = False
    """Whether names also tell the texture; the study then sorts and takes the last of equal entries, not the first."""


_ROWS = (
    _Row(key="edge", label="Edges", source=Pass.EDGE, per_category=10, licence="CC BY 4.0"),
    _Row(key="silhouette", label="Silhouettes", source=Pass.SILHOUETTE, per_category=10, licence="CC BY 4.0"),
    # Not the 50,889 images of ImageNet-Sketch.
    _Row(
        key="sketch", label="Sketch (16 categories)", source=Pass.SKETCH, per_category=50, licence="MIT", in_names=True,
    ),
    _Row(
        key="stylized", label="Stylized (16 categories)", source=Pass.STYLIZED, per_category=50,
        licence="ImageNet terms", in_names=True,
    ),
    _Row(
        key="cue-conflict", label="Cue conflict", source=Pass.CUE_CONFLICT, per_category=80, licence="CC BY 4.0",
        conflicting=True,
    ),
)  # fmt: skip


def _data_set(row: _Row) -> DataSet:
    folder, images = f"{_FOLDER}/{row.key}", len(_NAMES) * row.per_category
    how_to_get = f"Run `wellbehaved datasets download {row.key}`."
    read: ClassFolders | SessionFiles
    if row.in_names:
        place = f"{folder}/dnn/session-1"
        read = SessionFiles(folder=place, names=_NAMES, image_count=images, how_to_get=how_to_get)
    else:
        read = ClassFolders(
            folder=folder, names=_NAMES, image_count=images, how_to_get=how_to_get, textures=row.conflicting
        )
    return DataSet(
        key=row.key,
        benchmark=STUDY_BENCHMARK,
        label=row.label,
        source=row.source,
        variants=("",),
        folder=folder,
        image_count=images,
        label_count=len(_NAMES),
        licence=row.licence,
        how_to_get=how_to_get,
        # Its authors publish no checksum.
        archives=(Archive(url=f"{_RELEASE}/{row.key}.tar.gz", size=None, digest=None, unpacks_to=_FOLDER),),
        read=read,
        decide=category(tuple(CATEGORIES.values()), last_wins_ties=row.conflicting),
        exif=Exif.IGNORE,
    )


DATA_SETS = tuple(map(_data_set, _ROWS))
