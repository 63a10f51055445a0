"""What is said of the architectures that a checkpoint may be of, on the page and on the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

_NAMED = 3
NONE_FITS = "The tensors resemble no architecture of the timm library: choose it yourself."


def fit_words(guess: Mapping[str, Any]) -> str:
    """How well an architecture fits.

    >>> fit_words({"exact": False, "fitting": 118, "tensors": 122})
    '118 of 122 tensors fit'
    """
    return "fits exactly" if guess["exact"] else f"{guess['fitting']:,} of {guess['tensors']:,} tensors fit"


def guess_sentences(guesses: Sequence[Mapping[str, Any]]) -> str:
    """What the architecture probably is, and what else it could be.

    Args:
        guesses: as the API lists them, the best first.
    """
    if not guesses:
        return NONE_FITS
    first = guesses[0]
    if not first["exact"]:
        nearest = ", ".join(f"{each['architecture']} ({fit_words(each)})" for each in guesses)
        return f"No architecture fits exactly. The nearest: {nearest}."
    said = f"We think this is: {first['architecture']} (fits exactly)."
    if not first["same_tensors"]:
        return said
    same = list(first["same_tensors"])
    others = ", ".join(same[:_NAMED]) + (f" and {len(same) - _NAMED} more" if len(same) > _NAMED else "")
    return f"{said} Its tensors have the same names and shapes as those of {others}: choose what was trained."
