"""Whether the weights of a published model can be had, said before a download goes through minutes of retries."""

import httpx
from huggingface_hub import constants, try_to_load_from_cache

from evaluation.errors import WeightsUnavailable

_PATIENCE_SECONDS = 4.0
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
    try:
        # Any answer will do: whether the weights are there is the download's to say.
        httpx.head(constants.ENDPOINT, timeout=_PATIENCE_SECONDS)
    except httpx.HTTPError:
        raise WeightsUnavailable(
            f"the weights of {name} are not on this machine, and {constants.ENDPOINT} does not answer. Check the "
            "connection, or fetch the file elsewhere and pass it with --weights FILE."
        ) from None
