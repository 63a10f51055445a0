"""The page of all settings, read from the class that checks them."""

from pydantic.fields import FieldInfo

from backend.settings import Settings


def page() -> str:
    """The page in Markdown: a row for each setting."""
    lines = [
        "# Settings",
        "",
        "Environment variables, or the same names in a file `.env` in the working folder. How they are used together",
        "stands in [Running it](../docs/operations.md).",
        "",
        "| variable | default | meaning |",
        "| --- | --- | --- |",
    ]
    lines += [
        f"| `WELLBEHAVED_{name.upper()}` | {_default(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(lines) + "\n"


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "your own"
    return "none" if field.default in (None, ()) else f"`{field.default}`"
