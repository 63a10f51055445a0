"""What is kept of one version of a benchmark of one's own."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue


class Registration(BaseModel):
    """One version of a benchmark, as a store keeps it and REST shows it.

    Attributes:
        key: its name everywhere.
        label: its name on screen.
        description: what is in it, in a sentence; may be empty.
        layout: how the folder is laid out.
        folder: absolute, that of `benchmark.toml`, on the machine that looked.
        definition: the file's contents as JSON.
        classes: names in the order of the labels.
        class_counts: clean images of each class.
        image_count: clean images.
        digest: "sha256:..." over class list and file contents of all sets, whatever the folder is called.
        dimensions: keys of those that it declares.
        default_protocol: where attacks happen unless one asks otherwise.
        report: what looking at the folder found, as JSON of bounded size.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    label: str
    description: str
    layout: str
    folder: str
    definition: dict[str, JsonValue]
    classes: list[str]
    class_counts: list[int]
    image_count: int
    digest: str
    dimensions: list[str]
    default_protocol: Literal["as-published", "corrected"] = "corrected"
    report: dict[str, JsonValue]
