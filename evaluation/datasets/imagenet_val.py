"""ImageNet-1k's validation images."""

from evaluation.datasets.class_maps import WNIDS
from evaluation.datasets.dataset import DataSet
from evaluation.datasets.decisions import any_class
from evaluation.datasets.layouts import ClassFolders
from evaluation.datasets.reading import Exif
from quba.dimension import Pass

FOLDER = "imagenet/val"
IMAGE_COUNT = 50_000
_HOW_TO_GET = (
    "Register at image-net.org, fetch ILSVRC2012_img_val.tar and ILSVRC2012_devkit_t12.tar.gz, then run "
    "`wellbehaved datasets prepare imagenet`."
)

DATA_SET = DataSet(
    key="imagenet-val",
    benchmark="imagenet-1k",
    label="ImageNet validation",
    source=Pass.CLEAN,
    variants=("",),
    folder=FOLDER,
    image_count=IMAGE_COUNT,
    label_count=len(WNIDS),
    licence="ImageNet terms, non-commercial",
    how_to_get=_HOW_TO_GET,
    archives=(),
    read=ClassFolders(folder=FOLDER, names=WNIDS, image_count=IMAGE_COUNT, how_to_get=_HOW_TO_GET),
    decide=any_class,
    exif=Exif.IGNORE,
)
