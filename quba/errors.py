"""What a question can be refused for: asked rightly put together but not answerable, each with a code to tell by."""

import math


class QuestionError(ValueError):
    """A question without an answer; ``code`` names the rule for programs, the message names value, rule, next step.

    >>> QuestionError("k_out_of_range", "k is 0; ask for rank 1 or more.").code
    'k_out_of_range'
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Refusal(Exception):
    """Something that was handed in and is not accepted, from whoever found out to whoever says so.

    ``code`` names the reason for programs, ``message`` says what was found, ``hint`` is the next step. It is the one
    class of its kind, because service and evaluation must not import each other: what either of them raises, the
    other catches as it is.

    >>> Refusal("shape_mismatch", "fc.weight is 10 x 512.", "Choose another architecture.").hint
    'Choose another architecture.'
    """

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


def require_rank(k: int, model_count: int) -> None:
    """Refuse a rank that no model can have.

    Raises:
        QuestionError: ``k_out_of_range``.
    """
    if not 1 <= k <= max(model_count, 1):
        raise QuestionError(
            "k_out_of_range", f"k is {k}; among {model_count} scored models it must lie in 1 to {max(model_count, 1)}."
        )


def require_draws(draws: int, most: int) -> None:
    """Refuse a number of draws below 1 or beyond what is answered in reasonable time.

    Raises:
        QuestionError: ``draws_out_of_range``.
    """
    if not 1 <= draws <= most:
        raise QuestionError(
            "draws_out_of_range", f"draws is {draws}; it must lie in 1 to {most}. 10,000 draws tell shares to 0.01."
        )


def require_share(name: str, value: float) -> None:
    """Refuse a share that is not strictly between 0 and 1.

    Raises:
        QuestionError: ``share_out_of_range``.
    """
    if not (math.isfinite(value) and 0 < value < 1):
        raise QuestionError("share_out_of_range", f"{name} is {value}; it must lie between 0 and 1, as 0.9 does.")
