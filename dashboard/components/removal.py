"""Deleting what one has brought in: an evaluation, its model, or the model's publication."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.wording import enumeration, plain_text
from wellbehaved import ApiError, Client

MENU = "evaluation.delete"
_REFUSAL = "evaluation.refusal."
_LISTED = 200

Answer = Mapping[str, Any]


def show(own: Client, answer: Answer) -> None:
    """Draw what can be done with an evaluation that is over, and with the model that it measured.

    Args:
        own: a connection with the token.
        answer: the evaluation.
    """
    model = _model(own, answer)
    if model is not None:
        _publication(own, answer["evaluation_id"], model)
    # Filled only when open: the evaluations of the model need not be asked for before.
    with st.popover("Delete", icon=":material/delete:", key=MENU, on_change="rerun") as menu:
        if menu.open:
            _deletions(own, answer, model)


def _model(own: Client, answer: Answer) -> Answer | None:
    """The model that was measured, where it is there still and none of the study's."""
    if answer["model_id"] is None:
        return None
    try:
        found = own.get(source.model_path(answer["model_id"]))
    except ApiError as error:
        if error.code != "unknown_model":
            raise
        return None
    return None if found["provenance"]["citation"] else found


def _publication(own: Client, evaluation_id: str, model: Answer) -> None:
    model_id = model["model_id"]
    if model["visibility"] == "public":
        label = "Unpublish (visible only with the access token)"
        button(label, evaluation_id, lambda: own.unpublish(model_id), key="evaluation.unpublish")
    else:
        label = "Publish (visible to everyone)"
        button(label, evaluation_id, lambda: own.publish(model_id), key="evaluation.publish")


def _deletions(own: Client, answer: Answer, model: Answer | None) -> None:
    evaluation_id = answer["evaluation_id"]
    st.markdown(evaluation_words(answer, model))
    button(
        "Delete this evaluation",
        evaluation_id,
        lambda: own.delete_evaluation(evaluation_id),
        key="evaluation.delete.evaluation",
        gone=answer["model_id"] or "",
    )
    if model is None:
        return
    model_id = model["model_id"]
    of_it = [each["evaluation_id"] for each in own.evaluations(limit=_LISTED) if each["model_id"] == model_id]
    st.markdown(model_words(model, of_it))
    button(
        "Delete the model",
        evaluation_id,
        lambda: own.delete_model(model_id),
        key="evaluation.delete.model",
        gone=model_id,
    )
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
    """What goes with a model."""
    seen = "visible to everyone" if model["visibility"] == "public" else "visible only with the access token"
    count = "its evaluation" if len(evaluation_ids) == 1 else "its evaluations"
    named = enumeration([f"`{each}`" for each in evaluation_ids])
    return (
        f"Deletes the model {plain_text(model['name'])} (`{model['model_id']}`; {seen}) from every ranking, with all "
        f"its values, on every benchmark, and {count} {named}."
    )


def button(
    label: str,
    evaluation_id: str,
    act: Callable[[], Any],
    *,
    key: str,
    gone: str | None = None,
) -> None:
    """A button that asks the service for something, and keeps its refusal for `show_refusal`.

    Args:
        label: of the button.
        evaluation_id: which evaluation is shown.
        act: what is asked for.
        key: of the button.
        gone: where it deletes: the model that may go with it, which the view then lets go of; "" if none.
    """

    def clicked() -> None:
        try:
            act()
        except ApiError as error:
            st.session_state[_REFUSAL + evaluation_id] = f"{error.detail} {error.next_step}".strip()
            return
        st.session_state[_REFUSAL + evaluation_id] = ""
        if gone is not None:
            _let_go(gone)

    st.button(label, on_click=clicked, key=key)


def _let_go(model_id: str) -> None:
    view = state.current()
    others = tuple(each for each in view["models"] if each != model_id)
    selection = None if view["select"] == model_id else view["select"]
    state.change({"evaluation": None, "models": others, "select": selection})


def show_refusal(evaluation_id: str) -> None:
    """What the service has refused to do with this evaluation, and why."""
    if refusal := st.session_state.get(_REFUSAL + evaluation_id):
        st.error(refusal)
