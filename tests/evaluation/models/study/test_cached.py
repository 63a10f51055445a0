"""Weights are found where each library keeps them."""

import sys
from pathlib import Path

import pytest

from evaluation.models.study import cached
from evaluation.models.study.cached import is_cached, open_clip_repositories
from evaluation.models.study.table import study_models


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    place = tmp_path / "hub" / "checkpoints"
    place.mkdir(parents=True)
    return place


@pytest.mark.parametrize(
    ("model_id", "names"),
    [
        ("alexnet", ("alexnet-owt-7be5be79.pth",)),
        ("bagnet9", ("bagnet8-34f4ccd2.pth.tar",)),
        ("vit-s-14-dinov2-lp", ("dinov2_vits14_pretrain.pth", "dinov2_vits14_linear4_head.pth")),
    ],
)
def test_all_files_must_be_in_torchs_cache(checkpoints: Path, model_id: str, names: tuple[str, ...]) -> None:
    for name in names:
        assert not is_cached(study_models()[model_id])
        (checkpoints / name).touch()
    assert is_cached(study_models()[model_id])


def test_the_hub_is_asked_for_the_repository_of_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def held(repository: str, name: str) -> str | None:
        asked.append(repository)
        return "/path" if name == "open_clip_model.safetensors" else None

    monkeypatch.setattr(cached, "try_to_load_from_cache", held)
    models = study_models()
    repositories = open_clip_repositories(tuple(models.values()))
    assert len(repositories) == 24
    assert is_cached(models["clip-openai-rn50"], repositories=repositories)
    assert set(asked) == {"timm/resnet50_clip.openai"}
    assert not is_cached(models["clip-openai-rn50"])
    assert is_cached(models["deit-t"])
    assert asked[-1] == "timm/deit_tiny_patch16_224.fb_in1k"
    assert not is_cached(models["hiera-t-lp"])


def test_without_open_clip_nothing_is_known_of_its_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "open_clip", None)
    assert open_clip_repositories(tuple(study_models().values())) == {}
