"""Whether the weights of a published model can be had, said before a download goes through minutes of retries."""

import contextlib
import time
from pathlib import Path
from threading import Lock, Thread

import httpx
from huggingface_hub import constants, try_to_load_from_cache
from huggingface_hub.file_download import repo_folder_name

from evaluation.errors import WeightsUnavailable
from evaluation.models.weights_fault import remove_unfinished

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
    require_answer(name, constants.ENDPOINT, "fetch the file elsewhere and pass it with --weights FILE")


def remove_unfinished_of_hub(repository: str | None) -> None:
    """Remove what came of a repository's files before the disk was full; the hub's own downloader leaves it there.

    Args:
        repository: its name, which may end in a slash; None for weights that lie elsewhere.
    """
    if repository is None:
        return
    folder = repo_folder_name(repo_id=repository.rstrip("/"), repo_type="model")
    remove_unfinished(Path(constants.HF_HUB_CACHE) / folder / "blobs", "*.incomplete")


def require_answer(name: str, address: str, otherwise: str) -> None:
    """Refuse to wait for a server of weights that does not answer.

    Args:
        name: of the model.
        address: of the server.
        otherwise: what helps where there is no connection.

    Raises:
        WeightsUnavailable: it does not answer.
    """
    if not _silence.is_known(address) and _answers(address):
        return
    _silence.remember(address)
    raise WeightsUnavailable(
        f"the weights of {name} are not on this machine, and {address} does not answer. Check the connection, or "
        f"{otherwise}."
    )


class _Silence:
    """When each server was last found silent."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._lock = Lock()

    def is_known(self, address: str) -> bool:
        """Whether there is no need to ask again."""
        with self._lock:
            return time.monotonic() < self._until.get(address, 0.0)

    def remember(self, address: str) -> None:
        """From now on for a while, unless it is known from before."""
        with self._lock:
            if time.monotonic() >= self._until.get(address, 0.0):
                self._until[address] = time.monotonic() + _REMEMBERED_SECONDS


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
