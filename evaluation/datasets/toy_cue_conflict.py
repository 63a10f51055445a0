"""Toy shapes with the texture of every class."""

from evaluation.datasets.dataset import DataSet
from evaluation.datasets.decisions import category
from evaluation.datasets.layouts import ClassFolders
from evaluation.datasets.toy import HOW_TO_GET, LICENCE, SINGLES
from evaluation.toy.generator import ROOT
from evaluation.toy.shapes import CLASSES
from quba.dimension import Pass

FOLDER = f"{ROOT}/cue-conflict"
IMAGE_COUNT = len(CLASSES) ** 2

DATA_SET = DataSet(
    key="toy-cue-conflict",
    benchmark="toy-shapes",
    label="Toy cue-conflict",
    source=Pass.CUE_CONFLICT,
    variants=("",),
    folder=FOLDER,
    image_count=IMAGE_COUNT,
    label_count=len(CLASSES),
    licence=LICENCE,
    how_to_get=HOW_TO_GET,
    archives=(),
    read=ClassFolders(folder=FOLDER, names=CLASSES, image_count=IMAGE_COUNT, how_to_get=HOW_TO_GET, textures=True),
    decide=category(SINGLES, last_wins_ties=True),
)
