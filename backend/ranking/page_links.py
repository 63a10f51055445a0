"""Links from one page of a list to others, as RFC 8288 has them, for programs that follow pages by `Link` alone."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote_plus

from fastapi import Request

LINK: Final = "Link"
_CURSOR: Final = "cursor"
# All that may stand in the query of a URI; what is encoded already stays as it is.
_IN_A_QUERY: Final = "%&=+:/?@!$'()*,;~-._"


def page_links(request: Request, cursors: Mapping[str, str | None]) -> dict[str, str]:
    """The header that leads to other pages of the same list.

    The addresses are relative to the request's own: whichever host and path a proxy gave it, they lead back there.

    Args:
        request: for its query.
        cursors: by relation, such as `next`; None for the first page, which has no cursor.

    Returns:
        The header by its name; nothing where there are no links, or where the question is in a body.
    """
    if not cursors or request.method != "GET":
        return {}
    query: bytes = request.scope["query_string"]
    sent = query.decode("latin-1")
    others = [part for part in sent.split("&") if part]
    # A first page has none, which one look at the whole tells.
    if _CURSOR in unquote_plus(sent):
        others = [part for part in others if _name(part) != _CURSOR]
    links = []
    for relation, cursor in cursors.items():
        parts = others if cursor is None else [*others, f"cursor={cursor}"]
        links.append(f'<?{quote("&".join(parts), safe=_IN_A_QUERY)}>; rel="{relation}"')
    return {LINK: ", ".join(links)}


def _name(part: str) -> str:
    """Of a parameter as the service reads it, which may be sent with any of its letters encoded."""
    return unquote_plus(part.partition("=")[0])


def following_links(request: Request, cursor: str | None, following: str | None) -> dict[str, str]:
    """The header of a list that is read forwards only: to the next page, and from later ones to the first.

    Args:
        request: as for `page_links`.
        cursor: of this page; None for the first.
        following: cursor of the next page; None on the last.
    """
    cursors: dict[str, str | None] = {"next": following} if following else {}
    return page_links(request, cursors if cursor is None else {**cursors, "first": None})
