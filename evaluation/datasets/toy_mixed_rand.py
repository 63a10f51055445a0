"""Toy shapes before a background of another class."""

import numpy as np

from evaluation.datasets.dataset import DataSet
from evaluation.datasets.decisions import coarse
from evaluation.datasets.layouts import ClassFolders
from evaluation.datasets.toy import HOW_TO_GET, LICENCE, NUMBERED
from evaluation.toy.generator import ROOT, VAL_PER_CLASS
from evaluation.toy.shapes import CLASSES
from quba.dimension import Pass

FOLDER = f"{ROOT}/mixed_rand/val"
IMAGE_COUNT = len(CLASSES) * VAL_PER_CLASS

DATA_SET = DataSet(
    key="toy-mixed-rand",
    benchmark="toy-shapes",
    label="Toy mixed-rand",
    source=Pass.MIXED_RAND,
    variants=("",),
    folder=FOLDER,
    image_count=IMAGE_COUNT,
    label_count=len(CLASSES),
    licence=LICENCE,
    how_to_get=HOW_TO_GET,
    archives=(),
    read=ClassFolders(folder=FOLDER, names=NUMBERED, image_count=IMAGE_COUNT, how_to_get=HOW_TO_GET),
    decide=coarse(np.arange(len(CLASSES))),
)
