"""What the service asks of whoever lists a benchmark's images: the service itself looks into no folder of images.

The service owns this protocol and imports nobody who fulfils it; `evaluation.own_data` does so by shape. They meet
where the parts are put together, in `wellbehaved.checker`. What is not accepted comes as a `quba.errors.Refusal`.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Protocol

from backend.problems import ProblemError
from backend.store.tables import BenchmarkVersion
from quba.errors import Refusal
from quba.measuring.evidence import Conditions

_MOST_KEPT = 8


class ImageListing(Protocol):
    """Lists images in a process of its own; safe to share among threads."""

    def paths(
        self,
        conditions: Conditions,
        name: str,
        *,
        folder: str | None,
        definition: Mapping[str, object],
        classes: Sequence[str],
    ) -> list[str]:
        """The images of a pass in the order of the evidence, relative to the benchmark's folder.

        Args:
            conditions: under which models were measured.
            name: of the pass, as in evidence.
            folder: of a benchmark of one's own as it was registered; None for one that comes with the program.
            definition: alike; empty where there is no folder.
            classes: alike.

        Raises:
            Refusal: the images are not here, or not those that were measured on.
        """
        ...


class ImageLists:
    """The lists that were asked for last: the same list says all flips of a pass.

    Args:
        listing: that lists; None where this installation cannot.
    """

    def __init__(self, listing: ImageListing | None) -> None:
        self._listing = listing
        self._kept: OrderedDict[tuple[Conditions, str], Sequence[str]] = OrderedDict()
        # One after the other: each loads torch in a process of its own, and the next may ask for the same list.
        self._one_at_a_time = threading.Lock()

    def paths(self, conditions: Conditions, name: str, version: BenchmarkVersion | None) -> Sequence[str]:
        """The images of a pass, each at its place in the evidence.

        Args:
            conditions: under which models were measured.
            name: of the pass, as in evidence.
            version: of the benchmark, where it is one's own.

        Raises:
            ProblemError: 503 `no_image_lists`, where this installation cannot list; 409 where the images are not here.
        """
        if self._listing is None:
            raise ProblemError(
                503,
                "no_image_lists",
                "This service was started without the part that knows images, so it cannot say which ones flipped.",
                "`wellbehaved doctor` on the server says what to install; then start it with `wellbehaved serve`.",
            )
        with self._one_at_a_time:
            # By the digest of the contents: files that changed since are those of another version.
            found = self._kept.get((conditions, name)) or self._new_list(self._listing, conditions, name, version)
            self._kept[conditions, name] = found
            self._kept.move_to_end((conditions, name))
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    def _new_list(
        self, listing: ImageListing, conditions: Conditions, name: str, version: BenchmarkVersion | None
    ) -> Sequence[str]:
        try:
            return listing.paths(
                conditions,
                name,
                folder=None if version is None else version.folder,
                definition={} if version is None else dict(version.definition),
                classes=() if version is None else tuple(version.classes),
            )
        except Refusal as refusal:
            raise ProblemError(409, refusal.code, refusal.message, refusal.hint) from None
