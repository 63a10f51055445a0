"""What the five 16-category sets of model-vs-human share (Geirhos et al. 2021, arXiv 2106.07411)."""

from evaluation.datasets.class_maps import CATEGORIES
from evaluation.datasets.dataset import Archive

FOLDER = "modelvshuman"
NAMES: tuple[str, ...] = tuple(CATEGORIES)
_RELEASE = "https://github.com/bethgelab/model-vs-human/releases/download/v0.1"


def archive(name: str) -> Archive:
    """The release file of one set; its authors publish no checksum."""
    return Archive(url=f"{_RELEASE}/{name}.tar.gz", size=None, digest=None, unpacks_to=FOLDER)


def how_to_get(key: str) -> str:
    """The next step for somebody who lacks a set."""
    return f"Run `wellbehaved datasets download {key}`."
