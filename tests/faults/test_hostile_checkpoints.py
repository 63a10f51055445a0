"""No file, however made, runs code, exhausts memory or leaves anything behind; each sound one is accepted."""

import importlib.util
import io
import json
import pickle
import random
import struct
import sys
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save

from evaluation.checkpoints.checker import Checker
from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.checkpoints.scan import scan
from evaluation.models.loading import load

FEWEST_FILES = 50
MUTATIONS, MUTATIONS_IN_SOAK = 150, 10_000
MEGABYTE = 1024 * 1024


def _hostile() -> ModuleType:
    path = Path(__file__).with_name("hostile_checkpoints.py")
    spec = importlib.util.spec_from_file_location("hostile_checkpoints", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


hostile = _hostile()


def _cases(canary: Path) -> list[tuple[str, bytes, Reason | None]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of torch.jit, which makes one of the files
        return list(hostile.cases(canary))


def _outcome(checker: Checker, data: bytes, folder: Path) -> Reason | None:
    """The code of the refusal, or None where the file is accepted; in both cases nothing half-written stays."""
    file, written = folder / "file", folder / "weights.safetensors"
    file.write_bytes(data)
    try:
        checker.check(file, written, architecture=hostile.ARCHITECTURE, class_count=hostile.CLASS_COUNT)
    except CheckpointRefused as refused:
        reason: Reason | None = refused.reason
    else:
        reason = None
    if reason is not None:
        assert reason.hint
        assert {each.name for each in folder.iterdir()} <= {"file"}
        return reason
    with safe_open(written, "pt") as kept:
        assert kept.metadata()["architecture"] == hostile.ARCHITECTURE
        assert set(kept.keys()) == set(hostile.state())
    written.unlink()
    return None


def test_every_named_file_gets_its_code(checker: Checker, canary: Path, tmp_path: Path) -> None:
    folder = tmp_path / "uploads"
    folder.mkdir()
    cases = _cases(canary)
    assert len(cases) >= FEWEST_FILES
    wanted = {name: code for name, _, code in cases}
    assert len(wanted) == len(cases)
    assert {name: _outcome(checker, data, folder) for name, data, _ in cases} == wanted
    assert not canary.exists()


def test_both_doors_give_the_same_verdict_in_the_same_words(checker: Checker, canary: Path, tmp_path: Path) -> None:
    for number, (name, data, code) in enumerate(_cases(canary)):
        if len(data) > MEGABYTE:
            continue  # slow to no purpose: they are refused by what the two doors share before they open a file
        file, written = tmp_path / f"{number}.pt", tmp_path / f"{number}.safetensors"
        file.write_bytes(data)
        named, classes = hostile.ARCHITECTURE, hostile.CLASS_COUNT
        submitted = _words(partial(checker.check, file, written, architecture=named, class_count=classes))
        measured = _words(partial(load, named, class_count=classes, weights=file))
        assert measured == submitted, name
        assert (measured is None) == (code is None), name
        assert measured is None or json.dumps(measured, ensure_ascii=False).encode()
        assert measured is None or not {"\x1b", "weights_only"} & set(measured[1].split())
    assert not canary.exists()


def _words(door: Callable[[], object]) -> tuple[str, str, str] | None:
    try:
        door()
    except CheckpointRefused as refused:
        return refused.code, refused.message, refused.hint
    return None


def test_millions_of_entries_are_refused_before_they_are_read(tmp_path: Path) -> None:
    many = tmp_path / "many.pt"
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(30_000):
            archive.writestr(f"r/data/{number}", b"")
    tracemalloc.start()
    with pytest.raises(CheckpointRefused, match="30000 entries") as refused:
        scan(many)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused.value.reason is Reason.BAD_ENTRY
    assert peak < MEGABYTE


def test_the_canary_would_be_seen(canary: Path) -> None:
    # Shows that the files do run code where they are opened without care.
    name = "exec 2.pt"
    data = next(data for each, data, _ in _cases(canary) if each == name)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        pickled = archive.read(next(entry for entry in archive.namelist() if entry.endswith("data.pkl")))
    pickle.loads(pickled)
    assert canary.exists()


def test_mutations_are_accepted_or_refused_and_nothing_else(
    checker: Checker, canary: Path, tmp_path: Path, soak: bool
) -> None:
    rng = random.Random(0)
    sound = [hostile.written(hostile.state()), save(hostile.state())]
    folder = tmp_path / "uploads"
    folder.mkdir()
    accepted = 0
    for _ in range(MUTATIONS_IN_SOAK if soak else MUTATIONS):
        reason = _outcome(checker, _mutated(rng, rng.choice(sound)), folder)
        accepted += reason is None
        assert reason is not Reason.CHECKER_KILLED
    # Flipped bits of a safetensors file may be sound weights: it has no checksum.
    assert accepted < (MUTATIONS_IN_SOAK if soak else MUTATIONS) / 2
    assert not canary.exists()


def _mutated(rng: random.Random, data: bytes) -> bytes:
    kind = rng.randrange(4)
    if kind == 0:
        return data[: rng.randrange(len(data))]
    changed = bytearray(data)
    if kind == 1:
        for _ in range(rng.randrange(1, 50)):
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    elif kind == 2:
        # The first bytes are where formats say what they are.
        changed[rng.randrange(64)] = rng.randrange(256)
    else:
        at = rng.randrange(min(len(changed), 8192))
        changed[at : at + rng.randrange(1, 32)] = rng.randbytes(rng.randrange(32))
    return bytes(changed)


def test_a_bomb_is_refused_before_it_is_inflated(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.pt"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"")
        with archive.open("archive/data/0", "w", force_zip64=True) as entry:
            for _ in range(1024):
                entry.write(bytes(MEGABYTE))
    assert bomb.stat().st_size < 2 * MEGABYTE
    tracemalloc.start()
    with pytest.raises(CheckpointRefused) as refused:
        scan(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused.value.reason is Reason.COMPRESSED_ZIP
    assert peak < 5 * MEGABYTE


def test_a_header_of_two_to_the_62_bytes_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "endless.safetensors"
    file.write_bytes(struct.pack("<Q", 2**62) + b'{"a": 1}')
    with pytest.raises(CheckpointRefused, match=r"4611686018427387904 bytes long, in a file of 16"):
        scan(file)


def test_a_tensor_of_64_gigabytes_in_a_small_file_is_refused_by_its_shape(checker: Checker, tmp_path: Path) -> None:
    weights = hostile.state()
    first = next(iter(weights))
    data = hostile.written({**weights, first: torch.zeros(1).expand(2**34)})
    assert len(data) < 4 * MEGABYTE
    assert _outcome(checker, data, tmp_path) is Reason.SHAPE_MISMATCH
