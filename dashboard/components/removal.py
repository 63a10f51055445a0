"""Deleting what one has brought in: an evaluation, a model, or a model's publication."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.wording import enumeration, plain_text
from wellbehaved import ApiError, Client

MENU = "evaluation.delete"
MODEL_MENU = "model.delete"
_REFUSAL = "refusal."
_LISTED = 200

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Going:
    """What a deletion takes with it, of which the view then lets go.

    Attributes:
        model_id: the model; "" if none.
        evaluation_ids: the evaluations.
    """

    model_id: str
    evaluation_ids: Sequence[str]


def show(own: Client, answer: Answer) -> None:
    """Draw what can be done with an evaluation that is over, and with the model that it measured.

    Args:
        own: a connection with the token.
        answer: the evaluation.
    """
    model = None if answer["model_id"] is None else source.own_model(own, answer["model_id"])
    if model is not None:
        _publication(own, answer["evaluation_id"], model, key="evaluation")
    # Filled only when open: the evaluations of the model need not be asked for before.
    with st.popover("Delete", icon=":material/delete:", key=MENU, on_change="rerun") as menu:
        if menu.open:
            _deletions(own, answer, model)


def show_model(own: Client, model_id: str) -> None:
    """Draw what can be done with a model of one's own, whether it was measured here or imported.

    Args:
        own: a connection with the token.
        model_id: any model; of the study's nothing is drawn.
    """
    model = source.own_model(own, model_id)
    if model is None:
        return
    with st.container(horizontal=True, key="model.own"):
        _publication(own, model_id, model, key="model")
        with st.popover("Delete", icon=":material/delete:", key=MODEL_MENU, on_change="rerun") as menu:
            if menu.open:
                _deletion_of_model(own, model_id, model, menu=MODEL_MENU)
    show_refusal(model_id)


def _publication(own: Client, subject: str, model: Answer, *, key: str) -> None:
    model_id = model["model_id"]
    if model["visibility"] == "public":
        label = "Unpublish (visible only with the access token)"
        button(label, subject, lambda: own.models.unpublish(model_id), key=f"{key}.unpublish")
    else:
        label = "Publish (visible to everyone)"
        button(label, subject, lambda: own.models.publish(model_id), key=f"{key}.publish")


def _deletions(own: Client, answer: Answer, model: Answer | None) -> None:
    evaluation_id = answer["evaluation_id"]
    st.markdown(evaluation_words(answer, model))
    button(
        "Delete this evaluation",
        evaluation_id,
        lambda: own.evaluations.delete(evaluation_id),
        key=f"{MENU}.evaluation",
        going=Going(answer["model_id"] or "", [evaluation_id]),
    )
    if model is not None:
        _deletion_of_model(own, evaluation_id, model, menu=MENU)


def _deletion_of_model(own: Client, subject: str, model: Answer, *, menu: str) -> None:
    model_id = model["model_id"]
    of_it = [each["evaluation_id"] for each in own.evaluations.list(limit=_LISTED) if each["model_id"] == model_id]
    st.markdown(model_words(model, of_it))
    going = Going(model_id, of_it)
    button("Delete the model", subject, lambda: own.models.delete(model_id), key=f"{menu}.model", going=going)
    st.caption("A deletion cannot be undone.")


def evaluation_words(answer: Answer, model: Answer | None) -> str:
    """What goes with an evaluation."""
    text = (
        f"Deletes the evaluation `{answer['evaluation_id']}` of {plain_text(answer['name'])} on {answer['benchmark']}"
    )
    if model is None:
        return f"{text}, with its results so far."
    return (
        f"{text}, with all that it measured. The model {plain_text(model['name'])} (`{model['model_id']}`) goes, too, "
        "unless something else has measured it."
    )


def model_words(model: Answer, evaluation_ids: Sequence[str]) -> str:
    """What goes with a model; one that was imported has no evaluations."""
    seen = "visible to everyone" if model["visibility"] == "public" else "visible only with the access token"
    text = (
        f"Deletes the model {plain_text(model['name'])} (`{model['model_id']}`; {seen}) from every ranking, with all "
        "its values, on every benchmark"
    )
    if not evaluation_ids:
        return f"{text}."
    count = "its evaluation" if len(evaluation_ids) == 1 else "its evaluations"
    return f"{text}, and {count} {enumeration([f'`{each}`' for each in evaluation_ids])}."


def button(
    label: str,
    subject: str,
    act: Callable[[], Any],
    *,
    key: str,
    going: Going | None = None,
) -> None:
    """A button that asks the service for something, and keeps its refusal for `show_refusal`.

    Args:
        label: of the button.
        subject: the evaluation or the model that is shown.
        act: what is asked for.
        key: of the button.
        going: where it deletes: what may go, which the view then lets go of.
    """

    def act_or_refuse() -> None:
        try:
            act()
        except ApiError as error:
            st.session_state[_REFUSAL + subject] = f"{error.detail} {error.next_step}".strip()
            return
        st.session_state[_REFUSAL + subject] = ""
        if going is not None:
            _let_go(going)

    st.button(label, on_click=act_or_refuse, key=key)


def _let_go(going: Going) -> None:
    view = state.current()
    others = tuple(each for each in view["models"] if each != going.model_id)
    selection = None if view["select"] == going.model_id else view["select"]
    # The view may hold the evaluation of another model, to which the reader goes back.
    evaluation = None if view["evaluation"] in going.evaluation_ids else view["evaluation"]
    state.change({"evaluation": evaluation, "models": others, "select": selection})


def show_refusal(subject: str) -> None:
    """What the service has refused to do with this evaluation or model, and why."""
    if refusal := st.session_state.get(_REFUSAL + subject):
        st.error(refusal)
