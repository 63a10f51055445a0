"""The REST interface, one file per resource; a file that defines `router` is found and served."""

import importlib
import pkgutil

from fastapi import APIRouter
from fastapi.routing import APIRoute


def routers() -> list[APIRouter]:
    """The routers of all resources: rankings first, which are asked most, the others in the order of their names."""
    names = sorted(
        (found.name for found in pkgutil.iter_modules(__path__)), key=lambda name: (name != "rankings", name)
    )
    found: list[APIRouter] = [importlib.import_module(f"{__name__}.{name}").router for name in names]
    for route in (route for router in found for route in router.routes if isinstance(route, APIRoute)):
        # Generated clients name their methods so; FastAPI's own identifiers repeat the path.
        route.operation_id = route.name
    return found
