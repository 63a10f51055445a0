"""What is guessed of a file: never more than the judge would accept, whatever trainers put around the weights."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file

from evaluation.checkpoints import guessing
from evaluation.checkpoints.guessing import guess_architectures, rank_architectures
from evaluation.checkpoints.refusal import CheckpointRefused
from evaluation.checkpoints.tensor_index import Tensors, known_tensors
from evaluation.checkpoints.verify import Claim, read

NAME, COUNT = "test_resnet", 7
State = dict[str, Any]


@pytest.fixture(scope="module")
def known() -> tuple[Tensors, ...]:
    return tuple(known_tensors())


@pytest.fixture(autouse=True)
def read_once(known: tuple[Tensors, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guessing, "known_tensors", lambda: known)


@pytest.fixture(scope="module")
def state() -> State:
    torch.manual_seed(0)
    found: State = timm.create_model(NAME, num_classes=COUNT).state_dict()
    return found


def behind(prefix: str, state: State) -> State:
    return {f"{prefix}{name}": tensor for name, tensor in state.items()}


def accepted(path: Path) -> bool:
    try:
        read(path, Claim(architecture=NAME, class_count=COUNT))
    except CheckpointRefused:
        return False
    return True


EXACT: dict[str, Callable[[State], Any]] = {
    "plain": dict,
    "parallel": lambda state: behind("module.", state),
    "lightning": lambda state: {"state_dict": behind("model.", state), "epoch": 3},
    "compiled": lambda state: behind("_orig_mod.", state),
    "compiled and parallel": lambda state: behind("module._orig_mod.", state),
    "averaged": lambda state: {"state_dict": {"x": torch.ones(1)}, "state_dict_ema": state, "args": {"lr": 0.1}},
    "bookkeeping": lambda state: {**behind("module.", state), "n_averaged": torch.tensor(3)},
    "without counters": lambda state: {name: each for name, each in state.items() if "num_batches" not in name},
    "half": lambda state: {name: each.half() if each.is_floating_point() else each for name, each in state.items()},
    "a loss beside it": lambda state: {**behind("model.", state), "criterion.weight": torch.ones(COUNT)},
}
OTHER: dict[str, Callable[[State], Any]] = {
    "one is absent": lambda state: {name: each for name, each in state.items() if name != "conv1.0.weight"},
    "one is there beside": lambda state: {**state, "extra.weight": torch.ones(2)},
    "one beside the prefix": lambda state: {**behind("net.", state), "projection.weight": torch.ones(2)},
    "one has another shape": lambda state: {**state, "bn1.weight": torch.ones(3)},
}


@pytest.mark.parametrize("case", [*EXACT, *OTHER])
def test_a_fit_is_called_exact_where_the_judge_accepts_it(state: State, tmp_path: Path, case: str) -> None:
    path = tmp_path / "mine.pt"
    torch.save({**EXACT, **OTHER}[case](state), path)
    guesses = guess_architectures(path)
    assert guesses[0].architecture == NAME
    assert guesses[0].exact == accepted(path) == (case in EXACT)
    assert (guesses[0].fitting == guesses[0].tensors) == (case not in ("one is absent", "one is there beside",
                                                                       "one has another shape"))  # fmt: skip
    assert not any(each.exact for each in guesses[1:])


def test_of_two_copies_the_architecture_is_known_and_the_choice_is_the_owners(state: State) -> None:
    shapes = {name: tuple(each.shape) for name, each in (behind("student.", state) | behind("teacher.", state)).items()}
    first = rank_architectures(shapes)[0]
    assert (first.architecture, first.exact) == (NAME, True)


def test_the_file_and_its_name_tell_twins_apart(tmp_path: Path) -> None:
    state = timm.create_model("efficientnet_b0", num_classes=2).state_dict()
    save_file(state, tmp_path / "mine.safetensors")
    plain = guess_architectures(tmp_path / "mine.safetensors")
    assert [each.exact for each in plain] == [True, True, True]
    assert plain[0].architecture == "efficientnet_b0"
    assert plain[0].same_tensors == ("tf_efficientnet_b0", "efficientnet_blur_b0")
    named = guess_architectures(tmp_path / "mine.safetensors", "tf-efficientnet_b0 (last).safetensors")
    assert named[0].architecture == "tf_efficientnet_b0"
    torch.save({"arch": "efficientnet_blur_b0", "state_dict": state}, tmp_path / "mine.pt")
    assert guess_architectures(tmp_path / "mine.pt")[0].architecture == "efficientnet_blur_b0"
    save_file(state, tmp_path / "a.safetensors", metadata={"architecture": "tf_efficientnet_b0"})
    assert guess_architectures(tmp_path / "a.safetensors")[0].architecture == "tf_efficientnet_b0"


@pytest.mark.parametrize("shapes", [{"weight": (2, 3)}, {"a.b.c": ()}, {f"layer{n}.w": (n,) for n in range(1, 90)}])
def test_what_resembles_nothing_gives_no_guess(shapes: dict[str, tuple[int, ...]]) -> None:
    assert rank_architectures(shapes) == ()


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.pt").write_text("<html>")
    with pytest.raises(CheckpointRefused, match="web page"):
        guess_architectures(tmp_path / "page.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(CheckpointRefused, match="holds a list"):
        guess_architectures(tmp_path / "list.pt")


def without(names: Iterable[str], kept: float) -> list[str]:
    listed = list(names)
    return listed[: int(len(listed) * kept)]


def test_the_share_that_fits_ranks_what_is_not_whole(known: tuple[Tensors, ...]) -> None:
    (wanted,) = [each for each in known if "resnet34" in each.architectures]
    shapes = {
        name: tuple(int(each) for each in wanted.shapes[name].replace("?", "5").split("x"))
        for name in without(wanted.shapes, 0.9)
    }
    first = rank_architectures(shapes)[0]
    assert (first.architecture, first.exact, first.same_tensors) == ("resnet34", False, ())
    assert (first.fitting, first.tensors) == (len(shapes), len(wanted.shapes))
