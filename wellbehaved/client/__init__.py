"""Typed Python client of the REST API: answers come back as DataFrames and plain dictionaries.

The argument names are the API's parameter names, so a browser link, a ``curl`` call and a client call read the same.
A client remembers the entity tag of its latest answers: asking again costs a round trip but no recomputation.

Example:
    >>> from wellbehaved import Client
    >>> with Client("http://127.0.0.1:8000") as client:  # doctest: +SKIP
    ...     ranking = client.rankings.get(weights={"accuracy": 2}, filters={"architecture": ["cnn"]}, limit=3)
    ...     print(ranking.frame[["rank", "name", "score"]])
"""

from wellbehaved.client.awaiting import AsyncClient
from wellbehaved.client.blocking import Client
from wellbehaved.client.exchange import PAGE_SIZE

__all__ = ["PAGE_SIZE", "AsyncClient", "Client"]
