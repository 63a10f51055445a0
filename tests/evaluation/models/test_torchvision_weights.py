"""Weights of torchvision, from torch's cache and over HTTP from a server of our own; nothing of it is replaced."""

import hashlib
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import torch
import torchvision
from PIL import Image
from torch import nn
from torchvision.models import Weights, WeightsEnum, get_model_weights
from torchvision.models._api import BUILTIN_MODELS, register_model
from torchvision.transforms._presets import ImageClassification

from evaluation.datasets.class_maps import WNIDS
from evaluation.errors import ModelRefused, UnknownModel, WeightsUnavailable, WrongClassCount
from evaluation.models import hub
from evaluation.models.loading import load
from evaluation.models.own_transform import probe_pictures
from evaluation.models.torchvision_weights import TorchvisionWeights

SMALL = "shufflenet_v2_x0_5"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """torch's cache, empty at first, and nothing known of any server."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(hub, "_silence", hub._Silence())
    place = tmp_path / "hub" / "checkpoints"
    place.mkdir(parents=True)
    return place


def put(cache: Path, model: str, tag: str) -> dict[str, torch.Tensor]:
    """Random weights where the downloaded ones would lie."""
    torch.manual_seed(0)
    state = dict(torchvision.models.get_model(model, weights=None).state_dict())
    torch.save(state, cache / Path(get_model_weights(model)[tag].url).name)
    return state


def test_a_name_becomes_a_model_with_the_transform_of_its_weights(cache: Path) -> None:
    state = put(cache, SMALL, "IMAGENET1K_V1")
    model = load(f"torchvision:{SMALL}", class_count=1000)
    assert (model.name, model.class_count, model.output_indices) == (f"torchvision:{SMALL}", 1000, None)
    assert all(torch.equal(model.net.state_dict()[name], tensor) for name, tensor in state.items())
    assert model.parameter_count == get_model_weights(SMALL).DEFAULT.meta["num_params"]
    # Pixels, and behind them the normalisation: together the transform of the weights.
    whole = get_model_weights(SMALL).DEFAULT.transforms()
    mean, deviation = (
        torch.tensor(each).view(3, 1, 1) for each in (model.preparation.mean, model.preparation.deviation)
    )
    picture = probe_pictures()[0]
    pixels = model.preparation.transform(picture)
    assert (float(pixels.min()), float(pixels.max())) == (0, 1)
    torch.testing.assert_close((pixels - mean) / deviation, whole(picture), rtol=0, atol=1e-6)


def test_who_it_is_is_said_as_of_the_studys_models(cache: Path) -> None:
    put(cache, SMALL, "IMAGENET1K_V1")
    found = load(f"torchvision:{SMALL}/ShuffleNet_V2_X0_5_Weights.IMAGENET1K_V1", class_count=1000).identity
    assert (found.source_library, found.source_identifier) == (
        "torchvision", "shufflenet_v2_x0_5/ShuffleNet_V2_X0_5_Weights.IMAGENET1K_V1",
    )  # fmt: skip
    assert (found.architecture, found.training, found.head) == ("cnn", "supervised", None)
    assert (found.pretraining_data, found.backbone) == ("imagenet-1k", SMALL)
    assert found.model_id == "torchvision-shufflenet_v2_x0_5-imagenet1k_v1"


@pytest.mark.parametrize(
    ("tag", "head"), [("IMAGENET1K_SWAG_E2E_V1", "fine-tuned"), ("IMAGENET1K_SWAG_LINEAR_V1", "linear-probe")]
)
def test_weights_of_hashtags_are_told_apart(tag: str, head: str) -> None:
    found = TorchvisionWeights(f"regnet_y_16gf/{tag}")._identity("cnn")
    assert (found.training, found.head, found.pretraining_data) == ("semi-supervised", head, "large")


def test_without_weights_torchvisions_default_is_taken(cache: Path) -> None:
    put(cache, "mobilenet_v2", "IMAGENET1K_V2")
    found = load("torchvision:mobilenet_v2", class_count=1000)
    assert str(found.identity.source_identifier).endswith(".IMAGENET1K_V2")


def test_some_classes_of_imagenet_are_found_among_its_outputs(cache: Path) -> None:
    put(cache, SMALL, "IMAGENET1K_V1")
    model = load(f"torchvision:{SMALL}", class_count=2, classes=(WNIDS[7], WNIDS[3]))
    assert (model.class_count, model.output_indices, model.order_known) == (1000, (7, 3), True)


@pytest.mark.parametrize(
    ("name", "fault", "said"),
    [
        ("resnet8", UnknownModel, r"'resnet8' is not a classifier of torchvision .*nearest names are: resnet"),
        ("qqqq", UnknownModel, r"'qqqq' is not a classifier of torchvision [0-9.+a-z]+\. torchvision\.models\.list"),
        ("fasterrcnn_resnet50_fpn", UnknownModel, "is not a classifier"),
        ("resnet50/V3", WeightsUnavailable, r"no weights 'V3' .* It has IMAGENET1K_V1, IMAGENET1K_V2; write torchv"),
        # Of the features alone.
        ("vgg16/IMAGENET1K_FEATURES", WeightsUnavailable, "no weights 'IMAGENET1K_FEATURES'"),
    ],
)  # fmt: skip
def test_names_that_do_not_exist(name: str, fault: type[Exception], said: str) -> None:
    with pytest.raises(fault, match=said):
        load(f"torchvision:{name}", class_count=1000)


def test_other_classes_are_refused_before_anything_is_fetched() -> None:
    with pytest.raises(
        WrongClassCount, match="torchvision:resnet18 decides among 1000 classes and the benchmark has 16"
    ):
        load("torchvision:resnet18", class_count=16)


def test_a_checkpoint_beside_a_torchvision_name(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="Leave one out"):
        load("torchvision:resnet18", class_count=1000, weights=tmp_path / "mine.pt")


def test_a_damaged_file_in_the_cache(cache: Path) -> None:
    (cache / Path(get_model_weights(SMALL).DEFAULT.url).name).write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(
        WeightsUnavailable, match=r"could not be loaded: .*fetch https://download.pytorch.org/models/shuf"
    ):
        load(f"torchvision:{SMALL}", class_count=1000)


# ---- over HTTP: a model that is registered as torchvision's own are, whose weights lie on a server of the test ------


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def tiny(served: tuple[str, Path]) -> Iterator[Path]:
    """The model `tiny_of_a_test` of torchvision; its weights as a file on the server."""
    address, folder = served
    torch.manual_seed(0)
    state = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 4)).state_dict()
    torch.save(state, folder / "tiny.pth")
    digest = hashlib.sha256((folder / "tiny.pth").read_bytes()).hexdigest()[:8]
    path = (folder / "tiny.pth").rename(folder / f"tiny-{digest}.pth")

    class TinyWeights(WeightsEnum):  # type: ignore[misc]
        ONLY = Weights(
            url=f"{address}/{path.name}",
            transforms=partial(ImageClassification, crop_size=8, resize_size=8, mean=(0.5,) * 3, std=(0.25,) * 3),
            meta={"categories": ["a", "b", "c", "d"]},
        )
        DEFAULT = ONLY

    def tiny_of_a_test(*, weights: TinyWeights | None = None, progress: bool = True) -> nn.Module:
        net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 4))
        if weights is not None:
            net.load_state_dict(weights.get_state_dict(progress=progress, check_hash=True))
        return net

    # torchvision looks for the weights in the builder's annotations, and for its own models by their module.
    tiny_of_a_test.__annotations__["weights"] = TinyWeights | None
    tiny_of_a_test.__module__ = "torchvision.models.tiny"
    register_model()(tiny_of_a_test)
    yield path
    del BUILTIN_MODELS["tiny_of_a_test"]


def test_weights_are_downloaded_once_and_their_digest_is_checked(tiny: Path, cache: Path) -> None:
    first = load("torchvision:tiny_of_a_test", class_count=4)
    assert (cache / tiny.name).read_bytes() == tiny.read_bytes()
    assert first.preparation.transform(Image.new("RGB", (20, 10))).shape == (3, 8, 8)
    tiny.unlink()
    assert load("torchvision:tiny_of_a_test", class_count=4).digest == first.digest


def test_a_download_that_was_damaged_or_is_gone(tiny: Path, cache: Path) -> None:
    tiny.write_bytes(tiny.read_bytes()[:-1] + b"?")
    with pytest.raises(WeightsUnavailable, match=r"could not be loaded: invalid hash value"):
        load("torchvision:tiny_of_a_test", class_count=4)
    assert not list(cache.iterdir())
    tiny.unlink()
    with pytest.raises(WeightsUnavailable, match=r"could not be loaded: HTTP Error 404"):
        load("torchvision:tiny_of_a_test", class_count=4)


def test_a_server_that_is_not_there_is_not_waited_for(
    served: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    # A proxy where nobody listens, in the place of a network that is down.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(
        WeightsUnavailable, match=r"are not on this machine, and https://download\.pytorch\.org does not"
    ):
        load(f"torchvision:{SMALL}", class_count=1000)
