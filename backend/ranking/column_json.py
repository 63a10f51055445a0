"""A JSON list of objects made of columns of text, one for each field.

Made of Python objects, a hundred thousand of them take seconds, most of which goes to finding them all over the memory.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import orjson
from jaxtyping import Bool, Float, Int

if TYPE_CHECKING:
    import pyarrow as pa

    Texts: TypeAlias = pa.LargeStringArray
    """The JSON text of one field of each object; null where that is null."""

# Not by orjson, each of whose texts keeps the four kilobytes that it was written into.
_encode = json.JSONEncoder(ensure_ascii=False).encode


@cache
def _arrow() -> tuple[ModuleType, ModuleType]:
    """Imported with the first long answer: it takes 45 MB."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pa, pc


def string_texts(values: Iterable[str]) -> "Texts":
    """Words as JSON.

    >>> string_texts(["a", "b"]).to_pylist()
    ['"a"', '"b"']
    """
    pa, _ = _arrow()
    return pa.array((_encode(value) for value in values), pa.large_string())


def number_texts(values: Float[np.ndarray, " objects"]) -> "Texts":
    """Numbers as JSON, NaN as null.

    >>> number_texts(np.array([0.5, np.nan])).to_pylist()
    ['0.5', 'null']
    """
    pa, _ = _arrow()
    # One list of numbers is written faster than many.
    written = orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
    return pa.array(written.split(b",") if written else [], pa.large_string())


def count_texts(values: Int[np.ndarray, " objects"]) -> "Texts":
    """Counts as JSON, 0 as null.

    >>> count_texts(np.array([7, 0])).to_pylist()
    ['7', None]
    """
    pa, _ = _arrow()
    return pa.array(values, mask=values == 0).cast(pa.large_string())


def truth_texts(values: Bool[np.ndarray, " objects"]) -> "Texts":
    """Truth values as JSON.

    >>> truth_texts(np.array([True, False])).to_pylist()
    ['true', 'false']
    """
    pa, _ = _arrow()
    return pa.array(values).cast(pa.large_string())


def texts_at(texts: "Texts", rows: Int[np.ndarray, " objects"]) -> "Texts":
    """The texts at some rows, null for a row below 0.

    >>> texts_at(string_texts(["a", "b"]), np.array([1, -1, 1])).to_pylist()
    ['"b"', None, '"b"']
    """
    pa, _ = _arrow()
    return texts.take(pa.array(rows, mask=rows < 0))


def object_list(fields: "Mapping[str, Texts | Mapping[str, Texts]]") -> orjson.Fragment:
    """The objects as a JSON list, each with these fields in this order.

    Args:
        fields: at least one: the text of each field of every object, of equal length; a mapping makes an object inside
            each.

    Raises:
        ValueError: the columns are not of one length.

    >>> columns = {"a": count_texts(np.array([1, 2])), "b": {"c": truth_texts(np.array([False, True]))}}
    >>> orjson.dumps({"items": object_list(columns)})
    b'{"items":[{"a":1,"b":{"c":false}},{"a":2,"b":{"c":true}}]}'
    """
    pa, pc = _arrow()
    parts = list(_parts(fields))
    lengths = sorted({len(part) for part in parts if not isinstance(part, str)})
    if len(lengths) != 1:
        raise ValueError(f"the fields have {lengths} texts; pass one text of each field per object.")
    texts = [pa.scalar(part, pa.large_string()) if isinstance(part, str) else part for part in parts]
    separator = pa.scalar("", pa.large_string())
    objects = pc.binary_join_element_wise(*texts, separator, null_handling="replace", null_replacement="null")
    # They lie one behind the other, each with a comma at its end.
    _, _, joined = objects.buffers()
    return orjson.Fragment(b"".join((b"[", memoryview(joined)[:-1], b"]")) if lengths[0] else b"[]")


def _parts(fields: "Mapping[str, Texts | Mapping[str, Texts]]", end: str = "},") -> "Iterator[str | Texts]":
    """What an object is made of in turn: text that all of them have, or the column of what each has of its own."""
    for place, (name, texts) in enumerate(fields.items()):
        yield ("," if place else "{") + _encode(name) + ":"
        if isinstance(texts, Mapping):
            yield from _parts(texts, "}")
        else:
            yield texts
    yield end
