"""ImageNet-1k's validation images, corrupted copies of them, and renditions of 200 of its classes."""

from evaluation.datasets.class_maps import IMAGENET_R, IMAGENET_R_WNIDS, WNIDS
from evaluation.datasets.dataset import Archive, DataSet
from evaluation.datasets.decisions import among, any_class
from evaluation.datasets.layouts import ClassFolders
from evaluation.datasets.reading import Exif
from evaluation.published import CORRUPTION_GROUPS, PUBLISHED_CORRUPTIONS, SEVERITIES
from quba.benchmarks import STUDY_BENCHMARK
from quba.dimension import Pass

_IMAGES = 50_000
_CORRUPTED_FOLDER = "imagenet-c"
_RENDITIONS = 30_000
_REGISTER = (
    "Register at image-net.org, fetch ILSVRC2012_img_val.tar and ILSVRC2012_devkit_t12.tar.gz, then run "
    "`wellbehaved datasets prepare imagenet`."
)
_FETCH_CORRUPTED = "Run `wellbehaved datasets download imagenet-c` (50 GB); corruptions lie right under imagenet-c/."
_FETCH_RENDITIONS = "Run `wellbehaved datasets download imagenet-r` (2.2 GB)."
_SIZES_AND_DIGESTS = {
    "noise": (22_565_673_785, "md5:e80562d7f6c3f8834afb1ecf27252745"),
    "blur": (7_112_704_951, "md5:2d8e81fdd8e07fef67b9334fa635e45c"),
    "weather": (12_797_438_995, "md5:33ffea4db4d93fe4a428c40a6ce0c25d"),
    "digital": (7_757_510_705, "md5:89157860d7b10d5797849337ca2e5c03"),
}

VALIDATION = DataSet(
    key="imagenet-val",
    benchmark=STUDY_BENCHMARK,
    label="ImageNet validation",
    source=Pass.CLEAN,
    variants=("",),
    folder="imagenet/val",
    image_count=_IMAGES,
    label_count=len(WNIDS),
    licence="ImageNet terms, non-commercial",
    how_to_get=_REGISTER,
    archives=(),
    read=ClassFolders(folder="imagenet/val", names=WNIDS, image_count=_IMAGES, how_to_get=_REGISTER),
    decide=any_class,
    exif=Exif.IGNORE,
)

# Hendrycks and Dietterich 2019.
CORRUPTED = DataSet(
    key="imagenet-c",
    benchmark=STUDY_BENCHMARK,
    label="ImageNet-C",
    source=Pass.CORRUPTIONS,
    variants=tuple(f"{corruption}/{severity}" for corruption in PUBLISHED_CORRUPTIONS for severity in SEVERITIES),
    folder=_CORRUPTED_FOLDER,
    image_count=_IMAGES,
    label_count=len(WNIDS),
    licence="CC BY 4.0, ImageNet terms underneath",
    how_to_get=_FETCH_CORRUPTED,
    archives=tuple(
        Archive(
            url=f"https://zenodo.org/records/2235448/files/{group}.tar",
            size=size,
            digest=digest,
            unpacks_to="imagenet-c",
        )
        for group, (size, digest) in _SIZES_AND_DIGESTS.items()
    ),
    read=ClassFolders(
        folder=_CORRUPTED_FOLDER,
        names=WNIDS,
        image_count=_IMAGES,
        how_to_get=_FETCH_CORRUPTED,
        # The archive of each group holds the folders of its corruptions; some copies keep them under its name.
        groups={corruption: group for group, keys in CORRUPTION_GROUPS.items() for corruption in keys},
    ),
    decide=any_class,
    exif=Exif.IGNORE,
)

# Paintings, toys, graffiti and others; Hendrycks et al. 2021.
RENDITIONS = DataSet(
    key="imagenet-r",
    benchmark=STUDY_BENCHMARK,
    label="ImageNet-R",
    source=Pass.RENDITIONS,
    variants=("",),
    folder="imagenet-r",
    image_count=_RENDITIONS,
    label_count=len(IMAGENET_R),
    licence="none stated",
    how_to_get=_FETCH_RENDITIONS,
    archives=(
        Archive(
            url="https://people.eecs.berkeley.edu/~hendrycks/imagenet-r.tar", size=None, digest=None, unpacks_to="."
        ),
    ),
    read=ClassFolders(
        folder="imagenet-r",
        names=IMAGENET_R_WNIDS,
        image_count=_RENDITIONS,
        balanced=False,
        how_to_get=_FETCH_RENDITIONS,
    ),
    decide=among(IMAGENET_R),
    exif=Exif.IGNORE,
)

DATA_SETS = (VALIDATION, CORRUPTED, RENDITIONS)
