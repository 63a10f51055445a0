from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from evaluation.engine.determinants import library_versions, steps_folder
from evaluation.engine.stages import Protocol, Request

if TYPE_CHECKING:
    from evaluation.models.loaded_model import LoadedModel
    from tests.evaluation.conftest import World


def test_runs_whose_values_are_equal_share_their_steps_and_others_do_not(
    world: "World", sees_shape: "LoadedModel", sees_texture: "LoadedModel"
) -> None:
    request = Request(benchmark=world.benchmark)
    own = Request(benchmark=replace(world.benchmark, digest="sha256:1"))
    edited = Request(benchmark=replace(world.benchmark, digest="sha256:2"))
    again = replace(request, dimensions=("accuracy",), protocol=Protocol.AS_PUBLISHED)
    folder = steps_folder(Path("steps"), sees_shape, request, "cpu")
    assert folder.parent == Path("steps")
    # Which dimensions are asked for changes no value, and the attacked stage is named after the protocol.
    assert steps_folder(Path("steps"), sees_shape, again, "cpu") == folder
    released = replace(again, dimensions=("calibration_error",), protocol=Protocol.AS_RELEASED)
    others = {
        folder,
        # Of it every step depends on the protocol.
        steps_folder(Path("steps"), sees_shape, released, "cpu"),
        steps_folder(Path("steps"), sees_texture, request, "cpu"),
        steps_folder(Path("steps"), sees_shape, replace(request, seed=1), "cpu"),
        steps_folder(Path("steps"), sees_shape, request, "cuda:1"),
        steps_folder(Path("steps"), sees_shape, request, "cpu", corrupted_there=True),
        steps_folder(Path("steps"), sees_shape, own, "cpu"),
        steps_folder(Path("steps"), sees_shape, edited, "cpu"),
        steps_folder(Path("steps"), replace(sees_shape, output_indices=(1, 0, 2, 3)), request, "cpu"),
    }
    assert len(others) == 9
    assert steps_folder(Path("steps"), sees_shape, request, "cuda:0") == steps_folder(
        Path("steps"), sees_shape, request, "cuda:1"
    )


def test_every_library_that_a_value_can_depend_on_has_a_version() -> None:
    assert {"torch", "timm", "numpy", "pillow", "wellbehaved"} <= library_versions().keys()
    assert all(library_versions().values())
