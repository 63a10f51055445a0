"""Whether the weights of a published model can be had, said before a download goes through minutes of retries."""

import contextlib
import time
from threading import Lock, Thread

import httpx
from huggingface_hub import constants, try_to_load_from_cache

from evaluation.errors import WeightsUnavailable

_PATIENCE_SECONDS = 4.0
# A study's worth of models, or a worker with a long queue, asks once in so long a time whether the hub is back.
_REMEMBERED_SECONDS = 60.0
_FILES = ("model.safetensors", "pytorch_model.bin")


def require_reachable(name: str, repository: str | None) -> None:
    """Refuse to wait for a hub that does not answer.

    Args:
        name: of the model.
        repository: where the hub keeps its weights; None for weights that lie elsewhere.

    Raises:
        WeightsUnavailable: the weights are not on this machine and the hub does not answer.
    """
    if repository is None or constants.is_offline_mode():
        return
    if any(isinstance(try_to_load_from_cache(repository, each), str) for each in _FILES):
        return
    if not _silence.is_known() and _answers(constants.ENDPOINT):
        return
    _silence.remember()
    raise WeightsUnavailable(
        f"the weights of {name} are not on this machine, and {constants.ENDPOINT} does not answer. Check the "
        "connection, or fetch the file elsewhere and pass it with --weights FILE."
    )


class _Silence:
    """When the hub was last found silent."""

    def __init__(self) -> None:
        self._until = 0.0
        self._lock = Lock()

    def is_known(self) -> bool:
        """Whether there is no need to ask again."""
        with self._lock:
            return time.monotonic() < self._until

    def remember(self) -> None:
        """From now on for a while, unless it is known from before."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._until = time.monotonic() + _REMEMBERED_SECONDS


_silence = _Silence()


def _answers(address: str) -> bool:
    """Whether a server says anything at all; what it says of the weights is the download's to tell.

    The limits of a request are those of one connection and leave out the name's look-up: where packets vanish, a host
    of eight addresses takes eight times as long. So the whole is waited for, in a thread that may stay behind.
    """
    answered: list[int] = []

    def ask() -> None:
        with contextlib.suppress(httpx.HTTPError):
            answered.append(httpx.head(address, timeout=_PATIENCE_SECONDS).status_code)

    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_PATIENCE_SECONDS)
    return bool(answered)
