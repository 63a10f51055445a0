"""Readers of other people's tables, one file per format, discovered from this folder.

To add a format is to add a file with a function `read`; its name is what `--format` and `format=` take.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from backend.imports.foreign_table import Reader

READERS: Mapping[str, Reader] = MappingProxyType(
    {found.name: importlib.import_module(f"{__name__}.{found.name}").read for found in pkgutil.iter_modules(__path__)}
)
"""What reads each format, by its name."""
