"""Files that strangers might hand in as checkpoints: each with the code of its refusal, or None where it is sound."""

import argparse
import io
import json
import os
import pickle
import struct
import zipfile
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from safetensors.torch import save

from evaluation.checkpoints.refusal import Reason

ARCHITECTURE = "test_resnet"
CLASS_COUNT = 16
CANARY = "WELLBEHAVED_TEST_CANARY"

Case = tuple[str, bytes, Reason | None]


def state() -> "OrderedDict[str, torch.Tensor]":
    """Sound weights of the architecture."""
    torch.manual_seed(0)
    weights: OrderedDict[str, torch.Tensor] = OrderedDict(
        timm.create_model(ARCHITECTURE, pretrained=False, num_classes=CLASS_COUNT).state_dict()
    )
    return weights


def written(value: object, **options: Any) -> bytes:  # noqa: ANN401 - handed on
    """A value as torch.save writes it."""
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def cases(canary: Path) -> Iterator[Case]:
    """All files, by name.

    Args:
        canary: a file that comes to be if any code inside one of them is run.
    """
    yield from _sound()
    yield from _trained()
    yield from _formats()
    yield from _pickles(canary)
    yield from _archives()
    yield from _headers()
    yield from _contents()


def _sound() -> Iterator[Case]:
    weights = state()
    yield "plain.pt", written(weights), None
    yield "plain dict.pt", written(dict(weights)), None
    yield "parallel.pt", written({f"module.{name}": tensor for name, tensor in weights.items()}), None
    for wrapper in ("state_dict", "model", "model_state_dict"):
        yield f"{wrapper}.pth", written({wrapper: weights, "epoch": 3}), None
    yield "float64.pt", written({name: _as(tensor, torch.float64) for name, tensor in weights.items()}), None
    yield "float16.pt", written({name: _as(tensor, torch.float16) for name, tensor in weights.items()}), None
    yield "bfloat16.safetensors", save({name: _as(tensor, torch.bfloat16) for name, tensor in weights.items()}), None
    yield "plain.safetensors", save(weights), None
    yield "named as text.txt", save(weights), None
    yield (
        "trained.pt",
        written({name: torch.nn.Parameter(t, t.is_floating_point()) for name, t in weights.items()}),
        None,
    )


def _trained() -> Iterator[Case]:
    """What trainers write, with all that they keep beside the weights."""
    weights = state()
    zeros = {name: torch.zeros_like(tensor) for name, tensor in weights.items()}
    args = argparse.Namespace(
        model=ARCHITECTURE,
        output=Path("out"),
        lr=np.float64(0.1),
        groups=defaultdict(list, {"a": [1]}),
        seed=np.int64(3),
    )
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(2))], lr=0.1, momentum=0.9).state_dict()
    yield "timm.pth.tar", written({"epoch": 3, "arch": ARCHITECTURE, "state_dict": weights, "args": args}), None
    yield "torchvision.pth", written({"model": weights, "optimizer": optimizer, "args": args, "epoch": 1}), None
    lightning = {f"model.{name}": tensor for name, tensor in weights.items()}
    kept = {"hyper_parameters": {"lr": 0.1}, "callbacks": {}, "pytorch-lightning_version": "2.4"}
    yield "lightning.ckpt", written({"state_dict": {**lightning, "criterion.weight": torch.ones(16)}, **kept}), None
    for prefix in (
        "net.", "_orig_mod.", "_orig_mod.module.", "module._orig_mod.", "model._orig_mod.", "timm_model.", "a.b.c."
    ):  # fmt: skip
        yield f"{prefix}pt", written({f"{prefix}{name}": tensor for name, tensor in weights.items()}), None
    averaged = {"n_averaged": torch.tensor(3), **{f"module.{name}": tensor for name, tensor in weights.items()}}
    yield "averaged.pt", written(averaged), None
    for wrapper in ("net", "model_state", "ema", "model_ema", "state_dict_ema"):
        yield f"{wrapper}.pth", written({wrapper: weights, "epoch": 3}), None
    yield "both.pth", written({"state_dict": zeros, "state_dict_ema": weights, "model_ema": zeros}), None
    yield "uncounted.pt", written({name: t for name, t in weights.items() if "num_batches" not in name}), None
    profiled = {"total_ops": torch.zeros(1), "layer1.total_params": torch.zeros(1)}
    yield "profiled.pt", written({**weights, **profiled}), None
    half = {f"{'module.' * (place % 2)}{name}": tensor for place, (name, tensor) in enumerate(weights.items())}
    yield "half prefixed.pt", written(half), Reason.NAMES_MISMATCH
    normalised = {"0.mean": torch.zeros(3), **{f"1.{name}": tensor for name, tensor in weights.items()}}
    yield "something before it.pt", written(normalised), Reason.NAMES_MISMATCH
    two = {f"{prefix}.{name}": tensor for prefix in ("student", "teacher") for name, tensor in weights.items()}
    yield "two models.pt", written(two), Reason.SEVERAL_MODELS
    int8 = {name: t.to(torch.int8) if t.is_floating_point() else t for name, t in weights.items()}
    yield "int8.safetensors", save(int8), Reason.UNSUPPORTED_TENSOR
    first = next(iter(weights))
    yield "complex.pt", written({**weights, first: weights[first].to(torch.complex64)}), Reason.UNSAFE_PICKLE
    yield "surrogate.pt", written({**weights, "a\ud800b": torch.zeros(1)}), Reason.NAMES_MISMATCH
    deep = "[" * 100_000
    yield "deep metadata.safetensors", save(weights, {"input_size": deep}), Reason.BAD_METADATA
    yield "interpolation.safetensors", save(weights, {"interpolation": "random"}), Reason.BAD_METADATA


def _as(tensor: torch.Tensor, kind: torch.dtype) -> torch.Tensor:
    return tensor.to(kind) if tensor.is_floating_point() else tensor


def _formats() -> Iterator[Case]:
    weights = state()
    other = Reason.UNKNOWN_FORMAT
    yield "empty.pt", b"", Reason.EMPTY_FILE
    yield "one byte.pt", b"\x80", other
    yield "text.pt", b"these are not the weights you are looking for\n" * 9, other
    yield "page.pt", b"<!doctype html><script>alert(1)</script>", other
    yield "pointer.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", other
    yield "zeros.pt", bytes(4096), other
    yield "random.pt", os.urandom(4096).replace(b"PK", b"KP").replace(b"{", b"}"), other
    yield "legacy.pt", written(weights, _use_new_zipfile_serialization=False), other
    yield "bare.pkl", pickle.dumps({"fc.weight": [1.0]}), other
    yield "gzip.pt.gz", b"\x1f\x8b" + bytes(100), other
    yield "keras.h5", b"\x89HDF\r\n\x1a\n" + bytes(100), other
    yield "llm.gguf", b"GGUF" + bytes(100), other
    yield "other.zip", archive({"readme.txt": b"hello"}), Reason.BAD_ENTRY
    scripted = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), scripted)
    yield "script.pt", scripted.getvalue(), Reason.PROGRAM
    exported = io.BytesIO()
    torch.export.save(torch.export.export(torch.nn.Linear(2, 2), (torch.ones(1, 2),)), exported)
    yield "exported.pt2", exported.getvalue(), Reason.PROGRAM
    yield "graph.onnx", b"\x08\x0a\x12\x07pytorch" + bytes(100), Reason.PROGRAM


class Calls:
    """Pickles as a call."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:  # noqa: ANN401 - anything
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """The call."""
        return self.function, self.arguments


def _pickles(canary: Path) -> Iterator[Case]:
    touch = f"open({str(canary)!r}, 'w').close()"
    unsafe = Reason.UNSAFE_PICKLE
    for protocol in (2, 3, 4, 5):
        for name, call in {
            "system": Calls(os.system, f"touch '{canary}'"),
            "eval": Calls(eval, touch),
            "exec": Calls(exec, touch),
        }.items():
            yield f"{name} {protocol}.pt", _with_pickle(pickle.dumps({"fc.weight": call}, protocol)), unsafe
    yield "whole model.pt", written(timm.create_model(ARCHITECTURE, num_classes=CLASS_COUNT)), unsafe
    yield "inst.pt", _with_pickle(b"(S'touch x'\nios\nsystem\n."), unsafe
    yield "obj.pt", _with_pickle(b"(cos\nsystem\nS'touch x'\no."), unsafe
    yield "getattr.pt", _with_pickle(b"cbuiltins\ngetattr\n(cos\n__dict__\nS'system'\ntR."), unsafe
    yield "extension.pt", _with_pickle(b"\x80\x02\x82\x01."), unsafe
    yield "persistent text.pt", _with_pickle(b"Pstorage\n."), unsafe
    yield "numpy.pt", _with_pickle(b"cnumpy.core.multiarray\n_reconstruct\n."), unsafe
    yield "load.pt", _with_pickle(b"ctorch\nload\n(S'/etc/passwd'\ntR."), unsafe
    yield "torn pickle.pt", _with_pickle(_pickle_of(written(state()))[:-40]), Reason.CORRUPT_PICKLE
    yield "two pickles.pt", _with_pickle(_pickle_of(written(state())) + b"cos\nsystem\n."), Reason.CORRUPT_PICKLE
    yield "no opcodes.pt", _with_pickle(b"\xff" * 64), Reason.CORRUPT_PICKLE
    yield "empty pickle.pt", _with_pickle(b""), Reason.CORRUPT_PICKLE


def _pickle_of(saved: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(saved)) as file:
        return file.read(next(name for name in file.namelist() if name.endswith("/data.pkl")))


def _with_pickle(pickled: bytes) -> bytes:
    return replaced(written(state()), {"data.pkl": pickled})


def replaced(saved: bytes, entries: dict[str, bytes]) -> bytes:
    """A torch archive with some entries exchanged, and sound checksums."""
    with zipfile.ZipFile(io.BytesIO(saved)) as file:
        contents = {name: file.read(name) for name in file.namelist()}
    root = next(iter(contents)).partition("/")[0]
    return archive({**contents, **{f"{root}/{name}": data for name, data in entries.items()}})


def archive(contents: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """A zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        for name, data in contents.items():
            file.writestr(name, data)
    return buffer.getvalue()


def _archives() -> Iterator[Case]:
    saved = written(state())
    with zipfile.ZipFile(io.BytesIO(saved)) as file:
        contents = {name: file.read(name) for name in file.namelist()}
    root = next(iter(contents)).partition("/")[0]
    yield "half.pt", saved[: len(saved) // 2], Reason.CORRUPT_ZIP
    yield "no end.pt", saved[:-200], Reason.CORRUPT_ZIP
    yield "start only.pt", b"PK\x03\x04", Reason.CORRUPT_ZIP
    yield "flipped.pt", _flipped(saved, f"{root}/data/2"), Reason.CRC_MISMATCH
    yield "compressed.pt", archive(contents, zipfile.ZIP_DEFLATED), Reason.COMPRESSED_ZIP
    yield (
        "bomb.pt",
        archive({**contents, f"{root}/data/0": bytes(64_000_000)}, zipfile.ZIP_DEFLATED),
        Reason.COMPRESSED_ZIP,
    )
    for name in (f"{root}/../../etc/passwd", "/etc/passwd", f"{root}/data/../x", f"{root}\\data\\0", f"{root}/run.py"):
        yield f"entry {name!r}.pt".replace("/", "|"), archive({**contents, name: b"x"}), Reason.BAD_ENTRY
    yield "two roots.pt", archive({**contents, "other/data.pkl": b"x"}), Reason.BAD_ENTRY
    yield "no pickle.pt", archive({f"{root}/version": b"3"}), Reason.UNKNOWN_FORMAT
    yield "encrypted.pt", _marked_encrypted(saved), Reason.BAD_ENTRY
    yield "two archives.pt", written({name: t + 1 for name, t in state().items()}) + saved, Reason.CORRUPT_ZIP
    yield "junk behind.pt", saved + b"PK", Reason.CORRUPT_ZIP
    yield "PK before.pt", b"PK\x03\x04" + saved, Reason.CORRUPT_ZIP
    yield "many.pt", archive({f"r/data/{number}": b"" for number in range(20_001)}), Reason.BAD_ENTRY


def _flipped(saved: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(saved)) as file:
        entry = file.getinfo(name)
    data = bytearray(saved)
    # After the local header, whose padding torch makes long enough to align the weights.
    name_length, padding = struct.unpack_from("<HH", data, entry.header_offset + 26)
    data[entry.header_offset + 30 + name_length + padding] ^= 0xFF
    return bytes(data)


def _marked_encrypted(saved: bytes) -> bytes:
    data = bytearray(saved)
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def header(entries: dict[str, Any], data: bytes = b"") -> bytes:
    """A safetensors file with any header."""
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + data


def _headers() -> Iterator[Case]:
    saved = save(state())
    refused = Reason.SAFETENSORS_HEADER
    whole = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    yield "torn.safetensors", saved[:-1], refused
    yield "longer.safetensors", saved + b"x", refused
    yield "endless header.safetensors", struct.pack("<Q", 2**62) + saved[8:], refused
    yield "no json.safetensors", struct.pack("<Q", 20) + b"{" * 40, refused
    yield "deep json.safetensors", struct.pack("<Q", 600_000) + b'{"a":' * 120_000 + bytes(8), refused
    yield "list.safetensors", struct.pack("<Q", 10) + b'{"a": [1]}', refused
    yield "twice.safetensors", struct.pack("<Q", 14) + b'{"a":1,"a":2} ', refused
    yield "nothing.safetensors", header({}), refused
    yield "overlap.safetensors", header({"a": whole, "b": whole}, bytes(8)), refused
    yield "hole.safetensors", header({"a": {**whole, "data_offsets": [4, 12]}}, bytes(12)), refused
    yield (
        "beyond.safetensors",
        header({"a": {**whole, "shape": [2**40], "data_offsets": [0, 2**42]}}, bytes(8)),
        refused,
    )
    yield "negative.safetensors", header({"a": {**whole, "shape": [-2]}}, bytes(8)), refused
    yield "overflow.safetensors", header({"a": {**whole, "shape": [2**62, 4]}}, bytes(8)), refused
    yield "true.safetensors", header({"a": {**whole, "shape": [True, 2]}}, bytes(8)), refused
    yield "many.safetensors", header(dict.fromkeys(map(str, range(20_001)), whole), bytes(8)), refused
    yield (
        "complex.safetensors",
        header({"a": {**whole, "dtype": "C64", "shape": [1]}}, bytes(8)),
        Reason.UNSUPPORTED_TENSOR,
    )


def _contents() -> Iterator[Case]:
    weights = state()
    first = next(iter(weights))
    other = OrderedDict(timm.create_model("test_vit", num_classes=CLASS_COUNT).state_dict())
    yield "other architecture.pt", written(other), Reason.ARCHITECTURE_MISMATCH
    yield "absent.pt", written({name: t for name, t in weights.items() if name != first}), Reason.NAMES_MISMATCH
    yield "surplus.safetensors", save({**weights, "extra": torch.zeros(1)}), Reason.NAMES_MISMATCH
    yield "odd name.pt", written({**weights, "<script>alert(1)</script>": torch.zeros(1)}), Reason.NAMES_MISMATCH
    ten = timm.create_model(ARCHITECTURE, num_classes=10).state_dict()
    yield "ten classes.pt", written(ten), Reason.CLASS_COUNT_MISMATCH
    yield "shape.pt", written({**weights, first: torch.zeros(3, 3)}), Reason.SHAPE_MISMATCH
    yield "expanded.pt", written({**weights, first: torch.zeros(1).expand(2**34)}), Reason.SHAPE_MISMATCH
    for name, value in {"nan": torch.nan, "infinite": torch.inf}.items():
        yield f"{name}.pt", written({**weights, first: torch.full_like(weights[first], value)}), Reason.NON_FINITE
    huge = torch.full_like(weights[first], 1e300, dtype=torch.float64)
    yield "beyond float32.pt", written({**weights, first: huge}), Reason.NON_FINITE
    yield "whole numbers.pt", written({**weights, first: weights[first].long()}), Reason.UNSUPPORTED_TENSOR
    yield "number.pt", written({**weights, "epoch": 3}), Reason.NOT_A_STATE_DICT
    yield "list.pt", written([torch.zeros(1)]), Reason.NOT_A_STATE_DICT
    yield "tensor.pt", written(torch.zeros(1)), Reason.NOT_A_STATE_DICT
    yield "empty dict.pt", written({}), Reason.NOT_A_STATE_DICT
    yield "numbers as names.pt", written({1: torch.zeros(1)}), Reason.NOT_A_STATE_DICT
    deep: dict[str, Any] = {}
    for _ in range(50):
        deep = {"state_dict": deep}
    yield "deep.pt", written(deep), Reason.NOT_A_STATE_DICT
