"""The sub-path of a host that a proxy serves this instance below: what may be one."""

import re
from typing import Final

_FORM: Final = re.compile(r"(/[A-Za-z0-9._~-]+)*")
# What service and dashboard have directly below their root. Below one of these it could not be said of an address
# whether the prefix is still in it.
OWN_NAMES: Final = frozenset(
    (
        "_stcore", "board", "compare", "component", "correlations", "docs", "evaluate", "findings", "groups", "guide",
        "media", "method", "metrics", "model", "oauth2", "openapi.json", "problems", "reproduction", "stability",
        "static", "static-offline-docs", "trade-offs", "v1",
    )
)  # fmt: skip


def checked_root_path(text: str) -> str:
    """The sub-path as it stands before addresses: with a slash at its start and none at its end, empty for none.

    Raises:
        ValueError: it is not the path of an address, or cannot be told from what lies below it.

    >>> checked_root_path("/rankings/"), checked_root_path("/")
    ('/rankings', '')
    """
    root = text.rstrip("/")
    parts = root.split("/")[1:]
    if not _FORM.fullmatch(root) or {".", ".."} & set(parts):
        raise ValueError(f"{text} is not a path below a host; write it from the slash on, such as /rankings")
    if parts and parts[0] in OWN_NAMES:
        raise ValueError(f"{text} begins with {parts[0]}, which an address of the instance itself has; choose another")
    return root
