"""What is said where a library is not installed: which extra brings it, and the line that installs it."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, Final

from typer.core import TyperGroup

from evaluation.extras import Extra, way_to_install
from wellbehaved.terminal import fail

# By the name that is imported. tests/wellbehaved/test_missing_extras.py holds them to pyproject.toml.
BROUGHT_BY: Final[Mapping[str, Extra]] = {
    **dict.fromkeys(
        (
            "alembic", "dbos", "fastapi", "fastapi_offline", "httptools", "jaxtyping", "jinja2", "prometheus_client",
            "isal", "psycopg", "pyarrow", "pydantic", "pydantic_settings", "scipy", "sqlalchemy", "starlette",
            "tomli_w", "uvicorn", "uvloop", "zstandard",
        ),
        "server",
    ),
    **dict.fromkeys(("plotly", "streamlit"), "dashboard"),
    **dict.fromkeys(("cv2", "PIL", "safetensors", "timm", "torch", "torchmetrics", "torchvision"), "evaluation"),
    **dict.fromkeys(("onnx", "onnxruntime"), "onnx"),
    "obstore": "s3",
    "opentelemetry": "telemetry",
    **dict.fromkeys(("open_clip", "sentencepiece", "transformers"), "zero-shot"),
    **dict.fromkeys(("bcos", "einops", "gdown"), "study"),
}  # fmt: skip
# What a command needs as a whole: the first library that it misses would name a part. The others need the server.
_OF_COMMANDS: Final[Mapping[str, tuple[Extra, ...]]] = {
    "up": ("server", "dashboard"),
    "dashboard": ("dashboard",),
    **dict.fromkeys(("evaluate", "gate", "worker", "datasets"), ("evaluation",)),
}


class ExtraMissing(ModuleNotFoundError):
    """A library that an extra brings is not installed; the message says which extra, and how to get it."""


def extra_missing(what: str, *extras: Extra, instead: str = "") -> str:
    """The sentence about something that needs extras.

    Args:
        what: needs them, such as a command or a function.
        extras: which.
        instead: what can be done without them.
    """
    named = " and ".join(f"`{extra}`" for extra in extras)
    which = f"the extra {named}, which is" if len(extras) == 1 else f"the extras {named}, which are"
    return f"{what} needs {which} not installed. {way_to_install(*extras)}{instead}."


def is_brought_by_an_extra(error: ModuleNotFoundError) -> bool:
    """Whether what could not be imported belongs to an extra; anything else is a fault of the program's."""
    return (error.name or "").partition(".")[0] in BROUGHT_BY


def require_dashboard() -> None:
    """See that Streamlit is there, which another process is about to import.

    Raises:
        ModuleNotFoundError: it is not.
    """
    if find_spec("streamlit") is None:
        raise ModuleNotFoundError("No module named 'streamlit'", name="streamlit")


class CommandsWithExtras(TyperGroup):
    """Commands of which one that misses a library ends with a sentence."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer keeps the type of its contexts to itself
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            if not is_brought_by_an_extra(error):
                raise
            name = ctx.invoked_subcommand or ""
            command = self.get_command(ctx, name)
            asks = command is not None and any(option.name == "api" for option in command.params)
            # The dashboard takes an address as well, but cannot be had without its extra.
            remote = ", or name a running service with --api URL" if asks and name not in _OF_COMMANDS else ""
            fail(extra_missing(f"`wellbehaved {name}`", *_OF_COMMANDS.get(name, ("server",)), instead=remote))
