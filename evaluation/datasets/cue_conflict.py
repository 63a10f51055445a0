"""Cue conflict: the shape of one category with the texture of another (Geirhos et al. 2019)."""

from evaluation.datasets.class_maps import CATEGORIES
from evaluation.datasets.dataset import DataSet
from evaluation.datasets.decisions import category
from evaluation.datasets.layouts import ClassFolders
from evaluation.datasets.model_vs_human import FOLDER, NAMES, archive, how_to_get
from evaluation.datasets.reading import Exif
from quba.dimension import Pass

_KEY = "cue-conflict"
_PER_SHAPE = 80
_IMAGES = len(NAMES) * _PER_SHAPE

DATA_SET = DataSet(
    key=_KEY,
    benchmark="imagenet-1k",
    label="Cue conflict",
    source=Pass.CUE_CONFLICT,
    variants=("",),
    folder=f"{FOLDER}/{_KEY}",
    image_count=_IMAGES,
    label_count=len(NAMES),
    licence="CC BY 4.0",
    how_to_get=how_to_get(_KEY),
    archives=(archive(_KEY),),
    read=ClassFolders(
        folder=f"{FOLDER}/{_KEY}",
        names=NAMES,
        image_count=_IMAGES,
        how_to_get=how_to_get(_KEY),
        textures=True,
    ),
    # The study sorts and takes the last entry here, and the largest one everywhere else.
    decide=category(tuple(CATEGORIES.values()), last_wins_ties=True),
    exif=Exif.IGNORE,
)
