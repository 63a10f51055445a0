"""The closed list of what a checkpoint's pickle may name."""

import builtins
import pickletools

import pytest
import torch

from evaluation.checkpoints import pickle_names
from evaluation.checkpoints.pickle_names import FORBIDDEN_OPCODES, KNOWN_NAMES

DANGEROUS = (
    "os system", "posix system", "nt system", "subprocess Popen", "builtins eval", "builtins exec", "builtins getattr",
    "builtins __import__", "__builtin__ eval", "torch load", "torch.storage _load_from_bytes", "functools partial",
    "operator attrgetter", "torch.hub load", "importlib import_module", "codecs encode", "webbrowser open",
)  # fmt: skip


@pytest.mark.parametrize("name", DANGEROUS)
def test_nothing_that_runs_loads_or_reaches_further_is_named(name: str) -> None:
    assert name not in KNOWN_NAMES


def test_of_the_builtins_only_types_of_plain_data_are_named() -> None:
    kinds = {name.split()[1] for name in KNOWN_NAMES if name.split()[0] in ("builtins", "__builtin__")}
    assert all(isinstance(getattr(builtins, kind), type) for kind in kinds)
    assert kinds == {"set", "int", "float", "list", "dict"}


def test_a_name_has_one_treatment() -> None:
    groups = (
        pickle_names.TENSOR_NAMES, pickle_names.PLAIN_NAMES, pickle_names.DICTIONARY_NAMES, pickle_names.INERT_NAMES,
    )  # fmt: skip
    assert sum(map(len, groups)) == len(KNOWN_NAMES)
    assert all(len(name.split(" ")) == 2 for name in KNOWN_NAMES)


def test_the_instructions_are_python_s_and_the_types_torch_s() -> None:
    assert {opcode.name for opcode in pickletools.opcodes} >= FORBIDDEN_OPCODES
    assert all(hasattr(torch, name.split()[1]) for name in KNOWN_NAMES if name.startswith("torch "))
