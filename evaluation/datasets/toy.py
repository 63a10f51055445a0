"""The sets of the toy benchmark, drawn by this program in the layouts of the study's; a set is a row."""

from dataclasses import dataclass

import numpy as np

from evaluation.datasets.dataset import DataSet, Decide
from evaluation.datasets.decisions import among, any_class, category, coarse
from evaluation.datasets.layouts import ClassFolders, SessionFiles
from evaluation.toy.generator import FEW_PER_CLASS, ROOT, VAL_PER_CLASS
from evaluation.toy.shapes import CLASSES
from quba.benchmarks import TOY_BENCHMARK
from quba.dimension import Pass

_HOW_TO_GET = "Run `wellbehaved datasets make-toy`; it takes about a minute."
_NUMBERED = tuple(f"{label:02d}_{name}" for label, name in enumerate(CLASSES))
_EVERY = np.arange(len(CLASSES))
# Every class is a category of its own, so that the decisions of the real sets can be used as they are.
_SINGLES = tuple(np.array([label]) for label in _EVERY)
_BY_CATEGORY = category(_SINGLES)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """What one set differs in; its key is "toy-" and its name."""

    name: str
    label: str
    source: Pass
    folder: str
    decide: Decide
    per_class: int = VAL_PER_CLASS
    names: tuple[str, ...] = CLASSES
    in_names: bool = False
    """Whether the label is in the names of the images, which then lie in one folder."""
    textures: bool = False


_ROWS = (
    # Corruptions are made from the clean images while they are read.
    _Row(name="val", label="Toy validation", source=Pass.CLEAN, folder="val", decide=any_class),
    # Contours.
    _Row(
        name="edge", label="Toy edge", source=Pass.EDGE, folder="edge", decide=_BY_CATEGORY, per_class=FEW_PER_CLASS,
    ),
    _Row(
        name="silhouette", label="Toy silhouette", source=Pass.SILHOUETTE, folder="silhouette", decide=_BY_CATEGORY,
        per_class=FEW_PER_CLASS,
    ),
    # Unsteady strokes.
    _Row(
        name="sketch", label="Toy sketch", source=Pass.SKETCH, folder="sketch/dnn/session-1", decide=_BY_CATEGORY,
        in_names=True,
    ),
    # One texture over object and background.
    _Row(
        name="stylized", label="Toy stylized", source=Pass.STYLIZED, folder="stylized/dnn/session-1",
        decide=_BY_CATEGORY, in_names=True,
    ),
    # Cartoons.
    _Row(
        name="renditions", label="Toy renditions", source=Pass.RENDITIONS, folder="renditions", decide=among(_EVERY),
    ),
    # The texture of every class.
    _Row(
        name="cue-conflict", label="Toy cue-conflict", source=Pass.CUE_CONFLICT, folder="cue-conflict",
        decide=category(_SINGLES, last_wins_ties=True), per_class=len(CLASSES), textures=True,
    ),
    # Before a background of the same class, and of another.
    _Row(
        name="mixed-same", label="Toy mixed-same", source=Pass.MIXED_SAME, folder="mixed_same/val",
        decide=coarse(_EVERY), names=_NUMBERED,
    ),
    _Row(
        name="mixed-rand", label="Toy mixed-rand", source=Pass.MIXED_RAND, folder="mixed_rand/val",
        decide=coarse(_EVERY), names=_NUMBERED,
    ),
)  # fmt: skip


def _data_set(row: _Row) -> DataSet:
    folder, images = f"{ROOT}/{row.folder}", len(CLASSES) * row.per_class
    read: ClassFolders | SessionFiles
    if row.in_names:
        read = SessionFiles(folder=folder, names=row.names, image_count=images, how_to_get=_HOW_TO_GET)
    else:
        read = ClassFolders(
            folder=folder, names=row.names, image_count=images, how_to_get=_HOW_TO_GET, textures=row.textures
        )
    return DataSet(
        key=f"toy-{row.name}",
        benchmark=TOY_BENCHMARK,
        label=row.label,
        source=row.source,
        variants=("",),
        folder=folder,
        image_count=images,
        label_count=len(CLASSES),
        licence="drawn by this program; free of rights",
        how_to_get=_HOW_TO_GET,
        archives=(),
        read=read,
        decide=row.decide,
    )


DATA_SETS = tuple(map(_data_set, _ROWS))
