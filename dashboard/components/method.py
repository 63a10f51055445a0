"""The method in plain words."""

from __future__ import annotations

import streamlit as st

from dashboard.catalogue import Catalogue, Dimension
from dashboard.wording import model_count
from quba.vocabulary import Normalisation
from quba.wording import inline_label

REFERENCE = (
    "R. Hesse, D. Bağcı, B. Schiele, S. Schaub-Meyer, S. Roth: *Beyond Accuracy: What Matters in Designing "
    "Well-Behaved "
    "(Image Classification) Models?* Transactions on Machine Learning Research, 2026. arXiv:2503.17110"
)

BIBTEX = """@article{hesse2026beyond,
  title   = {Beyond Accuracy: What Matters in Designing Well-Behaved (Image Classification) Models?},
  author  = {Hesse, Robin and Bağcı, Doğukan and Schiele, Bernt and Schaub-Meyer, Simone and Roth, Stefan},
  journal = {Transactions on Machine Learning Research},
  year    = {2026},
  note    = {arXiv:2503.17110}
}"""


def show_score(catalogue: Catalogue) -> None:
    """From values to one score."""
    st.markdown("## How the score is computed")
    st.markdown(
        f"A score is made of {len(catalogue.on_show({}))} values of each model, and of those of further dimensions "
        "that you weigh. Each value is put on a common scale by subtracting a "
        "mean and dividing by a standard deviation, and its sign is turned where lower is better, so that a larger "
        "number is always the better one. **The QUBA score is the weighted mean of these numbers.** A score of 1 "
        "means: on average one standard deviation better than the reference, in the dimensions that you weigh."
    )
    # Two lines, because a phone cuts off a longer one.
    st.latex(r"\mathrm{QUBA} = \frac{\sum_d w_d\, s_d\, (x_d - m_d)/\sigma_d}{\sum_d w_d}")
    st.latex(r"s_d = \pm 1,\; w_d \ge 0")
    st.markdown(
        "- Only the proportions of the weights matter: doubling all of them changes nothing. Weight 0 leaves a "
        "dimension out.\n"
        "- A contribution is one term of the sum, so contributions add up to the score.\n"
        "- A missing value is not a zero. A model that lacks a value with weight above 0 gets no score and is "
        "listed last; "
        "it returns when that weight is 0.\n"
        "- Models with equal scores share a rank. Filters act after scoring: they hide models but change no score."
    )
    st.markdown("### Normalisations to choose from")
    st.markdown("\n".join(f"- **{each.label}.** {each.description}" for each in Normalisation))


def show_dimensions(catalogue: Catalogue) -> None:
    """What each dimension measures."""
    st.markdown("## How each dimension is measured")
    for dimension in catalogue.dimensions.values():
        if not dimension.further:
            _show_dimension(dimension, "###")
    further = [each for each in catalogue.dimensions.values() if each.further]
    if further:
        st.markdown("### More dimensions")
        st.markdown("They count for nothing until you weigh them.")
    for dimension in further:
        _show_dimension(dimension, "####")


def _show_dimension(dimension: Dimension, heading: str) -> None:
    st.markdown(f"{heading} {dimension.label}")
    st.markdown(f"{dimension.description} {dimension.procedure}")
    st.caption(f"{dimension.unit}, {dimension.direction} · {dimension.source}")


def show_flags(catalogue: Catalogue) -> None:
    """What is doubtful."""
    st.markdown("## Quality flags")
    st.markdown(
        "The figures are shown as published. Where they look wrong, they carry a flag: such values appear dotted and "
        "without colour, and “Leave flagged values out” under *Advanced* ranks without them. Flags are this project's "
        "reading of the figures, not a statement by the study's authors."
    )
    for flag in catalogue.flags.values():
        touched = (
            ", ".join(inline_label(catalogue.dimensions[key].label) for key in flag.dimensions)
            or "no value, only the name"
        )
        st.markdown(f"**{flag.label}** ({model_count(flag.count)}; touches {touched})  \n{flag.meaning}")


def show_citation() -> None:
    """Whose work this is."""
    st.markdown("## Citation")
    st.markdown(
        f"The figures, the choice of dimensions and the QUBA score come from this study; cite it:\n\n{REFERENCE}"
    )
    st.code(BIBTEX, language="bibtex", wrap_lines=True)
