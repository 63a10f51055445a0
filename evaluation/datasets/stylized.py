"""Photographs of 16 categories repainted in foreign styles: the small subset of model-vs-human."""

from evaluation.datasets.class_maps import CATEGORIES
from evaluation.datasets.dataset import DataSet
from evaluation.datasets.decisions import category
from evaluation.datasets.layouts import SessionFiles
from evaluation.datasets.model_vs_human import FOLDER, NAMES, archive, how_to_get
from evaluation.datasets.reading import Exif
from quba.dimension import Pass

_PER_CATEGORY = 50
_IMAGES = len(NAMES) * _PER_CATEGORY

DATA_SET = DataSet(
    key="stylized",
    benchmark="imagenet-1k",
    label="Stylized (16 categories)",
    source=Pass.STYLIZED,
    variants=("",),
    folder=f"{FOLDER}/stylized",
    image_count=_IMAGES,
    label_count=len(NAMES),
    licence="ImageNet terms",
    how_to_get=how_to_get("stylized"),
    archives=(archive("stylized"),),
    read=SessionFiles(
        folder=f"{FOLDER}/stylized/dnn/session-1",
        names=NAMES,
        image_count=_IMAGES,
        how_to_get=how_to_get("stylized"),
    ),
    decide=category(tuple(CATEGORIES.values())),
    exif=Exif.IGNORE,
)
