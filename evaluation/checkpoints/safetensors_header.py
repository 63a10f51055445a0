"""The header of a safetensors file: JSON that says where each tensor lies."""

import json
import math
from pathlib import Path
from typing import Any

from evaluation.checkpoints.refusal import CheckpointRefused, Reason

_PREFIX_BYTES = 8
_LONGEST_HEADER = 4 * 1024 * 1024
_MOST_TENSORS = 20_000
_MOST_AXES = 16
_BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "U16": 2, "I16": 2, "U32": 4, "I32": 4, "U64": 8, "I64": 8,
    "F16": 2, "BF16": 2, "F32": 4, "F64": 8,
}  # fmt: skip


def check_header(path: Path, header_length: int) -> None:
    """Refuse a header that is no map of the file.

    The format has no checksum: flipped bits in the weights are found only by the digest that the sender names.

    Args:
        path: the file.
        header_length: as its first eight bytes say.

    Raises:
        CheckpointRefused: `safetensors_header`, or `unsupported_tensor` for a type that no weight has.
    """
    size = path.stat().st_size
    # Before it is read: the length is the file's own word, and eight bytes can ask for any amount of memory.
    if header_length > min(_LONGEST_HEADER, size - _PREFIX_BYTES):
        raise _refusal(f"The header says it is {header_length} bytes long, in a file of {size}")
    with path.open("rb") as file:
        file.seek(_PREFIX_BYTES)
        text = file.read(header_length)
    try:
        # JSON allows a name twice and Python keeps the last; another reader may keep the first.
        entries = json.loads(text.decode("utf-8"), object_pairs_hook=_without_repeats)
    except RecursionError:
        raise _refusal("The header is nested too deeply: it is a map of tensors and a map of texts") from None
    except ValueError as error:
        raise _refusal(f"The header is not valid JSON: {error}") from None
    if not isinstance(entries, dict):
        raise _refusal("The header is not a JSON object")
    # Text for people; what of it is used is checked by input_metadata.
    entries.pop("__metadata__", None)
    if not 0 < len(entries) <= _MOST_TENSORS:
        raise _refusal(f"The header names {len(entries)} tensors; 1 to {_MOST_TENSORS} are accepted")
    spans = sorted(_span(name, entry) for name, entry in entries.items())
    end = 0
    for start, stop in spans:
        # Without gaps or overlaps no byte is hidden, and none is read as two weights.
        if start != end:
            raise _refusal(f"Tensors leave a gap or overlap at byte {start}")
        end = stop
    if end != size - _PREFIX_BYTES - header_length:
        raise _refusal(f"The tensors end at byte {end}, the file at {size - _PREFIX_BYTES - header_length}")


def _span(name: str, entry: Any) -> tuple[int, int]:  # noqa: ANN401 - any JSON
    shown = name[:100]
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise _refusal(f"Tensor {shown!r} lacks type, shape or place")
    width = _BYTES.get(entry["dtype"]) if isinstance(entry["dtype"], str) else None
    if width is None:
        raise CheckpointRefused(Reason.UNSUPPORTED_TENSOR, f"Tensor {shown!r} has type {str(entry['dtype'])[:40]!r}.")
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not _whole_numbers(shape) or len(shape) > _MOST_AXES or not _whole_numbers(offsets) or len(offsets) != 2:
        raise _refusal(f"Tensor {shown!r} has an impossible shape or place")
    start, stop = offsets
    # Python's integers do not overflow, so that a product beyond 2 ** 64 cannot pass for a small one.
    if stop - start != math.prod(shape) * width:
        raise _refusal(f"Tensor {shown!r} of shape {shape} takes {stop - start} bytes")
    return start, stop


def _whole_numbers(values: Any) -> bool:  # noqa: ANN401 - any JSON
    # type and not isinstance: True is an int for Python, and no length.
    return isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        raise ValueError("a name occurs twice")
    return entries


def _refusal(message: str) -> CheckpointRefused:
    return CheckpointRefused(Reason.SAFETENSORS_HEADER, message + ".")
