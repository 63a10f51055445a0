"""Toy shapes with one texture over object and background."""

from evaluation.datasets.dataset import DataSet
from evaluation.datasets.decisions import category
from evaluation.datasets.layouts import SessionFiles
from evaluation.datasets.toy import HOW_TO_GET, LICENCE, SINGLES
from evaluation.toy.generator import ROOT, VAL_PER_CLASS
from evaluation.toy.shapes import CLASSES
from quba.dimension import Pass

FOLDER = f"{ROOT}/stylized/dnn/session-1"
IMAGE_COUNT = len(CLASSES) * VAL_PER_CLASS

DATA_SET = DataSet(
    key="toy-stylized",
    benchmark="toy-shapes",
    label="Toy stylized",
    source=Pass.STYLIZED,
    variants=("",),
    folder=FOLDER,
    image_count=IMAGE_COUNT,
    label_count=len(CLASSES),
    licence=LICENCE,
    how_to_get=HOW_TO_GET,
    archives=(),
    read=SessionFiles(folder=FOLDER, names=CLASSES, image_count=IMAGE_COUNT, how_to_get=HOW_TO_GET),
    decide=category(SINGLES),
)
