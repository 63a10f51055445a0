"""The calls that ask for a view again."""

import shlex
from collections.abc import Mapping
from urllib.parse import urlencode

from backend.decision_record.schema import Reproduction
from backend.ranking.parameters import AMONG, FILTERS, WEIGHT_PREFIX

_SCRIPT = """\
from wellbehaved import Client

with Client({address!r}) as client:
    ranking = client.rankings.get(
{arguments}    )
    print(ranking.data_version)
    print(ranking.frame[["rank", "name", "score"]].head({top}))
"""


def reproduction(address: str, query: Mapping[str, str], top: int) -> Reproduction:
    """The view as an address, as a curl call and as a Python script.

    Args:
        address: where the service is reached.
        query: parameters of /v1/rankings.
        top: how many models to show.
    """
    query = {name: value for name, value in query.items() if name not in AMONG}  # A ranking needs no such word.
    parameters = urlencode({**query, "limit": str(top)})
    target = f"{address.rstrip('/')}/v1/rankings?{parameters}"
    return Reproduction(
        address=target,
        # Quoted: & and * of a filter would otherwise be the shell's.
        curl=f"curl --fail --silent --show-error {shlex.quote(target)}",
        python=_SCRIPT.format(address=address, arguments=_arguments(query), top=top),
    )


def _arguments(query: Mapping[str, str]) -> str:
    weights = {name.removeprefix(WEIGHT_PREFIX): float(value) for name, value in query.items() if _is_weight(name)}
    filters = {name: value for name, value in query.items() if name in FILTERS}
    rest = {name: value for name, value in query.items() if not _is_weight(name) and name not in FILTERS}
    named = {**({"weights": weights} if weights else {}), **rest, **({"filters": filters} if filters else {})}
    # repr makes every value a Python literal, whatever a filter's text holds.
    return "".join(f"        {name}={value!r},\n" for name, value in named.items())


def _is_weight(name: str) -> bool:
    return name.startswith(WEIGHT_PREFIX)
