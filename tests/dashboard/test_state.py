"""The view of a tab: what the address decides, and what it does not."""

from types import SimpleNamespace
from typing import ClassVar

import pytest
import streamlit as st

from dashboard import state
from dashboard.view_state import Notice, Vocabulary
from quba.ranking.presets import PRESETS

VOCABULARY = Vocabulary(presets={key: dict(preset.weights) for key, preset in PRESETS.items()})


def no_matter(tab: state.Tab, value: object) -> None:
    """What a widget does that no test moves."""


class Address(dict[str, str]):
    """Stands in for Streamlit's query parameters."""

    def get_all(self, name: str) -> list[str]:
        return self[name].split("&")

    def from_dict(self, query: dict[str, str]) -> None:
        self.clear()
        self.update(query)


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Address:
    fake = Address()
    monkeypatch.setattr(st, "query_params", fake)
    monkeypatch.setattr(st, "session_state", {})
    return fake


def travel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this run be one that Back or Forward has started."""
    monkeypatch.setattr(state, "get_script_run_ctx", lambda: SimpleNamespace(is_history_navigation=True))
    state.follow_history()


def test_the_first_run_reads_the_address(address: Address) -> None:
    address["w.accuracy"] = "2"
    state.restore(VOCABULARY)
    assert state.current().own_weights == {"accuracy": 2.0}


def test_a_repeated_name_is_a_list(address: Address) -> None:
    address["backbone"] = "resnet50&vit-b"
    state.restore(VOCABULARY)
    assert state.current()["backbone"] == ("resnet50", "vit-b")


def test_a_widget_changes_the_view_and_the_address_follows(address: Address) -> None:
    state.restore(VOCABULARY)
    state.change({"w.accuracy": 2.0})
    state.restore(VOCABULARY)
    state.publish()
    assert address == {"w.accuracy": "2"}


def test_an_address_still_under_way_does_not_undo_a_newer_move(address: Address) -> None:
    state.restore(VOCABULARY)
    state.change({"w.accuracy": 2.0})
    state.publish()
    address.clear()  # the browser sends the slider's next step with the address before the last
    state.change({"w.accuracy": 2.05})
    state.restore(VOCABULARY)
    assert state.current().own_weights == {"accuracy": 2.05}


def test_going_back_in_the_browser_goes_back_in_the_view(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    state.restore(VOCABULARY)
    state.change({"w.accuracy": 2.0})
    state.publish()
    address.clear()
    travel(monkeypatch)
    state.restore(VOCABULARY)
    assert state.current().query() == {}


def test_an_outage_does_not_forget_that_the_reader_went_back(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    state.restore(VOCABULARY)
    state.change({"w.accuracy": 2.0})
    address.clear()
    travel(monkeypatch)  # and the service does not answer, so that nothing is restored
    monkeypatch.setattr(state, "get_script_run_ctx", lambda: SimpleNamespace(is_history_navigation=False))
    state.follow_history()
    state.restore(VOCABULARY)
    assert state.current().query() == {}


def test_an_address_is_not_believed_when_the_reader_has_not_gone_there(address: Address) -> None:
    state.restore(VOCABULARY)
    state.change({"w.accuracy": 2.0})
    address["w.accuracy"] = "0"
    state.follow_history()
    state.restore(VOCABULARY)
    assert state.current().own_weights == {"accuracy": 2.0}


def test_moving_to_another_page_keeps_the_view(address: Address) -> None:
    address["w.accuracy"] = "2"
    state.restore(VOCABULARY)
    state.publish()
    address.clear()  # Streamlit clears the query when the page changes
    state.restore(VOCABULARY)
    state.publish()
    assert address == {"w.accuracy": "2"}


def test_changing_the_ranking_starts_its_table_again_and_picking_does_not(address: Address) -> None:
    address["page"] = "3"
    state.restore(VOCABULARY)
    state.change({"select": "resnet50"})
    assert state.current()["page"] == 3
    state.change({"w.accuracy": 2.0})
    assert state.current()["page"] == 1


def test_notices_stay_until_they_are_dismissed(address: Address) -> None:
    address["w.accuracy"] = "-1"
    state.restore(VOCABULARY)
    state.publish()
    state.restore(VOCABULARY)
    assert [notice.parameter for notice in state.tab().notices] == ["w.accuracy"]
    state.add_notice(Notice("select", "nobody", "there is no such model."))
    state.add_notice(Notice("select", "nobody", "there is no such model."))
    assert len(state.tab().notices) == 2
    state.dismiss_notices()
    assert state.tab().notices == []


def test_models_that_do_not_exist_are_dropped_with_a_notice(address: Address) -> None:
    address.update({"select": "nobody", "models": "alexnet,nobody"})
    state.restore(VOCABULARY)
    state.drop_unknown_models({"alexnet"})
    assert state.current().query() == {"models": "alexnet"}
    assert [notice.parameter for notice in state.tab().notices] == ["select", "models"]


def test_a_moved_widget_changes_the_view_at_the_start_of_the_next_run(address: Address) -> None:
    state.restore(VOCABULARY)
    state.bind("weight", 1.0, lambda tab, value: tab.change({"w.accuracy": value}))
    state.publish()
    st.session_state["weight"] = 2.0
    state.follow_widgets()
    state.restore(VOCABULARY)
    assert state.current().own_weights == {"accuracy": 2.0}


def test_a_move_whose_run_was_given_up_is_found_by_the_next_run(address: Address) -> None:
    state.restore(VOCABULARY)
    state.bind("weight", 1.0, lambda tab, value: tab.change({"w.accuracy": value}))
    state.publish()
    st.session_state["weight"] = 1.05  # the run for this one ends before it begins
    st.session_state["weight"] = 1.1
    state.follow_widgets()
    state.restore(VOCABULARY)
    state.bind("weight", state.current().weights["accuracy"], no_matter)
    assert st.session_state["weight"] == 1.1


def test_a_button_comes_after_what_was_done_just_before_it(address: Address) -> None:
    """Streamlit calls it before the run that would take the widget over: a reset was undone by the step before it."""
    state.restore(VOCABULARY)
    state.bind("weight", 1.0, lambda tab, value: tab.change({"w.accuracy": value}))
    st.session_state["weight"] = 1.1
    state.change({"w.accuracy": None})
    state.follow_widgets()
    assert state.current().own_weights == {}


def test_a_view_changed_from_elsewhere_sets_the_widget(address: Address) -> None:
    state.restore(VOCABULARY)
    state.bind("weight", 1.0, lambda tab, value: tab.change({"w.accuracy": value}))
    state.change({"preset": "edge"})
    default = state.bind("weight", state.current().weights["accuracy"], no_matter)
    assert st.session_state["weight"] == default == 1.5


def test_the_view_cannot_be_read_before_the_address(address: Address) -> None:
    with pytest.raises(RuntimeError, match="restore"):
        state.current()
    state.tab().change({"page": 2})
    assert state.tab().view is None


def test_a_page_that_does_not_exist_is_named_and_leaves_the_address(address: Address) -> None:
    address |= {state.NO_PAGE: "/nosuchpage", "w.accuracy": "2"}
    state.restore(VOCABULARY)
    assert state.tab().notices == [Notice("", "/nosuchpage", "there is no such page.")]
    state.publish()
    assert address == {"w.accuracy": "2"}


def test_a_field_that_may_be_empty_is_sent_its_value_until_the_reader_has_changed_it(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Session(dict[str, object]):
        sent: ClassVar[list[object]] = []

        def __setitem__(self, key: str, value: object) -> None:
            if key == "limit":
                self.sent.append(value)
            super().__setitem__(key, value)

    session = Session()
    monkeypatch.setattr(st, "session_state", session)
    address["parameters_millions.lte"] = "30"
    state.restore(VOCABULARY)

    def run() -> None:
        state.follow_widgets()
        name = "parameters_millions.lte"
        state.bind_emptiable("limit", state.current()[name], lambda tab, value: tab.change({name: value}))

    run()
    run()  # overtakes the first one, whose value the browser may never have seen
    assert Session.sent == [30.0, 30.0]
    dict.__setitem__(session, "limit", 31.0)
    run()
    run()
    assert Session.sent == [30.0, 30.0]
    state.change({"parameters_millions.lte": 20.0})  # from elsewhere
    run()
    run()
    assert Session.sent == [30.0, 30.0, 20.0, 20.0]
    dict.__setitem__(session, "limit", None)
    run()
    assert state.current().query() == {}


def test_what_a_benchmark_does_not_measure_is_left_out_and_said(address: Address) -> None:
    address.update({"x": "shape_bias", "shape_bias.gte": "0.5", "w.shape_bias": "2"})
    state.restore(VOCABULARY)
    state.keep_to("Flowers", ("accuracy", "parameters_millions"))
    assert state.current().query() == {"x": "score", "w.shape_bias": "2"}
    assert sorted(map(str, state.tab().notices)) == [
        "shape_bias.gte=0.5 was ignored: Flowers does not measure that.",
        "x=shape_bias was ignored: Flowers does not measure that.",
    ]


def test_defaults_that_a_benchmark_does_not_measure_change_without_a_word(address: Address) -> None:
    state.restore(VOCABULARY)
    state.keep_to("Flowers", ("calibration_error",))
    assert state.current().query() == {"x": "score", "y": "score"}
    assert not state.tab().notices
