"""The client's part in evaluating: hand in a checkpoint, have it measured, watch, cancel, publish. Needs a token."""

from __future__ import annotations

import hashlib
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote

import httpx
import orjson

from quba.vocabulary import FINAL_STATES
from wellbehaved.api_errors import JsonObject
from wellbehaved.json_calls import JsonCalls

Progress = Callable[[int, int], None]

SUBMISSIONS = "/v1/evaluations"
_BLOCK = 1024 * 1024
# The answer comes when the file has been scanned; a slow disk may stop the server's reading for a while.
_UPLOAD_TIMEOUT = httpx.Timeout(60.0, read=300.0, write=300.0)
# A large checkpoint is opened and rewritten before the answer.
_CHECK_SECONDS = 120.0
_RECONNECT_SECONDS = 1.0
_MOST_FAILURES = 30


class ConnectionEnded(ConnectionError):
    """A stream of events broke off before the evaluation was over."""


class EvaluationCalls(JsonCalls):
    """Mixed into `wellbehaved.Client`."""

    @abstractmethod
    def send_file(
        self, path: str, query: dict[str, str], content: Iterator[bytes], size: int, timeout: httpx.Timeout
    ) -> JsonObject:
        """The JSON answer to a file sent to a path, which is never in memory as a whole."""

    @abstractmethod
    def lines(self, path: str, headers: dict[str, str]) -> AbstractContextManager[Iterator[str]]:
        """The lines of an answer as they arrive."""

    def upload_checkpoint(self, path: Path | str, progress: Progress | None = None) -> JsonObject:
        """Hand in a file of weights: checkpoint_id, filename, size_bytes, format, already_there.

        Args:
            path: safetensors, or what torch.save has written since PyTorch 1.6; a state dict either way.
            progress: called with the bytes sent and those there are, again and again.
        """
        file = Path(path)
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        size = file.stat().st_size
        query = {"filename": file.name[:200], "sha256": digest}
        return self.send_file("/v1/checkpoints", query, _blocks(file, size, progress), size, _UPLOAD_TIMEOUT)

    def architecture_guesses(self, checkpoint_id: str) -> list[JsonObject]:
        """The architectures that a checkpoint's tensors fit best, three at most: architecture, exact, fitting, ..."""
        path = f"/v1/checkpoints/{quote(checkpoint_id, safe='')}/architectures"
        items: list[JsonObject] = self.get(path, timeout=_CHECK_SECONDS)["items"]
        return items

    def submit(
        self, *, checkpoint_id: str | None = None, model: str | None = None, **request: str | int | list[str] | None
    ) -> JsonObject:
        """Have a model measured; the same request again is the same evaluation (``created`` is False then).

        Args:
            checkpoint_id: from `upload_checkpoint`; then ``architecture`` is needed as well.
            model: a timm name such as ``resnet50.a1_in1k``, in place of a checkpoint.
            request: architecture, weights_key, name, benchmark, protocol, dimensions, class_order_checked,
                samples_per_class, seed, priority.
        """
        document = {"checkpoint_id": checkpoint_id, "model": model, **request}
        given = {key: value for key, value in document.items() if value is not None}
        return self.post(SUBMISSIONS, given, timeout=_CHECK_SECONDS)

    def evaluation(self, evaluation_id: str) -> JsonObject:
        """One evaluation: state, place in the queue, progress, results so far, rank as far as it is known."""
        return self.get(_path(evaluation_id))

    def evaluations(self, state: str | None = None, limit: int | None = None) -> list[JsonObject]:
        """Evaluations, the newest first; ``state`` keeps those in one or several comma-separated states."""
        query = {"state": state, "limit": str(limit) if limit else None}
        items: list[JsonObject] = self.get("/v1/evaluations", {key: text for key, text in query.items() if text})[
            "items"
        ]
        return items

    def cancel(self, evaluation_id: str) -> JsonObject:
        """Stop an evaluation; a running one ends within a batch of images. It will never be ranked."""
        return self.post(f"{_path(evaluation_id)}/cancel", {})

    def retry(self, evaluation_id: str) -> JsonObject:
        """Queue a failed or cancelled evaluation once more; what it had finished is kept."""
        return self.post(f"{_path(evaluation_id)}/retry", {})

    def publish(self, model_id: str) -> JsonObject:
        """Show a model that was measured here to everybody; until then only who holds the token sees it."""
        return self.post(f"/v1/models/{quote(model_id, safe='')}/publish", {})

    def unpublish(self, model_id: str) -> JsonObject:
        """Show a model of one's own to who holds the token alone."""
        return self.post(f"/v1/models/{quote(model_id, safe='')}/unpublish", {})

    def delete_model(self, model_id: str) -> JsonObject:
        """Delete a model of one's own with its measurements and evaluations; the study's models stay."""
        return self.delete(f"/v1/models/{quote(model_id, safe='')}")

    def delete_evaluation(self, evaluation_id: str) -> JsonObject:
        """Delete an evaluation that is over, with what it measured."""
        return self.delete(_path(evaluation_id))

    def delete_checkpoint(self, checkpoint_id: str) -> JsonObject:
        """Delete a checkpoint and its file, once no evaluation is of it."""
        return self.delete(f"/v1/checkpoints/{quote(checkpoint_id, safe='')}")

    def workers(self) -> JsonObject:
        """Who measures: items with worker_id, device, state, online, benchmarks; and how many are online."""
        return self.get("/v1/workers")

    def architectures(self, q: str | None = None) -> list[str]:
        """Names of architectures that hold all these words."""
        items: list[str] = self.get("/v1/architectures", {"q": q} if q else None)["items"]
        return items

    def follow(self, evaluation_id: str) -> Iterator[JsonObject]:
        """The evaluation again at every change, until it is over; a broken connection is taken up again.

        Raises:
            ConnectionError: nothing answered for half a minute.
        """
        last, failures = "", 0
        while True:
            try:
                for event, document in self._events(evaluation_id, last):
                    # Only what was received counts, so that a server that ends every stream at once is given up.
                    last, failures = event, 0
                    yield document
                return
            except ConnectionError:
                failures += 1
                if failures > _MOST_FAILURES:
                    raise
                time.sleep(_RECONNECT_SECONDS)

    def _events(self, evaluation_id: str, last: str) -> Iterator[tuple[str, JsonObject]]:
        """The events after the last one that was seen, until the evaluation is over.

        Raises:
            ConnectionError: the stream broke off before.
        """
        state = ""
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
        with self.lines(f"{_path(evaluation_id)}/events", headers) as lines:
            for line in lines:
                if state in FINAL_STATES:
                    return
                if line.startswith("id: "):
                    last = line.removeprefix("id: ")
                elif line.startswith("data: "):
                    document = orjson.loads(line.removeprefix("data: "))
                    state = document["state"]
                    yield last, document
        if state not in FINAL_STATES:
            # The server ends streams, too, when it is stopped.
            raise ConnectionEnded(f"The events of {evaluation_id} broke off.")


def _path(evaluation_id: str) -> str:
    return f"/v1/evaluations/{quote(evaluation_id, safe='')}"


def _blocks(file: Path, size: int, progress: Progress | None) -> Iterator[bytes]:
    sent = 0
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            yield block
            sent += len(block)
            if progress:
                progress(sent, size)
