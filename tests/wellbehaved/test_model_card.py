"""A section of a model card, and its metadata as the Hub's own parser reads it."""

from dataclasses import replace
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard
from huggingface_hub.repocard_data import model_index_to_eval_results

from backend.imports.citation import CITATION
from quba.dimensions import BUILT_IN
from tests.wellbehaved.profiles import CONDITIONS, make_profile
from wellbehaved.further_values import FurtherValue
from wellbehaved.model_card import card


def test_the_section_names_figures_conditions_versions_and_source() -> None:
    profile = make_profile("a|b <i>", conditions=replace(CONDITIONS, digest="sha256:01"), notes=("Put back.",))
    card = profile.card()
    assert card.startswith("## Behaviour\n")
    assert "a\\|b \\<i\\> on Toy shapes, corrected, seed 0, sha256:01." in card
    assert "| Accuracy | higher | 0.6250 ± 0.1710 | 0.2898 to 0.9602 | 8 |  |" in card
    assert "| Adversarial robustness | higher | none (not\\_applicable) |  | 8 | not\\_applicable |" in card
    assert "- Adversarial robustness: No \\<pixels\\> \\| are known." in card
    assert "Benchmark `toy-shapes`, contents `sha256:01`." in card
    assert "Measured 2026-11-26T09:00:00+00:00 in fp32 on cpu with wellbehaved" in card
    assert "- Put back." in card
    assert CITATION in card
    rows = [line for line in card.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {7}


def test_the_hub_reads_the_metadata() -> None:
    profile = make_profile(conditions=replace(CONDITIONS, digest="sha256:01", samples_per_class=5))
    head = profile.card("yaml")
    name, results = model_index_to_eval_results(yaml.safe_load(head)["model-index"])
    assert name == "mine"
    found = {each.metric_type: each.metric_value for each in results}
    # What has no value is left out, and never 0.
    assert found == {"accuracy": 0.625, "calibration_error": 0.1, "parameters_millions": 0.3}
    accuracy = results[0]
    assert (accuracy.task_type, accuracy.dataset_type, accuracy.dataset_name) == (
        "image-classification", "toy-shapes", "Toy shapes",
    )  # fmt: skip
    assert accuracy.dataset_revision == "sha256:01"
    assert accuracy.dataset_args == {"protocol": "corrected", "seed": 0, "samples_per_class": 5}
    assert accuracy.metric_args == {"standard_error": 0.171, "images": 8, "flags": []}


def test_a_whole_card_is_read() -> None:
    profile = make_profile()
    card = ModelCard(f"---\n{profile.card('yaml')}---\n{profile.card()}")
    told: Any = card.data
    assert told.model_name == "mine"
    assert next(each.metric_type for each in told.eval_results) == "accuracy"
    assert "revision" not in yaml.safe_load(profile.card("yaml"))["model-index"][0]["results"][0]["dataset"]


def test_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="form is 'pdf'; use one of: md, yaml"):
        make_profile().card("pdf")


def test_a_name_brings_no_picture_and_no_link_into_the_card() -> None:
    card = make_profile("![x](http://elsewhere/x.png)").card()
    assert "![" not in card
    assert "\\!\\[x\\]" in card


def test_values_from_elsewhere_stand_below_in_each_form() -> None:
    profile = make_profile()
    further = [
        FurtherValue(about=BUILT_IN["macs_billions"], value=4.089, standard_error=None, note="counted | with torch"),
    ]
    section = card(profile, "md", further)
    assert section.startswith(profile.card().rstrip("\n"))
    assert "| Multiply-accumulates | lower | 4.09 billions per image | counted \\| with torch |" in section
    [entry] = yaml.safe_load(card(profile, "yaml", further))["model-index"]
    assert entry["results"][0]["metrics"][-1] == {
        "type": "macs_billions", "name": "Multiply-accumulates", "value": 4.089,
        "args": {"unit": "billions per image", "standard_error": None, "source": "counted | with torch"},
    }  # fmt: skip
    assert "4.09 billions per image" in card(profile, "html", further)
    assert card(profile, "html") == profile.card("html")
