"""The benchmarks that come with the program: what the store keeps of them and what a measurement needs to know.

Each is described by a `benchmark.toml`, as a benchmark of one's own is.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from quba.vocabulary import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltInBenchmark:
    """A named suite of data sets.

    Attributes:
        key: its name everywhere.
        label: its name on screen.
        description: what is in it, in a sentence.
        class_count: classes that a model must decide among.
        reference: the norm that the study published for it, "published", or None.
        default_protocol: where attacks happen unless one asks otherwise: "as-published" or "corrected".
    """

    key: str
    label: str
    description: str
    class_count: int
    reference: str | None
    default_protocol: str


def _from_file(key: str) -> BuiltInBenchmark:
    """As its file says, which is read once and is a part of the program as this one is."""
    text = (files("quba") / "built_in" / f"{key}.toml").read_text(encoding="utf-8")
    told = tomllib.loads(text)
    built_in = told["built_in"]
    return BuiltInBenchmark(
        key=told["key"],
        label=told["label"],
        description=told["description"],
        class_count=built_in["class_count"],
        reference=built_in.get("reference"),
        default_protocol=Protocol(built_in["default_protocol"]).value,
    )


STUDY, TOY = _from_file("imagenet-1k"), _from_file("toy-shapes")
STUDY_BENCHMARK, TOY_BENCHMARK = STUDY.key, TOY.key

BUILT_IN: Mapping[str, BuiltInBenchmark] = MappingProxyType({each.key: each for each in (STUDY, TOY)})
"""Those benchmarks by key, the study's first."""


def version_folder(key: str, digest: str) -> str:
    """Where the generated sets of one version of a benchmark lie below the data folder.

    Args:
        key: of the benchmark.
        digest: of its files, such as "sha256:90b75c38e42d...".

    >>> version_folder("flowers", "sha256:90b75c38e42d0011")
    'benchmarks/flowers/90b75c38e42d'
    """
    return f"benchmarks/{key}/{digest.removeprefix('sha256:')[:12]}"


def contact_sheet_folder(key: str, digest: str) -> str:
    """Where their contact sheets lie: one PNG for each set, by its name.

    >>> contact_sheet_folder("flowers", "sha256:90b75c38e42d0011")
    'benchmarks/flowers/90b75c38e42d/contact-sheets'
    """
    return f"{version_folder(key, digest)}/contact-sheets"
