"""Sketches of 16 categories: the small subset of model-vs-human, not the 50,889 images of ImageNet-Sketch."""

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
    key="sketch",
    benchmark="imagenet-1k",
    label="Sketch (16 categories)",
    source=Pass.SKETCH,
    variants=("",),
    folder=f"{FOLDER}/sketch",
    image_count=_IMAGES,
    label_count=len(NAMES),
    licence="MIT",
    how_to_get=how_to_get("sketch"),
    archives=(archive("sketch"),),
    read=SessionFiles(
        folder=f"{FOLDER}/sketch/dnn/session-1", names=NAMES, image_count=_IMAGES, how_to_get=how_to_get("sketch")
    ),
    decide=category(tuple(CATEGORIES.values())),
    exif=Exif.IGNORE,
)
