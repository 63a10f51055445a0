from html.parser import HTMLParser

import pytest

from backend.decision_record.schema import DecisionRecord, Doubt
from backend.decision_record.written_forms import (
    compared_with,
    doubts_by_model,
    interval,
    macs_text,
    reach,
    to_html,
    to_markdown,
)

NASTY = "<script>alert(1)</script> | *a* [x](http://elsewhere)"
ITEM = {
    "rank": 1, "overall_rank": 2, "model_id": "a", "name": NASTY, "licence": NASTY,
    "commercial_use": "no", "macs_billions": 4.089, "score": 1.25,
    "contributions": {"accuracy": 2.0, "shape_bias": -0.75}, "scores": {"accuracy": 0.8, "shape_bias": None},
    "p_first": 0.5, "rank_low": 1, "rank_high": 3, "measured_rank_low": None, "measured_rank_high": None,
}  # fmt: skip


@pytest.fixture
def record() -> DecisionRecord:
    return DecisionRecord.model_validate({
        "headline": f"{NASTY} leads.",
        "doubt": f"{NASTY} rests on a flagged value.",
        "data_version": "1-abc",
        "view": {
            "benchmark": "imagenet-1k", "benchmark_digest": None, "dimensions": ["accuracy"],
            "coverage": "1 of 9 dimensions", "protocol": "as-published", "quality": "all", "normalisation": "published",
            "normalisation_meaning": "Constants.", "preset": "paper", "preset_meaning": "Published.",
            "weights": {"accuracy": {"weight": 1, "share": 1}},
            "filters": [f"named like {NASTY}"], "query": {"q": NASTY},
        },
        "models": {"pool": 3, "passing": 2, "scored": 1},
        "top": [ITEM],
        "why": [f"{NASTY} leads B by 0.1."],
        "how_sure": {
            "among": "filtered", "compared": 1, "sentence": f"{NASTY} is first.",
            "jitter": 0.25, "draws": 10_000, "seed": 0, "confidence": 0.9, "measurement_note": NASTY,
            "leader_keeps": [{"dimension": "accuracy", "weight": 1, "from_weight": 0.5, "to_weight": None}],
        },
        "excluded": {
            "by_filters": 1, "without_score": 1, "without_score_names": [NASTY],
            "reasons": [{"dimension": "accuracy", "reason": "failed", "meaning": "It failed.", "models": 1}],
        },
        "doubts": [{"model_id": "a", "name": NASTY, "dimension": "accuracy", "flags": ["outlier"]}],
        "weak_classes": [
            {"model_id": "a", "name": NASTY, "classes": [
                {"name": NASTY, "images": 20, "recall": 0.25, "low": 0.11, "high": 0.47},
            ]},
        ],
        "ingredients": [{"dimension": "accuracy", "digest": "abc", "models": 2}],
        "notices": ["Accuracy mixes values."],
        "citation": "Somebody & al.",
        "reproduce": {"address": "http://x", "curl": f"curl '{NASTY}'", "python": f"print({NASTY!r})\n"},
    })  # fmt: skip


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not {name for name, _ in attrs} & {"src", "href", "onclick", "style"}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_html_needs_nothing_else_and_runs_nothing(record: DecisionRecord) -> None:
    page = to_html(record)
    reader = _Reader()
    reader.feed(page)
    assert reader.open == []
    assert not {"script", "link", "img", "iframe", "a"} & set(reader.tags)
    assert reader.tags.count("table") == 4
    assert f"{NASTY} leads." in "".join(reader.texts)
    assert "url(" not in page
    assert "@import" not in page
    assert 'aria-label="2.00 for it, 0.75 against it"' in page


def test_markdown_shows_names_as_they_are(record: DecisionRecord) -> None:
    text = to_markdown(record)
    outside = "".join(part for place, part in enumerate(text.split("```")) if place % 2 == 0)
    assert "<script>" not in outside
    assert "\\<script\\>" in outside
    assert "\\[x\\](http" in outside
    rows = [line for line in outside.splitlines() if line.startswith("| 1 |")]
    assert len(rows) == 1
    assert rows[0].replace("\\|", "").count("|") == 11


def test_what_speaks_for_a_model_is_drawn_right_of_the_middle_and_the_rest_left(record: DecisionRecord) -> None:
    page = to_html(record)
    assert '<rect class="against" x="72.7" y="3" width="27.3" height="10"/>' in page
    assert '<rect class="for" x="100.0" y="3" width="72.7" height="10"/>' in page


def test_markdown_parts_its_paragraphs_by_one_empty_line(record: DecisionRecord) -> None:
    empty = record.model_copy(update={"top": [], "why": [], "doubts": [], "doubt": None})
    for text in (to_markdown(record), to_markdown(empty)):
        assert "\n\n\n" not in text
        assert text.endswith("al.\n")
        for heading in (line for line in text.splitlines() if line.startswith("## ")):
            assert f"\n\n{heading}\n\n" in text


def test_a_record_of_nothing_is_written_too(record: DecisionRecord) -> None:
    empty = record.model_copy(update={"top": [], "why": [], "doubts": []})
    for text in (to_html(empty), to_markdown(empty)):
        assert "There is no second model to compare with." in text
        assert "None of these values is flagged." in text


def test_a_record_without_doubt_says_nothing_of_it(record: DecisionRecord) -> None:
    assert "Doubt:" in to_markdown(record)
    assert "Doubt:</strong>" in to_html(record)
    sure = record.model_copy(update={"doubt": None})
    assert "Doubt:" not in to_markdown(sure) + to_html(sure)


def test_who_is_compared_is_told_where_filters_leave_some_out(record: DecisionRecord) -> None:
    assert compared_with(record) == "Only the 2 models that pass the filters are compared."
    everybody = record.how_sure.model_copy(update={"among": "all"})
    assert compared_with(record.model_copy(update={"how_sure": everybody})) == (
        "All 3 models are compared, whatever the filters."
    )
    unfiltered = record.models.model_copy(update={"passing": 3})
    assert compared_with(record.model_copy(update={"models": unfiltered})) == ""


def test_the_doubts_of_a_model_stand_in_one_line(record: DecisionRecord) -> None:
    flagged = [
        Doubt(model_id=name.lower(), name=name, dimension=key, flags=flags)
        for name, key, flags in (
            ("A", "accuracy", ["outlier"]), ("A", "shape_bias", ["train-mode"]), ("A", "class_balance", ["outlier"]),
            ("B", "accuracy", ["outlier", "train-mode"]),
        )
    ]  # fmt: skip
    assert doubts_by_model(record.model_copy(update={"doubts": flagged})) == [
        "A: Accuracy, Class balance (outlier); Shape bias (train-mode)",
        "B: Accuracy (outlier, train-mode)",
    ]


def test_words_for_intervals_and_ends() -> None:
    assert (interval(1, 3), interval(2, 2), interval(None, None)) == ("1 to 3", "2", "not known")
    assert (reach(None), reach(1.5)) == ("any weight", "1.5000")


def test_a_cost_that_nobody_counted_is_said_to_be_so(record: DecisionRecord) -> None:
    assert (macs_text(4.08918), macs_text(None)) == ("4.09", "not counted")
    other = record.model_copy(update={"top": [record.top[0].model_copy(update={"macs_billions": None})]})
    assert "| no | not counted |" in to_markdown(other)
    assert '<td class="number">not counted</td>' in to_html(other)
