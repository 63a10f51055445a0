"""What is kept of a measured model, so that it can be held against another that saw the same images.

Two models of one benchmark decide on the same images, so that their difference is far surer than either value. Kept are
which images each pass decided right, how confident the model was, and the values that each dimension takes when a group
of images is left out: enough for paired differences and for the images that flipped, and small enough for every model.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Integer, UInt8

from quba.dimension import Missing
from quba.errors import Refusal
from quba.zip_damage import damage_as_bad_zip_file

FORMAT = 1
CONFIDENCE_STEPS = 255
"""A confidence is kept as a whole number of these parts of one."""

_HEADER, _LABELS, _CONFIDENCE = "header", "labels", "confidence"
_RIGHT, _REPLICATES, _UNREAD = "right:", "replicates:", "unread:"
# What reading a damaged or foreign file raises, ValueError (as a damaged archive) included; a mistake in here stays
# what it is.
_BROKEN = (OSError, KeyError, TypeError, zipfile.BadZipFile)


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """Under what a model was measured: two are paired only where all of these are equal.

    Attributes:
        benchmark: its key.
        digest: of its class list and contents; None for the benchmarks that come with the program.
        protocol: such as "corrected".
        seed: of everything that is drawn.
        samples_per_class: images of each class in a quick subset; None for all.
    """

    benchmark: str
    digest: str | None
    protocol: str
    seed: int
    samples_per_class: int | None


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Evidence:
    """What is kept of one measured model.

    Attributes:
        conditions: under which it was measured.
        values: of the dimensions that have one, by key.
        standard_errors: of the same dimensions; None where a value has none.
        replicates: values of a dimension with each group of images left out, in the order of the groups; absent for a
            dimension that no images are measured for, or whose replicates are undefined.
        missing: why the other dimensions have no value.
        right: which images were decided right, in the order of the data set: by pass, such as "clean" or "pgd", and
            where a pass has variants by pass and variant, such as "corruptions:fog/3".
        unread: places in the data set, ascending, of images that could not be read and are in no ``right``; by pass and
            variant as there, absent where all were read.
        labels: of the clean images that were read; None where they were not measured.
        confidence: of the decisions on the clean images, 255 being certainty; None likewise.
    """

    conditions: Conditions
    values: Mapping[str, float]
    standard_errors: Mapping[str, float | None]
    replicates: Mapping[str, Float[np.ndarray, " _"]]
    missing: Mapping[str, Missing] = field(default_factory=dict)
    right: Mapping[str, Bool[np.ndarray, " _"]] = field(default_factory=dict)
    unread: Mapping[str, Integer[np.ndarray, " _"]] = field(default_factory=dict)
    labels: Integer[np.ndarray, " images"] | None = None
    confidence: UInt8[np.ndarray, " images"] | None = None

    def places(self, name: str) -> Integer[np.ndarray, " images"]:
        """Where the images of a pass that were read stand in the data set.

        Args:
            name: a key of ``right``.

        Returns:
            One place from 0 for each entry of ``right``, ascending.

        Raises:
            KeyError: the pass was not run.

        >>> where = Conditions(benchmark="mine", digest=None, protocol="corrected", seed=0, samples_per_class=None)
        >>> Evidence(
        ...     conditions=where, values={}, standard_errors={}, replicates={},
        ...     right={"clean": np.array([True, True])}, unread={"clean": np.array([1])},
        ... ).places("clean").tolist()
        [0, 2]
        """
        unread = self.unread.get(name, np.zeros(0, dtype=np.int64))
        places: Integer[np.ndarray, " images"] = np.delete(np.arange(self.right[name].size + unread.size), unread)
        return places

    def to_bytes(self) -> bytes:
        """One compact file without pickle: the same evidence gives the same bytes."""
        header = {
            "format": FORMAT,
            "conditions": asdict(self.conditions),
            "values": dict(self.values),
            "standard_errors": dict(self.standard_errors),
            "missing": {key: reason.value for key, reason in self.missing.items()},
            "images": {name: len(right) for name, right in self.right.items()},
        }
        # JSON as an array of bytes, for text would need pickle; keys sorted, so that equal evidence has equal bytes.
        arrays: dict[str, Any] = {_HEADER: np.frombuffer(json.dumps(header, sort_keys=True).encode(), dtype=np.uint8)}
        arrays |= {f"{_RIGHT}{name}": np.packbits(right) for name, right in sorted(self.right.items())}
        arrays |= {f"{_REPLICATES}{key}": values for key, values in sorted(self.replicates.items())}
        arrays |= {f"{_UNREAD}{name}": places.astype(np.uint32) for name, places in sorted(self.unread.items())}
        if self.labels is not None:
            # A benchmark has at most 10,000 classes.
            arrays[_LABELS] = self.labels.astype(np.uint16)
        if self.confidence is not None:
            arrays[_CONFIDENCE] = self.confidence
        file = io.BytesIO()
        np.savez_compressed(file, allow_pickle=False, **arrays)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Evidence":
        """Read what `to_bytes` wrote.

        Raises:
            Refusal: ``evidence_unreadable``.
        """
        try:
            with damage_as_bad_zip_file(), np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return cls._from_arrays({name: arrays[name] for name in arrays.files})
        except _BROKEN as error:
            raise Refusal(
                "evidence_unreadable",
                f"what was kept of a measured model cannot be read: {error}.",
                "Measure the model again.",
            ) from error

    @classmethod
    def _from_arrays(cls, arrays: Mapping[str, Any]) -> "Evidence":
        header = json.loads(arrays[_HEADER].tobytes())
        if header["format"] != FORMAT:
            raise ValueError(f"its format is {header['format']}, and this version reads {FORMAT}")
        right = {
            # The count, because packing fills the last byte up with zeros that are no images.
            name: np.unpackbits(arrays[f"{_RIGHT}{name}"], count=count).astype(bool)
            for name, count in header["images"].items()
        }
        unread = _arrays_under(arrays, _UNREAD)
        for name, places in unread.items():
            # Such a place would fail only when a difference is asked for, far from the file that is wrong.
            if places.size and places.max() >= right[name].size + places.size:
                raise ValueError(f"an image of {name} that could not be read is beyond its last one")
        return cls(
            conditions=Conditions(**header["conditions"]),
            values=header["values"],
            standard_errors=header["standard_errors"],
            replicates=_arrays_under(arrays, _REPLICATES),
            missing={key: Missing(reason) for key, reason in header["missing"].items()},
            right=right,
            unread=unread,
            labels=arrays.get(_LABELS),
            confidence=arrays.get(_CONFIDENCE),
        )


def _arrays_under(arrays: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): values for name, values in arrays.items() if name.startswith(prefix)}
