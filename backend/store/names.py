"""The rules that a name obeys, whichever way it comes in: by import, by evaluation or from a file's name."""

import unicodedata

# What a spreadsheet takes for the start of a formula when an export of the store is opened in it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t")


def normalised_text(text: str) -> str:
    """One spelling for letters that Unicode can spell in several ways, so that equal names compare equal."""
    return unicodedata.normalize("NFC", text)


def alike(name: str) -> str:
    """The same for names that a reader of a ranking cannot tell apart: letter case and spaces do not count."""
    return searchable(" ".join(name.split()))


def searchable(text: str) -> str:
    """The text as searches compare it: one spelling of each letter, letter case left out."""
    # Folding can undo the composition of letters, so that it is done once more.
    return normalised_text(normalised_text(text).casefold())


def text_violation(text: str, longest: int, *, lines: bool = False) -> str | None:
    """The rule that a text breaks, with what to do instead; None for a good one.

    Args:
        text: as `normalised` gives it.
        longest: how many characters it may have.
        lines: whether it may run over several lines; elsewhere a line break is a slip or a disguise.
    """
    visible = text.replace("\n", "").replace("\r", "") if lines else text
    if text.startswith(_FORMULA_STARTS):
        return (
            "must not start with =, +, -, @ or a tab, which a spreadsheet would run as a formula; put a letter first."
        )
    if len(text) > longest:
        return f"must have at most {longest} characters, not {len(text)}; shorten it."
    if not visible.isprintable():
        return "must not hold control or invisible characters; delete them."
    return "must not start or end with a space; delete it." if text != text.strip() else None


def acceptable(text: str, longest: int) -> str:
    """A text that breaks no rule, as near to the given one as can be; for names that nobody typed, such as a file's."""
    visible = "".join(letter if letter.isprintable() else " " for letter in normalised_text(text))
    # Signs and spaces together: what a space hides behind a sign may be another sign.
    return visible.lstrip("".join(_FORMULA_STARTS) + " ")[:longest].strip() or "unnamed"
