"""Published values beside those measured here of the same weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import catalogue as source
from dashboard.catalogue import Catalogue
from dashboard.charts.chart import plain
from dashboard.wording import PLUS_MINUS, plain_text
from quba.vocabulary import Protocol
from quba.wording import signed_text
from wellbehaved.reproduction_text import distance_text, tally_sentence

Item = Mapping[str, Any]
READING = (
    "Errors are those of values on images of their own; both values saw the same images, so that chance alone moves "
    "them apart by less."
)
UNFLAGGED, FLAGGED = (
    f"{which} a quality flag of the published one, measured on all images" for which in ("without", "with")
)
_SIZE_LIMIT = 200


def answer(data_version: str, model_id: str | None = None) -> Mapping[str, Any]:
    """What the service has of one model, or of all."""
    found: Mapping[str, Any] = source.cached_answer(
        source.question("reproductions", {"model_id": model_id}, data_version),
        lambda: source.client().models.reproductions([model_id] if model_id else None),
    )
    return found


def show_model(model: Mapping[str, Any], data_version: str, catalogue: Catalogue) -> None:
    """Draw the section of one model: its values, or the next step where none was measured; nothing for one's own.

    Args:
        model: of /v1/models/{model_id}.
        data_version: of the other figures on the page.
        catalogue: for names and decimals of dimensions.
    """
    found = answer(data_version, model["model_id"])
    # A benchmark of one's own may lack some of the study's dimensions.
    items = [each for each in found["items"] if each["dimension"] in catalogue.dimensions]
    origin = model["provenance"]
    if not items and not origin["citation"]:
        return
    st.markdown("## Published against measured")
    if items:
        _show_items(items, found, catalogue)
        return
    if origin["source_identifier"] is None:
        st.markdown("Its weights were never released, so that nobody can measure them again.")
        return
    st.markdown("None of its published values was measured here yet. This measures them, with the study's images:")
    st.code(f"wellbehaved evaluate study:{model['model_id']} --store", language=None, wrap_lines=True)


def _show_items(items: Sequence[Item], found: Mapping[str, Any], catalogue: Catalogue) -> None:
    if found["unflagged"]["compared"]:
        st.markdown(tally_sentence(found["unflagged"], UNFLAGGED))
    rows = pd.DataFrame([_short_row(each, catalogue) for each in items])
    st.table(rows, hide_index=True, border="horizontal", alt="Published values against values measured here")
    st.caption(f"{PLUS_MINUS} {READING} {left_out(found)}".strip())
    show_parts(items, catalogue)


def _short_row(item: Item, catalogue: Catalogue) -> dict[str, str]:
    """What fits a phone: a line per value in four columns; flags stand in the table of values above."""
    row, measured = _row(item, catalogue), item["measured"]
    released = measured["protocol"] == Protocol.AS_RELEASED
    distance = "not known" if item["in_standard_errors"] is None else f"{row['Standard errors']} standard errors"
    return {
        "Dimension": row["Dimension"] + (", as released" if released else ""),
        "Published": row["Published"],
        "Measured": row["Measured"] + ("" if measured["all_images"] else f", {row['Images']}"),
        "Difference": f"{row['Difference']} ({distance})",
    }


def frame(items: Sequence[Item], catalogue: Catalogue) -> pd.DataFrame:
    """A line per value: both values with their errors, the difference, and how the measured one came about."""
    return pd.DataFrame([_row(each, catalogue) for each in items if each["dimension"] in catalogue.dimensions])


def _row(item: Item, catalogue: Catalogue) -> dict[str, str]:
    dimension = catalogue.dimensions[item["dimension"]]
    measured, published = item["measured"], item["published"]
    # One more than a value has: reproductions differ by less than the published digits show.
    decimals = dimension.decimals + 1
    return {
        "Model": item["name"],
        "Dimension": f"{dimension.label} {'↑' if dimension.higher_is_better else '↓'}",
        "Published": _with_error(published, dimension.decimals),
        "Measured": _with_error(measured, decimals),
        "Difference": signed_text(item["difference"], decimals),
        "Standard errors": distance_text(item),
        "Images": _images(measured),
        "Protocol": measured["protocol"],
        "Flags of the published value": _flag_labels(published["flags"], catalogue),
    }


def flag_test_frame(tests: Sequence[Item], catalogue: Catalogue) -> pd.DataFrame:
    """A line per flagged value that was measured both ways, with what the two measurements say of its flag."""
    return pd.DataFrame(
        [
            {
                "Model": each["name"],
                "Dimension": catalogue.dimensions[each["dimension"]].label,
                "Flags": _flag_labels(each["flags"], catalogue),
                "Measured soundly": signed_text(each["without_defect"], 1),
                "Measured as released": signed_text(each["with_defect"], 1),
                "Verdict": each["verdict"],
            }
            for each in tests
        ]
    )


def _flag_labels(flags: Sequence[str], catalogue: Catalogue) -> str:
    return "; ".join(catalogue.flags[flag].label if flag in catalogue.flags else flag for flag in flags) or "–"


def _with_error(value: Mapping[str, Any], decimals: int) -> str:
    error = value["standard_error"]
    return plain(value["value"], decimals) + ("" if error is None else f" ± {plain(error, decimals)}")


def _images(measured: Mapping[str, Any]) -> str:
    if measured["sample_count"] is None:
        return "–"
    return f"{measured['sample_count']:,}" + ("" if measured["all_images"] else ", a subset")


def left_out(found: Mapping[str, Any]) -> str:
    """Which values measured here are not compared, and why; empty where all are."""
    return " ".join(f"Not compared: {each['count']}. {each['reason']}" for each in found["not_comparable"])


def show_parts(items: Sequence[Item], catalogue: Catalogue) -> None:
    """What the measured values are made of, and with what they were measured; folded."""
    with st.expander("Parts, versions and device of the measured values"):
        st.caption("The study published values alone; parts are known of the measured ones.")
        for each in items:
            measured = each["measured"]
            label = catalogue.dimensions[each["dimension"]].label
            versions = ", ".join(f"{name} {text}" for name, text in measured["library_versions"].items())
            means = [
                measured["protocol"],
                measured["device"],
                measured["precision"],
                f"seed {measured['seed']}",
                versions,
            ]
            st.markdown(f"**{label}**: {plain_text(', '.join(filter(None, means))[:_SIZE_LIMIT])}")
            if measured["note"]:
                st.caption(plain_text(measured["note"]))
            if measured["parts"]:
                st.json(measured["parts"], expanded=False)
