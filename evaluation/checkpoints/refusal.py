"""Why a file is not accepted as a checkpoint, under stable codes."""

from enum import StrEnum

from evaluation.errors import ModelFault


class Reason(StrEnum):
    """Stable codes of refusal; the value stands in answers."""

    NO_SUCH_FILE = "no_such_file"
    UNKNOWN_FORMAT = "unknown_format"
    PROGRAM = "program"
    EMPTY_FILE = "empty_file"
    CORRUPT_ZIP = "corrupt_zip"
    CRC_MISMATCH = "crc_mismatch"
    COMPRESSED_ZIP = "compressed_zip"
    BAD_ENTRY = "bad_entry"
    CORRUPT_PICKLE = "corrupt_pickle"
    UNSAFE_PICKLE = "unsafe_pickle"
    SAFETENSORS_HEADER = "safetensors_header"
    NOT_A_STATE_DICT = "not_a_state_dict"
    UNKNOWN_ARCHITECTURE = "unknown_architecture"
    UNKNOWN_WEIGHTS_KEY = "unknown_weights_key"
    SEVERAL_MODELS = "several_models"
    NAMES_MISMATCH = "names_mismatch"
    ARCHITECTURE_MISMATCH = "architecture_mismatch"
    CLASS_COUNT_MISMATCH = "class_count_mismatch"
    CLASS_NAMES_MISMATCH = "class_names_mismatch"
    SHAPE_MISMATCH = "shape_mismatch"
    NON_FINITE = "non_finite"
    UNSUPPORTED_TENSOR = "unsupported_tensor"
    BAD_METADATA = "bad_metadata"
    LOAD_FAILED = "load_failed"
    MEMORY_LIMIT = "memory_limit"
    CHECKER_KILLED = "checker_killed"
    NOT_CONFINED = "not_confined"

    @property
    def hint(self) -> str:
        """The next step for whoever handed the file in."""
        return _HINTS[self]


_SAVE = "Save the weights alone: safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')."
_AGAIN = (
    "The file was damaged on its way or when it was written. Save it again and compare its sha256 after the upload."
)
_HINTS = {
    Reason.NO_SUCH_FILE: "Name a checkpoint file that is there and that you may read.",
    Reason.UNKNOWN_FORMAT: "Accepted are .safetensors and what torch.save has written since PyTorch 1.6. " + _SAVE,
    Reason.PROGRAM: (
        "A program is run and not read, so that no service or worker takes one. Measure it where you trust it: "
        "wellbehaved evaluate FILE. " + _SAVE
    ),
    Reason.EMPTY_FILE: "Choose the file that holds the weights.",
    Reason.CORRUPT_ZIP: _AGAIN,
    Reason.CRC_MISMATCH: _AGAIN,
    Reason.COMPRESSED_ZIP: "torch.save never compresses. Submit the file as torch.save wrote it, not zipped again.",
    Reason.BAD_ENTRY: "Submit the file as torch.save wrote it, with nothing added.",
    Reason.CORRUPT_PICKLE: _AGAIN,
    Reason.UNSAFE_PICKLE: "Only tensors in dictionaries are read, never objects. " + _SAVE,
    Reason.SAFETENSORS_HEADER: _AGAIN,
    Reason.NOT_A_STATE_DICT: "Wanted is a dictionary from parameter names to tensors. " + _SAVE,
    Reason.UNKNOWN_ARCHITECTURE: "GET /v1/architectures lists the names; they are those of the timm library.",
    Reason.UNKNOWN_WEIGHTS_KEY: "Choose one of those, or leave the choice out.",
    Reason.SEVERAL_MODELS: "Say with --weights-key (over REST: weights_key) which of them is to be measured.",
    Reason.NAMES_MISMATCH: (
        "The names are mostly those of this architecture: save the state dict of that model alone, whole and "
        "under its own names, as model.state_dict() gives it."
    ),
    Reason.ARCHITECTURE_MISMATCH: "Choose the architecture that the weights were trained with.",
    Reason.CLASS_COUNT_MISMATCH: "Choose the benchmark that the model was trained for.",
    Reason.CLASS_NAMES_MISMATCH: (
        "Name the class folders as the model names its outputs, or choose the benchmark that it was trained for."
    ),
    Reason.SHAPE_MISMATCH: "Choose the architecture and the variant that the weights were trained with.",
    Reason.NON_FINITE: "Training has diverged, or the file is damaged. Submit an earlier checkpoint.",
    Reason.UNSUPPORTED_TENSOR: "Save dense tensors in the CPU's memory: float16, bfloat16, float32 or float64.",
    Reason.BAD_METADATA: "Correct the entry, or leave it out: the architecture's own preprocessing is then used.",
    Reason.LOAD_FAILED: _AGAIN,
    Reason.MEMORY_LIMIT: "Reading the file asks for more memory than its size warrants. " + _SAVE,
    Reason.NOT_CONFINED: (
        "The operator can see why with `wellbehaved doctor`, and take files of trusted people all the same by setting "
        "WELLBEHAVED_UNCONFINED_CHECKS=true."
    ),
    Reason.CHECKER_KILLED: "Reading the file took too long or crashed. " + _SAVE,
}


class CheckpointRefused(ModelFault):
    """A file is not accepted as a checkpoint.

    Args:
        reason: the stable code.
        message: what was found, with names and numbers, in one sentence.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        # Names in a file may hold terminal codes, or halves of characters that no answer can be written with.
        printable = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in message)
        super().__init__(f"{printable} {reason.hint}")
        self.reason = reason
        self.code, self.message, self.hint = reason.value, printable, reason.hint
