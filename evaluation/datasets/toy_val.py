"""The toy benchmark's clean images; corruptions are made from them while they are read."""

from evaluation.datasets.dataset import DataSet
from evaluation.datasets.decisions import any_class
from evaluation.datasets.layouts import ClassFolders
from evaluation.datasets.toy import HOW_TO_GET, LICENCE
from evaluation.toy.generator import ROOT, VAL_PER_CLASS
from evaluation.toy.shapes import CLASSES
from quba.dimension import Pass

FOLDER = f"{ROOT}/val"
IMAGE_COUNT = len(CLASSES) * VAL_PER_CLASS

DATA_SET = DataSet(
    key="toy-val",
    benchmark="toy-shapes",
    label="Toy validation",
    source=Pass.CLEAN,
    variants=("",),
    folder=FOLDER,
    image_count=IMAGE_COUNT,
    label_count=len(CLASSES),
    licence=LICENCE,
    how_to_get=HOW_TO_GET,
    archives=(),
    read=ClassFolders(folder=FOLDER, names=CLASSES, image_count=IMAGE_COUNT, how_to_get=HOW_TO_GET),
    decide=any_class,
)
