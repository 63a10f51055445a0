"""Which classes a benchmark has, in the order of a model's outputs."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from evaluation.datasets.layouts import name_list
from quba.errors import Refusal

FEWEST_CLASSES, MOST_CLASSES = 2, 10_000
_LARGEST_FILE = 10_000_000


def one_spelling(name: str) -> str:
    """A name in one spelling: some systems write é as one character and some as two."""
    return unicodedata.normalize("NFC", name)


def named_in(file: Path) -> tuple[str, ...]:
    """The classes that a file lists, one per line.

    Raises:
        Refusal: `bad_class_file`.
    """
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise _bad_file(f"{file} is larger than {_LARGEST_FILE:,} bytes, which no list of classes is.")
        # With or without the mark that Windows' editors put first, which would be part of the first class's name.
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _bad_file(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise _bad_file(f"{file} is not written in UTF-8.") from None
    names = tuple(line.strip() for line in text.splitlines())
    # Empty lines at the end are how editors close a file; one in between would shift all outputs behind it.
    while names and not names[-1]:
        names = names[:-1]
    if "" in names:
        raise _bad_file(f"{file} has an empty line {names.index('') + 1}; each line stands for an output.")
    # In one pass: a file of this size may hold millions of lines, each of which would be looked for in all others.
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise _bad_file(f"{file} names {name_list(twice)} twice.")
    return names


def in_order_of(names: Sequence[str], found: Iterable[str], file: Path) -> tuple[str, ...]:
    """The found classes in the order of a file.

    Args:
        names: as the file lists them.
        found: as folders or a table name them.
        file: named in refusals.

    Raises:
        Refusal: `classes_do_not_match`, with the names that only one of them has.
    """
    by_spelling = {one_spelling(name): name for name in found}
    wanted = [one_spelling(name) for name in names]
    lacking = [name for name, spelt in zip(names, wanted, strict=True) if spelt not in by_spelling]
    surplus = sorted(name for spelt, name in by_spelling.items() if spelt not in set(wanted))
    if lacking or surplus:
        faults = [f"lists {len(lacking)} classes without images: {name_list(lacking)}"] if lacking else []
        faults += [f"lacks {len(surplus)} classes that have images: {name_list(surplus)}"] if surplus else []
        raise Refusal(
            "classes_do_not_match", f"{file} {', and '.join(faults)}.", "Make its lines the names of the classes."
        )
    # The folders' own spelling, by which the images are found again.
    return tuple(by_spelling[spelt] for spelt in wanted)


def require_bounds(classes: Sequence[str], place: Path) -> None:
    """Refuse fewer classes than can be told apart, or more than are measured.

    Raises:
        Refusal: `too_few_classes`, `too_many_classes`, or `class_twice` for names that are spelt alike.
    """
    if len(classes) < FEWEST_CLASSES:
        raise Refusal(
            "too_few_classes",
            f"{place} has {len(classes)} class ({name_list(classes)}); a classifier decides among {FEWEST_CLASSES} or "
            "more.",
            'Name the folder whose folders are the classes: [clean] folder = "val".',
        )
    if len(classes) > MOST_CLASSES:
        raise Refusal(
            "too_many_classes",
            f"{place} has {len(classes):,} classes; at most {MOST_CLASSES:,} are measured.",
            "Name the folder whose folders are the classes, not one of single images.",
        )
    if len({one_spelling(name) for name in classes}) != len(classes):
        raise Refusal(
            "class_twice",
            f"{place} has two classes whose names look the same and are spelt with other characters.",
            "Rename one of them, or put them together.",
        )


def _bad_file(message: str) -> Refusal:
    return Refusal("bad_class_file", message, "Write one class per line, in the order of the outputs.")
