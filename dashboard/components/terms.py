"""The words of a page, one tap away: each in a sentence of the glossary, which the documents share."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import streamlit as st

FILE = Path(__file__).parents[1] / "glossary.md"
_ENTRY = re.compile(r"^- \*\*(?P<term>.+?)\*\*: (?P<meaning>.+?)(?=\n- |\n*\Z)", re.MULTILINE | re.DOTALL)


@cache
def glossary() -> dict[str, str]:
    """Each term with its meaning, in the order of the file."""
    found = _ENTRY.finditer(FILE.read_text(encoding="utf-8"))
    return {each["term"]: " ".join(each["meaning"].split()) for each in found}


def show(*terms: str) -> None:
    """A button that opens the meanings of these terms.

    Args:
        terms: of the glossary, in the order of the page.

    Raises:
        KeyError: for a term that the glossary does not have.
    """
    known = glossary()
    with st.popover("Terms", icon=":material/help:", key="terms"):
        st.markdown("\n\n".join(f"**{term}**: {known[term]}" for term in terms))
