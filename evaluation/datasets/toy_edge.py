"""Toy shapes as contours."""

from evaluation.datasets.dataset import DataSet
from evaluation.datasets.decisions import category
from evaluation.datasets.layouts import ClassFolders
from evaluation.datasets.toy import HOW_TO_GET, LICENCE, SINGLES
from evaluation.toy.generator import FEW_PER_CLASS, ROOT
from evaluation.toy.shapes import CLASSES
from quba.dimension import Pass

FOLDER = f"{ROOT}/edge"
IMAGE_COUNT = len(CLASSES) * FEW_PER_CLASS

DATA_SET = DataSet(
    key="toy-edge",
    benchmark="toy-shapes",
    label="Toy edge",
    source=Pass.EDGE,
    variants=("",),
    folder=FOLDER,
    image_count=IMAGE_COUNT,
    label_count=len(CLASSES),
    licence=LICENCE,
    how_to_get=HOW_TO_GET,
    archives=(),
    read=ClassFolders(folder=FOLDER, names=CLASSES, image_count=IMAGE_COUNT, how_to_get=HOW_TO_GET),
    decide=category(SINGLES),
)
