"""Line drawings of the edges in photographs of 16 categories (Geirhos et al. 2019)."""

from evaluation.datasets.class_maps import CATEGORIES
from evaluation.datasets.dataset import DataSet
from evaluation.datasets.decisions import category
from evaluation.datasets.layouts import ClassFolders
from evaluation.datasets.model_vs_human import FOLDER, NAMES, archive, how_to_get
from evaluation.datasets.reading import Exif
from quba.dimension import Pass

_PER_CATEGORY = 10
_IMAGES = len(NAMES) * _PER_CATEGORY

DATA_SET = DataSet(
    key="edge",
    benchmark="imagenet-1k",
    label="Edges",
    source=Pass.EDGE,
    variants=("",),
    folder=f"{FOLDER}/edge",
    image_count=_IMAGES,
    label_count=len(NAMES),
    licence="CC BY 4.0",
    how_to_get=how_to_get("edge"),
    archives=(archive("edge"),),
    read=ClassFolders(
        folder=f"{FOLDER}/edge",
        names=NAMES,
        image_count=_IMAGES,
        how_to_get=how_to_get("edge"),
    ),
    decide=category(tuple(CATEGORIES.values())),
    exif=Exif.IGNORE,
)
