"""How a label and a number read within a sentence, for whoever writes one: the science, the service, the dashboard."""

import re
from typing import Final

from quba.vocabulary import NAMES_IN_LABELS


def inline_label(label: str) -> str:
    """A label within a sentence: lower case unless it begins with an abbreviation or a person's name.

    Args:
        label: such as that of a dimension.

    Returns:
        The label; an empty one stays empty.

    >>> inline_label("Shape bias"), inline_label("OOD robustness"), inline_label("Brier score")
    ('shape bias', 'OOD robustness', 'Brier score')
    """
    keeps = label[:2].isupper() or label.partition(" ")[0] in NAMES_IN_LABELS
    return label if keeps else label[:1].lower() + label[1:]


def signed_text(value: float, decimals: int = 2) -> str:
    """A number with its sign, a true minus; what shows as 0 has no direction and no sign.

    Args:
        value: any finite number.
        decimals: 0 or more.

    Returns:
        The number as text.

    >>> signed_text(0.571), signed_text(-0.02), signed_text(-0.001)
    ('+0.57', '−0.02', '0.00')
    """
    text = f"{value:+.{decimals}f}"
    return (text if float(text) else text[1:]).replace("-", "−")


def percent(share: float, decimals: int = 0) -> str:
    """A share as "55 %", with a space as in the documents.

    Args:
        share: 0 to 1.
        decimals: how many digits follow the point, 0 or more.

    Returns:
        The share as text.

    >>> percent(0.554), percent(0.554, 1)
    ('55 %', '55.4 %')
    """
    return f"{share:.{decimals}%}".replace("%", " %")


def markdown_escaped(text: str) -> str:
    r"""Text on one line that Markdown leaves as it is: no cell, link or picture of its own, and nobody's HTML.

    Args:
        text: such as a model's name, which may hold any sign.

    >>> print(markdown_escaped("a|b ![x](y)"))
    a\|b \!\[x\](y)
    """
    return " ".join(text.split()).translate(_IN_MARKDOWN)


def with_isolates(text: str) -> str:
    r"""The text with each part that is written from right to left set apart from what stands around it.

    Without that, a number or a bracket behind such a name is drawn before it. Parts of a list are set apart one by one.

    Args:
        text: such as a sentence with the names of models.

    Returns:
        The text with Unicode's marks of an isolate around each such part; the same where there is none.

    >>> with_isolates("resnet50 leads"), ascii(with_isolates("\u05d0\u05d1 leads by 0.5"))
    ('resnet50 leads', "'\\u2068\\u05d0\\u05d1\\u2069 leads by 0.5'")
    """
    # Nearly every text; it is asked for every name that a chart draws.
    return text if text.isascii() else _FROM_THE_RIGHT.sub(_SET_APART, text)


# Hebrew, Arabic and the other scripts of that direction, in the blocks that Unicode keeps for them.
_LETTERS: Final = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_FROM_THE_RIGHT: Final = re.compile(rf"[{_LETTERS}](?:(?:(?![,;:·])[\W\d_{_LETTERS}])*[{_LETTERS}])?")
_SET_APART: Final = "\N{FIRST STRONG ISOLATE}\\g<0>\N{POP DIRECTIONAL ISOLATE}"
_IN_MARKDOWN = {ord(sign): f"\\{sign}" for sign in "\\`*_{}[]<>#|~!&"}
