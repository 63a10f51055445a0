"""What a difference of two models on one dimension comes to, in words: on the page and in the terminal alike."""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]


def is_shown(item: Json, answer: Json) -> bool:
    """Whether the models differ on a dimension by more than chance, or by a count that has none.

    Args:
        item: of ``answer``.
        answer: of /v1/differences.
    """
    if not item["difference"] or item["low"] is None:
        return False
    # The corrected p, as nine dimensions are looked at and one in twenty differs by chance.
    return item["p_holm"] is None or bool(item["p_holm"] < 1 - answer["confidence"])


def is_gain(item: Json, higher_is_better: bool) -> bool:
    """Whether the second model is the better one; False where nothing differs."""
    return bool(item["difference"]) and (item["difference"] > 0) == higher_is_better


def difference_words(item: Json, higher_is_better: bool, answer: Json) -> str:
    """What a difference comes to.

    Args:
        item: of ``answer``.
        higher_is_better: of its dimension.
        answer: of /v1/differences.
    """
    if item["difference"] is None:
        reasons = {answer[side]["name"]: item[f"missing_{side}"] for side in ("a", "b") if item[f"missing_{side}"]}
        return "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
    mark = "" if item["paired"] or not answer["paired"] else ", not paired"
    if item["difference"] == 0:
        return f"equal{mark}"
    side = f"{answer['b']['name']} is {'better' if is_gain(item, higher_is_better) else 'worse'}"
    # Published values have no interval here: which is larger is all that is known.
    if item["low"] is None:
        return f"{side} as measured; how sure that is, nobody knows{mark}"
    # What is counted needs no test.
    if item["p_holm"] is None:
        return side
    return f"{side}, more than chance{mark}" if is_shown(item, answer) else f"not shown to differ{mark}"
