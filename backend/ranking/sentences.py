"""How sure an answer is, in a sentence that REST, the page and the decision record share."""

from backend.ranking.contenders import Contenders
from quba.deciding.stability import Acceptability

# What rounds to 1 % or more.
_WORTH_NAMING = 0.005


def stability_sentence(found: Acceptability, contenders: Contenders, around: str) -> str:
    """In how many of the drawn weightings the leader leads, and who leads most often else; empty for a single model.

    Args:
        found: shares of the drawn weightings.
        contenders: the models compared, one or more of them scored.
        around: `weights` or `anything`, as the weightings were drawn.
    """
    if contenders.scored_places.size == 1:
        return ""  # Nothing could take the lead from it.
    leader = int(contenders.scored_places[0])
    drawn = "all weightings" if around == "anything" else "nearby weightings"
    text = f"{_scope(contenders)}, {contenders.names[leader]} is first in {share(found.first[leader])} of {drawn}"
    rival = int(max(contenders.scored_places[1:].tolist(), key=lambda place: found.first[place]))
    if found.first[rival] >= _WORTH_NAMING:
        text += f", {contenders.names[rival]} in {share(found.first[rival])}"
    return f"{text}."


def _scope(contenders: Contenders) -> str:
    scored = "" if contenders.scored_places.size == contenders.rows.size else "scored "
    models = f"{contenders.scored_places.size:,} {scored}models"
    filtered = bool(contenders.view.filters) and contenders.view.among == "filtered"
    return f"Among the {models} that pass the filters" if filtered else f"Among all {models}"


def share(value: float) -> str:
    """A share in per cent that says neither all nor none unless it is so."""
    if 0 < value < _WORTH_NAMING:
        return "less than 1 %"
    return "more than 99 %" if 1 - _WORTH_NAMING < value < 1 else f"{value:.0%}".replace("%", " %")
