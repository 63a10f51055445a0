"""The REST interface, one file per resource; a file that defines `router` is found and served."""

import importlib
import pkgutil
from collections.abc import Collection

from fastapi import APIRouter
from fastapi.routing import APIRoute


def routers(resources: Collection[str] | None = None) -> list[APIRouter]:
    """The routers of resources: rankings first, which are asked most, the others in the order of their names.

    Args:
        resources: names of their files; all when absent.
    """
    known = [found.name for found in pkgutil.iter_modules(__path__)]
    names = sorted(
        (name for name in known if resources is None or name in resources), key=lambda name: (name != "rankings", name)
    )
    found: list[APIRouter] = [importlib.import_module(f"{__name__}.{name}").router for name in names]
    for route in (route for router in found for route in router.routes if isinstance(route, APIRoute)):
        # Generated clients name their methods so; FastAPI's own identifiers repeat the path.
        route.operation_id = route.name
    return found
