"""The client's checkpoints: files of weights that are handed in to be measured. They need a token."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from wellbehaved.client.answers.evaluations import ArchitectureGuess, CheckpointAnswer
from wellbehaved.client.answers.shared import RemovalAnswer
from wellbehaved.client.calls import Manner, Part, call, segment
from wellbehaved.client.evaluations import CHECK_SECONDS
from wellbehaved.client.exchange import Request, Steps, Work

Progress = Callable[[int, int], None]

_PATH = "/v1/checkpoints"
_BLOCK = 1024 * 1024
# The answer comes when the file has been scanned; a slow disk may stop the server's reading for a while.
_UPLOAD_TIMEOUT = httpx.Timeout(60.0, read=300.0, write=300.0)


class Checkpoints(Part[Manner]):
    """``client.checkpoints``."""

    @call
    def upload(self, path: Path | str, progress: Progress | None = None) -> Steps[CheckpointAnswer]:
        """Hand in a file of weights: checkpoint_id, filename, size_bytes, format, already_there.

        Args:
            path: safetensors, or what torch.save has written since PyTorch 1.6; a state dict either way.
            progress: called with the bytes sent and those there are, again and again.
        """
        file = Path(path)
        digest = yield Work(lambda: _digest(file))
        size = file.stat().st_size
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        query = {"filename": file.name[:200], "sha256": digest}
        blocks = _blocks(file, size, progress)
        answer: CheckpointAnswer = yield from self._exchange.document(
            Request("POST", _PATH, query, blocks, headers, _UPLOAD_TIMEOUT)
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


def _blocks(file: Path, size: int, progress: Progress | None) -> Iterator[bytes]:
    sent = 0
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            yield block
            sent += len(block)
            if progress:
                progress(sent, size)
