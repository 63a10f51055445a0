"""What a benchmark of one's own is: the models of `benchmark.toml`, and reading and writing that file."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self

import tomli_w
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from quba.dimensions import MEASURES
from quba.errors import Refusal

FILE_NAME = "benchmark.toml"
LONGEST_KEY = 64
LONGEST_LABEL = 100
LONGEST_DESCRIPTION = 500
MOST_SHIFTED_SETS = 100

_KEY = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{LONGEST_KEY - 1}}}")
_SET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_SLUG = re.compile(r"[^a-z0-9._-]+")
_LARGEST_FILE = 1_000_000
_SHOWN = 80
_NEXT = f"Correct {FILE_NAME} and add the folder again; docs/tutorial-own-data.md lists every key."

Layout = Literal["folders", "imagenet-1k", "toy-shapes"]
"""How a folder is laid out: as `benchmark.toml` says, or as the study's suite or the toy benchmark is."""

Rendition = Literal["edge", "sketch"]
"""What can be made from the clean images without masks."""


def key_of(name: str) -> str:
    """The key that a name gives by itself: lower-case letters, digits, points, hyphens and underscores; may be empty.

    >>> key_of("My Flowers (2024)")
    'my-flowers-2024'
    """
    return _SLUG.sub("-", name.lower()).strip("-._")[:LONGEST_KEY]


def checked_key(key: str) -> str:
    """A benchmark's key, if it is one.

    Raises:
        Refusal: `bad_key`.
    """
    if not _KEY.fullmatch(key):
        raise Refusal(
            "bad_key",
            f"The key {key[:_SHOWN]!r} is none: it must begin with a lower-case letter or digit and hold only those, "
            f"points, hyphens and underscores, at most {LONGEST_KEY}.",
            "Choose another key, as with --key flowers.",
        )
    return key


def _key(key: str) -> str:
    try:
        return checked_key(key)
    except Refusal as refusal:
        raise ValueError(refusal.message) from None


def _relative(path: str) -> str:
    """A place below the file's own folder: whoever allows a folder has not allowed what lies beside it."""
    parts = PurePosixPath(path)
    if not path or "\0" in path or parts.is_absolute() or ".." in parts.parts:
        raise ValueError("it must be a path below the folder of benchmark.toml; link what lies elsewhere into it")
    return path


Key = Annotated[str, AfterValidator(_key)]
Place = Annotated[str, AfterValidator(_relative)]


class Part(BaseModel):
    """A table of the file: what it does not know is refused, for a misspelt key must not pass for one left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Classes(Part):
    """Which classes there are, in the order of a model's outputs.

    Attributes:
        order: of the class folders' names: "names" by code point, as torchvision's ImageFolder; "natural" as timm's
            reader, where class10 comes behind class9.
        file: with one name per line in the order of the outputs, in place of an order.
    """

    order: Literal["names", "natural"] = "names"
    file: Place | None = None

    @model_validator(mode="after")
    def _only_one(self) -> Self:
        if self.file is not None and "order" in self.model_fields_set:
            raise ValueError("it has both order and file; the file is an order, so leave order out")
        return self


class ImageSet(Part):
    """Labelled images: class folders, or a table of paths and labels.

    Attributes:
        folder: that holds a folder of images for each class.
        table: a file .csv with the columns path and label, or .jsonl with file_name and label.
    """

    folder: Place | None = None
    table: Place | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.folder is None) == (self.table is None):
            raise ValueError("it must have either folder or table")
        if self.table is not None and not self.table.lower().endswith((".csv", ".jsonl")):
            raise ValueError("its table must be a file ending in .csv or .jsonl")
        return self


class CleanSet(ImageSet):
    """The clean images and how they are read.

    Attributes:
        exif: whether photographs are turned as their EXIF entry says; holds for all sets.
        unreadable_share: of the images of a set that may be unreadable.
        unreadable_most: number that may be unreadable whatever their share; the larger of the two counts.
    """

    exif: Literal["apply", "ignore"] = "apply"
    unreadable_share: float = Field(default=0.01, ge=0, lt=1)
    unreadable_most: int = Field(default=3, ge=0)


class Masks(Part):
    """Where the objects are: a PNG under each image's own path, non-zero on the object."""

    folder: Place


class Generated(Part):
    """What is made from the clean images."""

    renditions: list[Rendition] = []


class Dimensions(Part):
    """Which dimensions the benchmark declares: all that can be had, or some."""

    use: Literal["available"] | list[str] = "available"

    @model_validator(mode="after")
    def _require_known_keys(self) -> Self:
        if self.use == "available":
            return self
        unknown = [key[:_SHOWN] for key in self.use if key not in MEASURES]
        if unknown or not self.use:
            found = f"{unknown[0]!r} is no dimension that is measured" if unknown else "use names none"
            raise ValueError(f'{found}; write use = "available", or a list of some of {", ".join(MEASURES)}')
        return self


class Definition(Part):
    """A whole `benchmark.toml`; all of it but `[clean]` may be left out.

    Attributes:
        key: slug; without it, the folder's name gives one.
        label: name on screen; without it, the folder's name.
        description: a sentence of what is in it.
        layout: where the images lie. With the study's or the toy's, the tables about images must be left out.
        classes: in the order of the outputs.
        clean: the images that everything rests on.
        shifted: the same classes under other conditions, by name.
        masks: of the clean images.
        generated: what is made from the clean images.
        dimensions: that the benchmark declares.
    """

    key: Key | None = None
    label: str | None = Field(default=None, min_length=1, max_length=LONGEST_LABEL)
    description: str = Field(default="", max_length=LONGEST_DESCRIPTION)
    layout: Layout = "folders"
    classes: Classes = Classes()
    clean: CleanSet | None = None
    shifted: dict[str, ImageSet] = Field(default={}, max_length=MOST_SHIFTED_SETS)
    masks: Masks | None = None
    generated: Generated = Generated()
    dimensions: Dimensions = Dimensions()

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.layout == "folders":
            if self.clean is None:
                raise ValueError(
                    'the table [clean] is absent; write [clean] and folder = "val", or table = "labels.csv"'
                )
            _check_set_names(self.shifted)
            return self
        # What was written and not what has a value: a table that is ignored would look as if it counted.
        surplus = sorted({"classes", "clean", "shifted", "masks", "generated"} & self.model_fields_set)
        if surplus:
            raise ValueError(f"layout {self.layout} says where everything lies; leave out [{surplus[0]}]")
        return self


def _check_set_names(names: Mapping[str, Any]) -> None:
    for name in names:
        if not _SET_NAME.fullmatch(name):
            raise ValueError(
                f"the shifted set {name[:_SHOWN]!r} must be named with letters, digits, hyphens and underscores, "
                "at most 40"
            )
    # Results are kept in folders of these names, which some file systems do not tell apart by case.
    if len({name.lower() for name in names}) != len(names):
        raise ValueError("two shifted sets have names that differ in upper and lower case alone")


def read_definition(folder: Path) -> Definition:
    """Read the `benchmark.toml` of a folder.

    Raises:
        Refusal: `no_definition` where there is none; `bad_definition` with the place and the rule it breaks.
    """
    path = folder / FILE_NAME
    try:
        # Before it is read: a link may lead to a file of any size.
        if path.stat().st_size > _LARGEST_FILE:
            raise _refusal(f"{path} is larger than {_LARGEST_FILE:,} bytes, which no definition is.")
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refusal(
            "no_definition",
            f"{path} is not there.",
            "Run `wellbehaved benchmark add` on the folder: it writes the file.",
        ) from None
    except OSError as error:
        raise _refusal(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise _refusal(f"{path} is not written in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        # Among these: two tables of one name.
        raise _refusal(f"{path} is not valid TOML: {error}.") from None
    return definition_of(document, place=str(path))


def definition_of(document: Mapping[str, Any], *, place: str = FILE_NAME) -> Definition:
    """A definition from the contents of a file, or from what a store kept of one.

    Args:
        document: as TOML or JSON gives it.
        place: named in refusals.

    Raises:
        Refusal: `bad_definition`.
    """
    try:
        return Definition.model_validate(dict(document))
    except ValidationError as error:
        faults = [_sentence(each) for each in error.errors()]
        more = f" and {len(faults) - 3} more faults" if len(faults) > 3 else ""
        raise _refusal(f"{place}: {'; '.join(faults[:3])}{more}.") from None


def toml_text(definition: Definition) -> str:
    """The text of a `benchmark.toml`; what was left out stays out."""
    # Defaults stay out, so that a later default holds for files that never spoke of it.
    return tomli_w.dumps(definition.model_dump(mode="json", exclude_unset=True, exclude_none=True))


def _sentence(fault: Any) -> str:  # noqa: ANN401 - pydantic's own dictionary
    where = ".".join(str(part) for part in fault["loc"] if not str(part).startswith(("list[", "literal[")))
    if fault["type"] == "extra_forbidden":
        return f"the key {where[:_SHOWN]} is unknown"
    if fault["type"] == "value_error":
        rule = str(fault["ctx"]["error"])
        return f"{where}: {rule}" if where else rule
    given = str(fault["input"])[:_SHOWN]
    return f"{where} is {given!r}: {fault['msg'][0].lower()}{fault['msg'][1:]}"


def _refusal(message: str) -> Refusal:
    return Refusal("bad_definition", message, _NEXT)
