"""What is known of a model without an image, as lines: its licence, what an image costs, and how to load it."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import indent
from typing import TYPE_CHECKING, Any

from quba.vocabulary import ALLOWED, REFUSED, UNKNOWN

if TYPE_CHECKING:
    import pandas as pd

_COMMERCIAL_USE = {
    ALLOWED: "which allows commercial use",
    REFUSED: "which refuses commercial use",
    # Few licences are judged here, by their own words; others may well say it.
    UNKNOWN: "of which it is not known here whether it allows commercial use",
}


def licence_text(model: Mapping[Any, Any] | pd.Series) -> str:
    """The licence of the weights with what it says of commercial use, in a few words.

    Args:
        model: with `licence` and `commercial_use`, as every item of a ranking has them.

    >>> licence_text({"licence": "mit", "commercial_use": "yes"})
    'mit, which allows commercial use'
    """
    if model["licence"] == UNKNOWN:
        return "not known"
    return f"{model['licence']}, {_COMMERCIAL_USE[model['commercial_use']]}"


def cost_text(model: Mapping[str, Any]) -> str | None:
    """What one image costs, in a few words; None where nobody counted it.

    >>> cost_text({"macs_billions": 4.08918, "activations_millions": 11.115, "input_size": 224})
    '4.09 billion multiply-accumulates and 11.1 million activations for an image of 224 × 224 pixels'
    """
    if model["macs_billions"] is None:
        return None
    size = model["input_size"]
    return (
        f"{model['macs_billions']:.2f} billion multiply-accumulates and {model['activations_millions']:.1f} million "
        f"activations for an image of {size} × {size} pixels"
    )


def facts_lines(model: Mapping[str, Any]) -> list[str]:
    """The facts of one model, each on a line; the lines of Python that load it stand indented below the others.

    Args:
        model: answer of /v1/models/{model_id}.
    """
    source = model["provenance"]["licence_source"]
    lines = [f"Licence of the weights: {licence_text(model)}" + (f" ({source})" if source else "")]
    if cost := cost_text(model):
        lines.append(f"Cost: {cost} (counted with {model['provenance']['cost_source']})")
    if model["loading"]:
        lines += ["To load it:", indent(model["loading"].rstrip(), "    ")]
    return lines
