"""What a data set is: where its images lie, how they are labelled, and how a model's outputs are decided on it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from jaxtyping import Float, Int

from evaluation.datasets.reading import Exif
from quba.dimension import Pass


class DataSetMissing(Exception):
    """A data set is not installed; the message says how to get it."""


class DataSetDamaged(Exception):
    """A data set is incomplete or not laid out as it must be; the message names what and the next step."""


class Decide(Protocol):
    """From a model's outputs to the label it decides for; -1 stands for none of them."""

    def __call__(self, logits: Float[np.ndarray, "images classes"]) -> Int[np.ndarray, " images"]:
        """One label per image."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Images:
    """The images of one variant of a data set, in a fixed order.

    Attributes:
        paths: one file per image.
        labels: the right label of each, as the data set's ``decide`` names it.
        textures: the label of the texture of each; only where shape and texture conflict.
    """

    paths: tuple[Path, ...]
    labels: Int[np.ndarray, " images"]
    textures: Int[np.ndarray, " images"] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """A file to fetch.

    Attributes:
        url: where it lies.
        size: in bytes, or None where it is not published.
        digest: "md5:..." or "sha256:...", whole or its first digits, or None where none is published.
        unpacks_to: folder below the data folder into which it is unpacked.
    """

    url: str
    size: int | None
    digest: str | None
    unpacks_to: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSet:
    """One data set of a benchmark.

    Attributes:
        key: its name on the command line.
        benchmark: the benchmark it belongs to.
        label: its name on screen.
        source: the pass of the model that runs over it.
        variants: what it holds once each, such as "fog/3"; ("",) where there is but one.
        folder: where it lies below the data folder.
        image_count: images in each variant.
        label_count: how many labels ``decide`` chooses from.
        licence: under which it may be used.
        how_to_get: one sentence with the next step for somebody who lacks it.
        archives: what ``download`` fetches; empty where its terms ask for a registration.
        read: lists the images of a variant below the data folder. Raises ``DataSetMissing`` if there are none and
            ``DataSetDamaged`` if they are fewer, more or elsewhere than they must be.
        decide: from outputs to labels.
        exif: whether images are read as they are shown. The study's sets ignore it, as timm and torchvision do.
        unreadable_share: largest share of the images of a variant that may be unreadable.
        unreadable_most: number that may be unreadable whatever their share.
        own: whether it is somebody's own and no published set, so that nobody else can give it again.
    """

    key: str
    benchmark: str
    label: str
    source: Pass
    variants: tuple[str, ...]
    folder: str
    image_count: int
    label_count: int
    licence: str
    how_to_get: str
    archives: tuple[Archive, ...]
    read: Callable[[Path, str], Images]
    decide: Decide
    exif: Exif = Exif.APPLY
    unreadable_share: float = 0.01
    unreadable_most: int = 0
    own: bool = False
