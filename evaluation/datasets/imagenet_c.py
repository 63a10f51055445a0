"""ImageNet-C: the validation images under 15 corruptions of 5 severities (Hendrycks and Dietterich 2019)."""

from evaluation.datasets.class_maps import WNIDS
from evaluation.datasets.dataset import Archive, DataSet
from evaluation.datasets.decisions import any_class
from evaluation.datasets.layouts import ClassFolders
from evaluation.datasets.reading import Exif
from evaluation.published import CORRUPTION_GROUPS, PUBLISHED_CORRUPTIONS, SEVERITIES
from quba.dimension import Pass

_FOLDER = "imagenet-c"
_PER_CLASS = 50
_SIZES_AND_DIGESTS = {
    "noise": (22_565_673_785, "md5:e80562d7f6c3f8834afb1ecf27252745"),
    "blur": (7_112_704_951, "md5:2d8e81fdd8e07fef67b9334fa635e45c"),
    "weather": (12_797_438_995, "md5:33ffea4db4d93fe4a428c40a6ce0c25d"),
    "digital": (7_757_510_705, "md5:89157860d7b10d5797849337ca2e5c03"),
}
_HOW_TO_GET = "Run `wellbehaved datasets download imagenet-c` (50 GB); corruptions lie right under imagenet-c/."

DATA_SET = DataSet(
    key="imagenet-c",
    benchmark="imagenet-1k",
    label="ImageNet-C",
    source=Pass.CORRUPTIONS,
    variants=tuple(f"{corruption}/{severity}" for corruption in PUBLISHED_CORRUPTIONS for severity in SEVERITIES),
    folder=_FOLDER,
    image_count=len(WNIDS) * _PER_CLASS,
    label_count=len(WNIDS),
    licence="CC BY 4.0, ImageNet terms underneath",
    how_to_get=_HOW_TO_GET,
    archives=tuple(
        Archive(
            url=f"https://zenodo.org/records/2235448/files/{group}.tar", size=size, digest=digest, unpacks_to=_FOLDER
        )
        for group, (size, digest) in _SIZES_AND_DIGESTS.items()
    ),
    read=ClassFolders(
        folder=_FOLDER,
        names=WNIDS,
        image_count=len(WNIDS) * _PER_CLASS,
        how_to_get=_HOW_TO_GET,
        # The archive of each group holds the folders of its corruptions; some copies keep them under its name.
        groups={corruption: group for group, keys in CORRUPTION_GROUPS.items() for corruption in keys},
    ),
    decide=any_class,
    exif=Exif.IGNORE,
)
