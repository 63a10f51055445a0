"""The one closed list of what a checkpoint's pickle may name: the scan refuses all else, and the reader knows no more.

Names are written as the pickle's instruction GLOBAL has them: module, blank, name.
"""

_STORAGES = ("Float", "Half", "BFloat16", "Double", "Long", "Int", "Short", "Char", "Byte", "Bool")
_TYPES = (
    "float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool",
)  # fmt: skip
_PATHS = ("Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath")

# What a dictionary of tensors needs; torch's own restricted reader builds these.
TENSOR_NAMES = frozenset(
    {
        "collections OrderedDict",
        "torch._utils _rebuild_tensor_v2",
        "torch._utils _rebuild_parameter",
        *(f"torch {kind}Storage" for kind in _STORAGES),
    }
)
# What trainers keep beside the weights and torch's own reader takes: it is plain data.
PLAIN_NAMES = frozenset(
    {
        "_codecs encode",
        "builtins set",
        "__builtin__ set",
        "collections Counter",
        "torch Size",
        "torch device",
        *(f"torch {kind}" for kind in _TYPES),
    }
)
# A dictionary with a rule for absent keys: its entries are kept, the rule is not.
DICTIONARY_NAMES = frozenset({"collections defaultdict"})
# Read as stubs that keep nothing and do nothing; what the names stand for is never imported.
INERT_NAMES = frozenset(
    {
        "argparse Namespace",
        *(f"{module} {kind}" for module in ("pathlib", "pathlib._local") for kind in _PATHS),
        "numpy dtype",
        *(f"{module} scalar" for module in ("numpy.core.multiarray", "numpy._core.multiarray")),
        *(f"{module} {kind}" for module in ("builtins", "__builtin__") for kind in ("int", "float", "list", "dict")),
    }
)
KNOWN_NAMES = TENSOR_NAMES | PLAIN_NAMES | DICTIONARY_NAMES | INERT_NAMES

# Opcodes that name or make an object by other means than GLOBAL, whose argument can be read. NEWOBJ is none of them: it
# makes an instance of a class that GLOBAL has named before.
FORBIDDEN_OPCODES = frozenset(
    {"STACK_GLOBAL", "INST", "OBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4", "PERSID", "NEXT_BUFFER"}
)
