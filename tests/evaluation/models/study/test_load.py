"""Models of the study by name, with generated weights of the published names and shapes in the place of the real."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import timm
import torch
import torchvision

from evaluation.datasets.class_maps import WNIDS
from evaluation.errors import ModelRefused, UnknownModel, WeightsUnavailable, WrongClassCount
from evaluation.models import hub
from evaluation.models.loading import load
from evaluation.models.study.load import library_name, load_released, study_model
from evaluation.models.study.table import study_models
from evaluation.models.study.weight_files import WeightFile

SMALL = study_models()["efficientnet-b0-a1"]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(hub, "_silence", hub._Silence())
    place = tmp_path / "torch" / "hub" / "checkpoints"
    place.mkdir(parents=True)
    return place


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def put(path: Path) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    tensors = dict(timm.create_model("tf_efficientnet_b0").state_dict())
    torch.save(tensors, path)
    return tensors


def test_released_weights_are_fetched_and_loaded_under_the_studys_name(server: str, tmp_path: Path) -> None:
    tensors = put(tmp_path / "served" / "net.pth")
    here = replace(SMALL, files=(WeightFile(url=f"{server}/net.pth", checksum=""),))
    model = load_released(here, class_count=1000, device="cpu")
    assert model.name == "study:efficientnet-b0-a1"
    assert model.identity == SMALL.identity
    assert not model.net.training
    found = model.net.state_dict()
    assert found.keys() == tensors.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in tensors.items())
    assert round(model.parameter_count / 1e6, 1) == 5.3


def test_a_name_of_the_study_stands_for_its_released_weights(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = SMALL.files[0].path
    assert file.parent == cache
    put(file)
    # The checksum is the published file's, which the generated one is not.
    monkeypatch.setattr("evaluation.datasets.installation.download.digest_of", lambda *_: SMALL.files[0].checksum + "0")
    for name in ("efficientnet-b0-a1", "study:efficientnet-b0-a1"):
        assert load(name, class_count=1000).identity.model_id == "efficientnet-b0-a1"
    some = load("efficientnet-b0-a1", class_count=2, classes=(WNIDS[7], WNIDS[3]))
    assert some.output_indices == (7, 3)


def test_generated_weights_are_not_taken_for_the_published_ones() -> None:
    put(SMALL.files[0].path)
    with pytest.raises(WeightsUnavailable, match=r"checksum of what arrived is .* and must be 9188dd46"):
        load("efficientnet-b0-a1", class_count=1000)


def test_weights_of_a_library_come_through_it_and_keep_the_studys_identity() -> None:
    weights = torchvision.models.get_model_weights("shufflenet_v2_x0_5")["IMAGENET1K_V1"]
    torch.manual_seed(0)
    model_id = next(each.model_id for each in study_models().values() if each.loads.startswith("shufflenet_v2_x0_5/"))
    path = Path(torch.hub.get_dir()) / "checkpoints" / Path(weights.url).name
    torch.save(torchvision.models.shufflenet_v2_x0_5().state_dict(), path)
    model = load(f"study:{model_id}", class_count=1000)
    assert (model.name, model.identity) == (f"study:{model_id}", study_models()[model_id].identity)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hiera-t", "hiera-t"),
        ("study:resnet50", "resnet50"),
        # timm has an architecture of this name, whose default weights are others.
        ("resnet50", None),
        ("no-such-net", None),
    ],
)
def test_a_name_that_timm_has_is_timms(name: str, expected: str | None) -> None:
    found = study_model(name)
    assert (found and found.model_id) == expected


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        ("alexnet", "torchvision:alexnet/IMAGENET1K_V1"),
        ("clip-openai-rn50", "open_clip:RN50/openai"),
        ("vit-s-16", "vit_small_patch16_224.augreg_in1k"),
        ("hiera-t", None),
        ("mobileclip-s0", None),
    ],
)
def test_libraries_that_fetch_by_themselves(model_id: str, expected: str | None) -> None:
    assert library_name(study_models()[model_id]) == expected


@pytest.mark.parametrize(
    ("name", "fault", "message"),
    [
        ("study:no-such-net", UnknownModel, "'no-such-net' is no model of the study. `wellbehaved study status` lists"),
        ("study:hiera-t-lp", WeightsUnavailable, "hiera-t-lp cannot be measured here: The authors of the study"),
        ("mobileclip-s0", WeightsUnavailable, "mobileclip-s0 cannot be measured here: open_clip has no architecture"),
    ],
)
def test_what_cannot_be_loaded(name: str, fault: type[Exception], message: str) -> None:
    with pytest.raises(fault, match=message):
        load(name, class_count=1000)


def test_another_number_of_classes_is_refused_before_anything_is_fetched() -> None:
    with pytest.raises(WrongClassCount, match="hiera-t decides among 1000 classes and the benchmark has 16"):
        load("hiera-t", class_count=16)


def test_a_checkpoint_of_ones_own_is_none_of_the_studys(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="study:hiera-t names weights of the study, and --weights others"):
        load("study:hiera-t", class_count=1000, weights=tmp_path / "mine.pth")


def test_weights_of_another_architecture_are_named_with_the_file(server: str, tmp_path: Path) -> None:
    torch.save({"a": torch.ones(1)}, tmp_path / "served" / "net.pth")
    here = replace(SMALL, files=(WeightFile(url=f"{server}/net.pth", checksum=""),))
    with pytest.raises(WeightsUnavailable, match=r"weights of efficientnet-b0-a1 do not fit .* Remove .*net\.pth"):
        load_released(here, class_count=1000, device="cpu")
