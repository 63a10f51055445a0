"""Files of released weights: fetched into torch's own cache, continued where they were cut off, and checked."""

import glob
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import torch
from torch import Tensor

from evaluation.datasets.dataset import Archive
from evaluation.datasets.installation.download import DownloadFailed, download
from evaluation.errors import LibraryMissing, NoRoomForWeights, WeightsUnavailable
from evaluation.extras import way_to_install
from evaluation.models.hub import require_answer
from evaluation.models.weights_fault import remove_unfinished, weights_fault

GOOGLE_DRIVE = "gdrive:"
_DRIVE_ADDRESS = "https://drive.google.com"
_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class WeightFile:
    """A file of weights.

    Attributes:
        url: where it lies; "gdrive:IDENTIFIER" on Google Drive.
        checksum: the first digits of its sha256, which its source states in its name; empty where none is stated.
    """

    url: str
    checksum: str

    @property
    def path(self) -> Path:
        """Where it is kept: in torch's cache, under the name that torch and torch.hub give it too."""
        name = f"{self.url.removeprefix(GOOGLE_DRIVE)}.pt" if self._on_drive else urlsplit(self.url).path
        return Path(torch.hub.get_dir()) / "checkpoints" / Path(name).name

    @property
    def _on_drive(self) -> bool:
        return self.url.startswith(GOOGLE_DRIVE)

    def fetch(self, model: str) -> Path:
        """Have the file on this machine.

        Args:
            model: that it belongs to, for the message.

        Raises:
            WeightsUnavailable: it cannot be had, or is not the file that its source states.
        """
        path = self.path
        address = _DRIVE_ADDRESS if self._on_drive else "{0.scheme}://{0.netloc}".format(urlsplit(self.url))
        if not path.is_file():
            require_answer(model, address, f"fetch {self.url} elsewhere and put it into {path.parent} as {path.name}")
        try:
            return self._from_drive(path, model) if self._on_drive else self._from_server(path.parent)
        except (DownloadFailed, OSError) as error:
            sentence = f"the weights of {model} could not be fetched: {error}"
            fault = weights_fault(model, error, folder=path.parent, otherwise=sentence)
            if isinstance(fault, NoRoomForWeights) and fault.needed_bytes is None:
                # What filled the disk would keep everything else on it from going on.
                remove_unfinished(path.parent, f"{glob.escape(path.name)}*.part*")
            raise fault from error

    def _from_server(self, folder: Path) -> Path:
        digest = f"sha256:{self.checksum}" if self.checksum else None
        with httpx.Client(follow_redirects=True, timeout=_TIMEOUT_SECONDS) as client:
            return download(Archive(url=self.url, size=None, digest=digest, unpacks_to=""), folder, client=client)

    def _from_drive(self, path: Path, model: str) -> Path:
        if path.is_file():
            return path
        try:
            gdown: Any = import_module("gdown")
        except ImportError as error:
            raise LibraryMissing(
                f"the weights of {model} lie on Google Drive, and gdown is not installed. {way_to_install('study')}."
            ) from error
        path.parent.mkdir(parents=True, exist_ok=True)
        # It keeps what has arrived beside the file, takes up there, and answers a refusal with an error of its own.
        try:
            gdown.download(id=self.url.removeprefix(GOOGLE_DRIVE), output=str(path), quiet=True, resume=True)
        except Exception as error:
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise DownloadFailed(f"{self.url}: {first} Fetch it with a browser and put it there as {path}.") from error
        return path


def tensors_in(path: Path, model: str) -> dict[str, Tensor]:
    """The tensors of a file by name; beside them nothing is read, least of all code.

    Args:
        path: of a file that torch wrote: a state dict, or one under "state_dict", "model_state" or "model".
        model: that it belongs to, for the message.

    Raises:
        WeightsUnavailable: it is no such file.
    """
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise WeightsUnavailable(
            f"the weights of {model} could not be read: {first} Remove {path}, so that it is fetched again."
        ) from error
    for key in ("state_dict", "model_state", "model"):
        if isinstance(held, dict) and isinstance(held.get(key), dict):
            held = held[key]
    if not isinstance(held, dict) or not all(isinstance(each, Tensor) for each in held.values()):
        raise WeightsUnavailable(f"the weights of {model} could not be read: {path} holds no tensors by name.")
    return {str(name): tensor for name, tensor in held.items()}
