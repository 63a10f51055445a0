"""How a value that says nothing about its model is shown: in grey, with its reason beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from pandas.io.formats.style import Styler

from dashboard.catalogue import Catalogue
from dashboard.components.stylesheet import COLOURS
from dashboard.wording import plain_text
from quba.vocabulary import CHANCE_LEVEL

GREY = f"color: light-dark({COLOURS['LIGHT_GREY']}, {COLOURS['DARK_GREY']}); font-style: italic"


def says_nothing(flags: Iterable[str]) -> bool:
    """Whether a value with these flags is that of a model that guesses."""
    return CHANCE_LEVEL in flags


def grey_cells(table: pd.DataFrame, rows: Sequence[bool], columns: Sequence[str]) -> Styler:
    """The table with the cells of some rows and columns in grey."""
    styles = pd.DataFrame("", index=table.index, columns=table.columns)
    styles.loc[list(rows), list(columns)] = GREY
    return table.style.apply(lambda _: styles, axis=None)


def reason(items: Iterable[Mapping[str, Any]], catalogue: Catalogue) -> str:
    """Which of these models guess, and what that means for their grey values; empty where none does.

    Args:
        items: models with their name and their flags.
        catalogue: for the flag's meaning.
    """
    named = [plain_text(str(each["name"])) for each in items if says_nothing(each["flags"])]
    if not named or CHANCE_LEVEL not in catalogue.flags:
        return ""
    flag = catalogue.flags[CHANCE_LEVEL]
    return f"In grey: **{flag.label.lower()}** ({', '.join(named)}). {flag.meaning}"
