"""The client's checkpoints: files of weights that are uploaded to be measured. They need a token."""

from __future__ import annotations

import hashlib
from pathlib import Path

from wellbehaved.client.answers.evaluations import ArchitectureGuess, CheckpointAnswer
from wellbehaved.client.answers.shared import RemovalAnswer
from wellbehaved.client.calls import Manner, Part, call, segment
from wellbehaved.client.evaluations import CHECK_SECONDS
from wellbehaved.client.exchange import FILE_TIMEOUT, Request, Steps, Work
from wellbehaved.client.file_blocks import Progress, file_blocks

_PATH = "/v1/checkpoints"


class Checkpoints(Part[Manner]):
    """``client.checkpoints``."""

    @call
    def upload(self, path: Path | str, progress: Progress | None = None) -> Steps[CheckpointAnswer]:
        """Upload a file of weights: checkpoint_id, filename, size_bytes, format, already_there.

        Args:
            path: safetensors, or what torch.save has written since PyTorch 1.6; a state dict either way.
            progress: called with the bytes sent and those there are, again and again.
        """
        file = Path(path)
        digest = yield Work(lambda: _digest(file))
        size = file.stat().st_size
        # The length, without which httpx sends blocks of unknown number: the service could refuse a file that is too
        # large only once that much of it has come.
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        query = {"filename": file.name[:200], "sha256": digest}
        blocks = file_blocks(file, progress)
        answer: CheckpointAnswer = yield from self._exchange.document(
            Request("POST", _PATH, query, blocks, headers, FILE_TIMEOUT)
        )
        return answer

    @call
    def architectures(self, checkpoint_id: str) -> Steps[list[ArchitectureGuess]]:
        """The architectures that a checkpoint's tensors fit best, three at most: architecture, exact, fitting, ..."""
        return self._exchange.items(f"{_PATH}/{segment(checkpoint_id)}/architectures", timeout=CHECK_SECONDS)

    @call
    def delete(self, checkpoint_id: str) -> Steps[RemovalAnswer]:
        """Delete a checkpoint and its file, once no evaluation is of it."""
        return self._exchange.delete(f"{_PATH}/{segment(checkpoint_id)}")


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
