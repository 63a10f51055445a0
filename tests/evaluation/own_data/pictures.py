"""Makes the picture of docs/generated-sets.md anew, for `make pictures`: six images of each set, from toy drawings.

Run: `python -m tests.evaluation.own_data.pictures`.
"""

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from evaluation.own_data.contact_sheet import picture_of, write_contact_sheet
from evaluation.own_data.generated import data_sets
from evaluation.toy.shapes import CLASSES
from tests.browser.pictures import FOLDER
from tests.evaluation.own_data.marked_drawings import drawings

NAME = "generated-sets.png"
# Of sixteen classes with ten images each, six that lie apart.
_SHOWN = (0, 21, 64, 93, 127, 158)


def main(target: Path = FOLDER / NAME, classes: Sequence[str] = CLASSES) -> None:
    """Draw, generate, and show some of each set."""
    with tempfile.TemporaryDirectory() as place:
        drawn = drawings(Path(place) / "toy", classes=classes)
        shown = []
        for data_set in data_sets(drawn.source(renditions=("edge",))).values():
            images = data_set.read(drawn.data, data_set.variants[0])
            for number in (each % len(images.paths) for each in _SHOWN):
                name = f"{data_set.source.value.replace('_', '-')} {data_set.variants[0]}".strip()
                texture = "" if images.textures is None else f" in {classes[images.textures[number]]}"
                caption = f"{name}\n{classes[images.labels[number]]}{texture}"
                shown.append((partial(picture_of, images.paths[number]), caption))
        write_contact_sheet(target, shown)


if __name__ == "__main__":
    main()
