"""Claims about the study's models, re-tested on the current data: one file per claim in `claims/`, found by itself."""

import importlib
import pkgutil
from functools import cache

from backend.findings import claims
from backend.findings.claim import Claim


@cache
def all_claims() -> tuple[Claim, ...]:
    """Every claim, in the order in which a reader meets them."""
    names = (found.name for found in pkgutil.iter_modules(claims.__path__))
    found: list[Claim] = [importlib.import_module(f"{claims.__name__}.{name}").CLAIM for name in names]
    return tuple(sorted(found, key=lambda claim: (claim.place, claim.key)))
