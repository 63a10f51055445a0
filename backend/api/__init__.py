"""The REST interface, one file per resource; a file that defines `router` is found and served."""

import importlib
import pkgutil

from fastapi import APIRouter


def routers() -> list[APIRouter]:
    """The routers of all resources: rankings first, which are asked most, the others in the order of their names."""
    names = sorted(
        (found.name for found in pkgutil.iter_modules(__path__)), key=lambda name: (name != "rankings", name)
    )
    return [importlib.import_module(f"{__name__}.{name}").router for name in names]
