"""The table of loaders against the published table, whose models it loads."""

import csv
from collections import Counter
from importlib.resources import files

import pytest
import timm
import torchvision

from evaluation.models.study.recipes import RECIPES
from evaluation.models.study.table import study_models

LIBRARIES = {"timm", "torchvision", "open_clip"}
COUNTS = {
    "timm": 144, "torchvision": 67, "timm-release": 36, "open_clip": 24, "robustbench": 12, "bcos": 12, "dinov2": 6,
    "hiera": 5, "bagnet": 3, "dino": 3, "mae": 1, None: 13,
}  # fmt: skip


@pytest.fixture(scope="module")
def published() -> list[dict[str, str]]:
    with (files("backend.imports") / "published_scores.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_model_of_the_study_is_there_as_it_was_published(published: list[dict[str, str]]) -> None:
    assert list(study_models()) == [row["model_id"] for row in published]
    for row in published:
        identity = study_models()[row["model_id"]].identity
        for name in ("name", "architecture", "training", "pretraining_data", "backbone", "source_library"):
            assert getattr(identity, name) == row[name], (row["model_id"], name)
        for name in ("recipe", "head", "source_identifier"):
            assert getattr(identity, name) == (row[name] or None), (row["model_id"], name)


def test_all_but_one_of_the_released_have_a_loader_and_the_rest_a_sentence() -> None:
    assert Counter(each.loader for each in study_models().values()) == COUNTS
    for each in study_models().values():
        assert each.loader is None or each.loader in LIBRARIES | RECIPES.keys()
        assert bool(each.loader) != bool(each.reason), each.model_id
        assert not each.reason or each.reason.endswith(".")
        assert bool(each.files) == (each.loader in RECIPES)
    without = [each for each in study_models().values() if each.loader is None]
    assert [each.model_id for each in without if each.identity.source_library != "unreleased"] == ["mobileclip-s0"]


def test_libraries_are_asked_for_the_published_weights() -> None:
    for each in study_models().values():
        source = each.identity.source_identifier or ""
        if each.loader == "timm":
            assert each.loads == source
        if each.loader == "torchvision":
            model, tag = each.loads.split("/")
            assert f"{model}/{torchvision.models.get_model_weights(model)[tag]}" == source


def test_files_are_those_that_the_published_table_names() -> None:
    base = "https://github.com/huggingface/pytorch-image-models/releases/download/v0.1-rsb-weights/"
    # timm's own registry has files of this release, at the address that the organisation had before.
    known = timm.get_pretrained_cfg("resnet50.a1_in1k")
    assert known is not None
    assert "rwightman/pytorch-image-models/releases/download/v0.1-rsb-weights/" in str(known.url)
    for each in study_models().values():
        if each.loader == "timm-release":
            architecture, _, name = str(each.identity.source_identifier).partition("@")
            assert [file.url for file in each.files] == [base + name]
            assert each.loads.partition(".")[0] == architecture
            assert timm.get_pretrained_cfg(each.loads) is not None
        for file in each.files:
            assert file.url.startswith(("https://", "gdrive:"))
            if file.checksum:
                # The first digits of the sha256 are in the name, as torch's own hub checks them.
                assert f"-{file.checksum}.pth" in file.url
    stated = Counter(each.loader for each in study_models().values() for file in each.files if file.checksum)
    assert stated == {"timm-release": 36, "bcos": 12, "bagnet": 3}


def test_no_two_models_take_the_same_file() -> None:
    urls = [file.url for each in study_models().values() for file in each.files]
    assert len(urls) == len(set(urls))
    paths = [file.path for each in study_models().values() for file in each.files]
    assert len(paths) == len(set(paths))
