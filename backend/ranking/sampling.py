"""How many draws a question about sampled ranks may have, and whether its caller still waits for them."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

import anyio.from_thread
from fastapi import Request

from backend.problems import ProblemError
from quba.vocabulary import DRAWS, FILTERED, Among

LOOK_SECONDS: Final = 0.1
"""How often a thread asks the event loop after its caller: each look waits for whatever the loop is at."""
CALLER_LEFT: Final = 499
"""The status that nginx made customary for a caller who left before the answer; nobody reads it but the counters."""


@dataclass(frozen=True)
class SamplingBudget:
    """How much one question may sample.

    Attributes:
        most_scores: draws times models; None without a bound.
    """

    most_scores: int | None = None

    def draws(self, asked: int | None, models: int, among: Among) -> int:
        """The number of draws of a question.

        Args:
            asked: as the caller wishes; None leaves it to the service: the usual number, or what the budget allows.
            models: with a score, of those compared.
            among: which models are compared, for the advice: where all are, no filter makes them fewer.

        Raises:
            ProblemError: 422 `too_many_draws`, with the number that would do; 422 `too_many_models`, where there is
                none.
        """
        if self.most_scores is None or models == 0:
            return asked or DRAWS.default
        most = self.most_scores // models
        by_filters = "" if among == FILTERED else f" with among={FILTERED}"
        if most < DRAWS.lowest:
            raise ProblemError(
                422,
                "too_many_models",
                f"{models:,} models are compared, and without a token at most {self.most_scores:,} scores are sampled: "
                f"that is under {DRAWS.lowest} draws of each.",
                f"Filter for at most {self.most_scores // DRAWS.lowest:,} models{by_filters}, or send the instance's "
                "token.",
            )
        if asked is not None and asked > most:
            raise ProblemError(
                422,
                "too_many_draws",
                f"draws is {asked}: with {models:,} models that is {asked * models:,} sampled scores, and without a "
                f"token at most {self.most_scores:,} are answered.",
                f"Send draws={most}, leave draws out, filter{by_filters}, or send the instance's token.",
            )
        return min(most, DRAWS.default) if asked is None else asked


def caller_check(request: Request) -> Callable[[], None]:
    """What ends a long computation whose caller has left, to be called from the thread that computes.

    Args:
        request: of the caller; its route has read the body already.

    Returns:
        A function that raises ProblemError 499 `caller_left`; it looks every tenth of a second at most.
    """
    next_look = monotonic()

    def require_caller() -> None:
        nonlocal next_look
        if monotonic() < next_look:
            return
        if anyio.from_thread.run(request.is_disconnected):
            raise ProblemError(CALLER_LEFT, "caller_left", "The caller left before the answer was there.", "Ask again.")
        next_look = monotonic() + LOOK_SECONDS

    return require_caller
