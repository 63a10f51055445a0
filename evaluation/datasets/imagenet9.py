"""ImageNet-9: the two sets of the Backgrounds Challenge (Xiao et al. 2021, arXiv 2006.09994)."""

from evaluation.datasets.class_maps import IMAGENET_9, IMAGENET_9_FOLDERS
from evaluation.datasets.dataset import Archive, DataSet
from evaluation.datasets.decisions import coarse
from evaluation.datasets.layouts import ClassFolders
from evaluation.datasets.reading import Exif
from quba.benchmarks import STUDY_BENCHMARK
from quba.dimension import Pass

_FOLDER = "bg_challenge"
_PER_LABEL = 450
_IMAGES = len(IMAGENET_9_FOLDERS) * _PER_LABEL
# One archive holds both sets.
_ARCHIVE = Archive(
    url="https://github.com/MadryLab/backgrounds_challenge/releases/download/data/backgrounds_challenge_data.tar.gz",
    size=None,
    digest=None,
    unpacks_to=".",
)


def _mixed_set(name: str, label: str, source: Pass) -> DataSet:
    """One of the sets in which objects of nine classes stand before the background of another image."""
    key = name.replace("_", "-")
    folder = f"{_FOLDER}/{name}/val"
    how_to_get = f"Run `wellbehaved datasets download {key}`."
    return DataSet(
        key=key,
        benchmark=STUDY_BENCHMARK,
        label=label,
        source=source,
        variants=("",),
        folder=folder,
        image_count=_IMAGES,
        label_count=len(IMAGENET_9_FOLDERS),
        licence="none stated, ImageNet terms underneath",
        how_to_get=how_to_get,
        archives=(_ARCHIVE,),
        read=ClassFolders(
            folder=folder,
            names=IMAGENET_9_FOLDERS,
            image_count=_IMAGES,
            how_to_get=how_to_get,
        ),
        decide=coarse(IMAGENET_9),
        exif=Exif.IGNORE,
    )


DATA_SETS = (
    # Before the background of an image of the same class, and of any.
    _mixed_set("mixed_same", "ImageNet-9 mixed-same", Pass.MIXED_SAME),
    _mixed_set("mixed_rand", "ImageNet-9 mixed-rand", Pass.MIXED_RAND),
)
