"""The live board: the panel of weights and filters beside every page, and the ranked table; scripts draw both.

Both re-rank by themselves in each frame while a thumb moves, with the values that `board_files` serves once per data
version. When the hand lets go they hand over what has changed, in the address's own words; the view and its address
stay with `state`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dashboard import state
from dashboard.board_files import SCRIPTS, scores_path, scripts_path
from dashboard.catalogue import Catalogue
from dashboard.charts.palette import BAD, GOOD, dimension_colours
from dashboard.components import plain_table
from dashboard.components.badges import FIELDS, NON_COMMERCIAL
from dashboard.components.filters import ON_THE_PANEL
from dashboard.page import Content
from dashboard.state import Tab
from dashboard.view_state import CHOICE_FIELDS, OPEN_FIELDS, RuleBroken, ViewState
from dashboard.wording import BADGES, MISSING_LABELS, THEME_LABELS, VALUE_LABELS, field_label, value_label
from quba.vocabulary import REFUSED, UNKNOWN

PANEL, TABLE = "board_panel", "board_table"
POOL = ("benchmark", "protocol", "quality", "normalisation")

_LOADER = (SCRIPTS / "loader.js").read_text(encoding="utf-8")


def part(name: str, root: str) -> Any:  # noqa: ANN401 - Streamlit's renderer
    """A component whose script is one of the board's and whose drawing, if any, is in an element of that class."""
    css = SCRIPTS / f"{name}.css"
    return st.components.v2.component(
        f"wellbehaved_{name}",
        html=f'<p class="says" role="status"></p><div class="{root}"></div>',
        css=css.read_text(encoding="utf-8") if css.exists() else None,
        js=_LOADER.replace("PART", name),
    )


_draw_panel, _draw_table = part("panel", "panel"), part("table", "board")


def show(content: Content) -> None:
    """Draw the table, and a plain one that shows where the scripts cannot run."""
    if state.tab().leads_to:
        target, state.tab().leads_to = state.tab().leads_to, ""
        st.switch_page(state.tab().pages[target], query_params=state.current().query())
    _mount(_draw_table, TABLE, board_data(content.catalogue, content.ranking.data_version))
    plain_table.show(content.ranking, content.catalogue)


def show_panel(catalogue: Catalogue, data_version: str) -> None:
    """Draw the panel, the same on every page."""
    _mount(_draw_panel, PANEL, board_data(catalogue, data_version))


def _mount(draw: Any, key: str, data: Mapping[str, Any]) -> None:  # noqa: ANN401 - Streamlit's renderer
    draw(key=key, data=data, on_change_change=_heard)
    state.watch(key, _apply)


def _heard() -> None:
    """Nothing yet: the next run finds the change, also where this one is overtaken."""


def _apply(tab: Tab, told: Any) -> None:  # noqa: ANN401 - what the browser sent
    """Take over what the reader has changed, in the words of the address; None takes a name away."""
    change = (told or {}).get("change")
    if not change or tab.view is None:
        return
    # It goes back to the board with the view, which then knows that this change has arrived.
    tab.applied = str(change["stamp"])
    values = dict(change["values"])
    tab.leads_to = "compare" if values.pop("go", None) == "compare" else ""
    known, read = tab.view.vocabulary.parameters, {}
    for name, text in values.items():
        try:
            read[name] = None if text is None else known[name].read(str(text))
        except (KeyError, RuleBroken):
            continue  # half a number, while somebody types
    tab.change(read)


def board_data(catalogue: Catalogue, data_version: str) -> dict[str, Any]:
    """What the scripts know besides the values: the view, the words and the colours."""
    view = state.current()
    return {
        "scripts": scripts_path(),
        "scores": scores_of(view, data_version),
        "applied": state.tab().applied,
        "view": view.query(),
        "preset": view.vocabulary.default_preset,
        "presets": {
            key: {"label": preset.label, "description": preset.description, "weights": dict(preset.weights)}
            for key, preset in catalogue.presets.items()
        },
        "dimensions": _dimensions(catalogue),
        "themes": THEME_LABELS,
        "filters": ["q", *CHOICE_FIELDS, *OPEN_FIELDS],
        "fields": [_field(name, catalogue) for name in ON_THE_PANEL],
        "badges": FIELDS,
        "refused": {"value": REFUSED, "label": NON_COMMERCIAL},
        "unknown": UNKNOWN,
        "words": {**VALUE_LABELS, **BADGES},
        "flags": {key: {"label": flag.label, "meaning": flag.meaning} for key, flag in catalogue.flags.items()},
        "reasons": MISSING_LABELS,
        "good": GOOD,
        "bad": BAD,
    }


def scores_of(view: ViewState, data_version: str) -> str:
    """The address of the values that the board ranks."""
    pool = urlencode({name: view.values[name] for name in POOL if name in view.values})
    return scores_path(data_version, pool)


def _dimensions(catalogue: Catalogue) -> dict[str, Any]:
    colours = dimension_colours(catalogue.dimensions)
    return {
        key: {
            "label": dimension.label,
            "short": dimension.short_label,
            "theme": dimension.theme,
            "unit": dimension.unit,
            "higher": dimension.higher_is_better,
            "direction": dimension.direction,
            "decimals": dimension.decimals,
            "description": dimension.description,
            "colour": colours[key],
            "further": dimension.further,
        }
        for key, dimension in catalogue.dimensions.items()
    }


def _field(name: str, catalogue: Catalogue) -> dict[str, Any]:
    options = [{"value": value, "label": value_label(value)} for value in catalogue.vocabulary.choices.get(name, ())]
    return {"name": name, "label": field_label(name), "options": options}
