"""What was measured of one model: values with errors, parts and reasons, and the evidence to hold another against."""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quba.dimension import Missing
from quba.dimensions import DIMENSIONS
from quba.errors import Refusal
from quba.measuring.evidence import Evidence
from wellbehaved.installed_dimensions import adopt_installed
from wellbehaved.profile_content import Content, Setting
from wellbehaved.python_text import saying_next_steps
from wellbehaved.whole_file import write_whole

if TYPE_CHECKING:
    import pandas as pd

    from wellbehaved.differences import Difference

FORMAT, VERSION = "wellbehaved.profile", 1


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Profile(Content):
    """What was measured of one model. `profile["accuracy"]` is one of its values."""

    @property
    def frame(self) -> "pd.DataFrame":
        """One row per dimension, with its 95 % interval."""
        import pandas as pd

        rows = []
        for each in self.values:
            low, high = each.interval() or (None, None)
            told = {key: value for key, value in asdict(each).items() if key != "parts"}
            rows.append({"label": each.about.label, **told, "low": low, "high": high})
        columns = ["label", "value", "standard_error", "low", "high", "sample_count", "missing", "flags", "detail"]
        frame = pd.DataFrame(rows, index=pd.Index(self.dimensions, name="dimension"))[columns]
        # None in a column of numbers would make it one of objects; Int64 is the integer type that knows absent.
        numbers = ["value", "standard_error", "low", "high"]
        return frame.astype(dict.fromkeys(numbers, "float64") | {"sample_count": "Int64"})

    def __repr__(self) -> str:
        """Name, benchmark and every value in a line of its own."""
        from wellbehaved.profile_text import profile_lines

        return "\n".join(profile_lines(self))

    def _repr_html_(self) -> str:
        from wellbehaved.profile_text import profile_html

        return profile_html(self)

    def compare(self, other: "Profile", *, confidence: float = 0.95) -> "Difference":
        """How another model differs from this one, on the same images.

        Args:
            other: measured under the same conditions; positive differences are where its values are greater.
            confidence: of the intervals.

        Raises:
            Refusal: the two cannot be compared; the message names what differs.
        """
        from wellbehaved.differences import difference_of

        return difference_of(self, other, confidence=confidence)

    def card(self, form: str = "md") -> str:
        """A section for a model card.

        Args:
            form: "md" for the section, "yaml" for the `model-index` metadata that the Hugging Face Hub reads.
        """
        from wellbehaved.model_card import card

        return card(self, form)

    def store(self, *, name: str | None = None) -> Mapping[str, Any]:
        """Save the values in the local store, so that rankings show them, as `wellbehaved evaluate --store` does.

        Args:
            name: of the model on screen; its own unless given.

        Returns:
            The model's key in the store, what was stored, what was kept, and the version of the data.

        Raises:
            Refusal: the benchmark was not added, or is another one now.
        """
        from wellbehaved.profile_storing import store_profile

        return store_profile(self, name)

    def save(self, path: str | Path) -> Path:
        """Write everything into one JSON file, the evidence too; `Profile.load` reads it.

        Raises:
            OSError: the place cannot be written.
        """
        place = Path(path).expanduser()
        # NaN is no JSON: other readers would stop at it, so that it is refused before the old file is touched.
        text = json.dumps(self._plain(), ensure_ascii=False, allow_nan=False, indent=1)
        write_whole(place, f"{text}\n".encode())
        return place

    @classmethod
    def load(cls, path: str | Path) -> "Profile":
        """Read what `save` wrote.

        Raises:
            Refusal: it is no profile, or one of a later version.
            OSError: it cannot be read.
        """
        with saying_next_steps():
            return cls._of_file(Path(path).expanduser())

    @classmethod
    def _of_file(cls, place: Path) -> "Profile":
        try:
            content = place.read_bytes()
            told = json.loads(content, parse_constant=_no_constant)
        # What is nested without end is well-formed for all that was read of it.
        except (ValueError, RecursionError) as error:
            raise _unreadable(place, f"it is no JSON: {error}") from error
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise _unreadable(place, "it is another file")
        # Before anything else of it is read: a later version may mean other things by the same names.
        if told.get("version") != VERSION:
            raise _unreadable(place, f"its version is {told.get('version')!r} and this program reads {VERSION}")
        try:
            _require_whole(content)
            return cls._of_plain(told)
        except (TypeError, ValueError, Refusal) as error:
            raise _unreadable(place, f"it is not whole: {type(error).__name__}: {error}") from error

    def _plain(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "name": self.name,
            "identity": dict(self.identity),
            "setting": asdict(self.setting),
            "results": {key: dict(each) for key, each in self.results.items()},
            "guesses": dict(self.guesses),
            "notes": list(self.notes),
            "class_report": self.class_report,
            "evidence": base64.b64encode(self.evidence.to_bytes()).decode("ascii"),
        }

    @classmethod
    def _of_plain(cls, told: Mapping[str, Any]) -> "Profile":
        # A wrong character is a ValueError too, and so is whatever else is wrong with what it stands for.
        evidence = Evidence.from_bytes(base64.b64decode(told["evidence"], validate=True))
        refused = adopt_installed(told["results"])
        for key in told["results"]:
            if key not in DIMENSIONS:
                raise ValueError(
                    f"there is no dimension {key!r}; if a package measured it, install that one here{refused}"
                )
        return cls(
            name=told["name"],
            identity=told["identity"],
            setting=Setting(**told["setting"]),
            results=told["results"],
            guesses=told["guesses"],
            notes=tuple(told["notes"]),
            class_report=told["class_report"],
            evidence=evidence,
        )


@dataclass(frozen=True, kw_only=True)
class _Result:
    """A result as a file has it."""

    value: float | None
    standard_error: float | None
    sample_count: int | None
    parts: dict[str, Any]
    flags: list[str]
    missing: Missing | None
    detail: str | None


@dataclass(frozen=True, kw_only=True)
class _Document:
    """What a file has, but for its first two lines, which are looked at before all else."""

    name: str
    identity: dict[str, Any]
    setting: Setting
    results: dict[str, _Result]
    guesses: dict[str, str]
    notes: list[str]
    class_report: dict[str, Any] | None
    evidence: str


def _require_whole(content: bytes) -> None:
    """Refuse what lacks a part or has one of another kind: here, where the file is known, not where it is first used.

    Raises:
        ValueError: naming the place in the file and the rule.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        # As JSON and not as what it became, of which a strict check would ask for our own classes.
        TypeAdapter(_Document).validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _no_constant(name: str) -> None:
    # Python's reader takes NaN and Infinity, which are no JSON and no measurement.
    raise ValueError(f"{name} is no number")


def _unreadable(place: Path, why: str) -> Refusal:
    return Refusal(
        "profile_unreadable", f"{place} is no profile that can be read: {why}.", "Name a file that Profile.save wrote."
    )
