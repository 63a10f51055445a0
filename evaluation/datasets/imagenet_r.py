"""ImageNet-R: paintings, toys, graffiti and other renditions of 200 ImageNet classes (Hendrycks et al. 2021)."""

from evaluation.datasets.class_maps import IMAGENET_R, IMAGENET_R_WNIDS
from evaluation.datasets.dataset import Archive, DataSet
from evaluation.datasets.decisions import among
from evaluation.datasets.layouts import ClassFolders
from evaluation.datasets.reading import Exif
from quba.dimension import Pass

_FOLDER = "imagenet-r"
_IMAGES = 30_000
_HOW_TO_GET = "Run `wellbehaved datasets download imagenet-r` (2.2 GB)."

DATA_SET = DataSet(
    key="imagenet-r",
    benchmark="imagenet-1k",
    label="ImageNet-R",
    source=Pass.RENDITIONS,
    variants=("",),
    folder=_FOLDER,
    image_count=_IMAGES,
    label_count=len(IMAGENET_R),
    licence="none stated",
    how_to_get=_HOW_TO_GET,
    archives=(
        Archive(
            url="https://people.eecs.berkeley.edu/~hendrycks/imagenet-r.tar", size=None, digest=None, unpacks_to="."
        ),
    ),
    read=ClassFolders(
        folder=_FOLDER, names=IMAGENET_R_WNIDS, image_count=_IMAGES, balanced=False, how_to_get=_HOW_TO_GET
    ),
    decide=among(IMAGENET_R),
    exif=Exif.IGNORE,
)
