import pytest

from evaluation.errors import ModelRefused
from quba.errors import Refusal
from wellbehaved.python_text import in_python, saying_next_steps


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--samples-per-class is 0; use 1", "samples_per_class is 0; use 1"),
        ("use a smaller --batch-size, or --precision bf16.", "use a smaller batch_size, or precision='bf16'."),
        ("Use one, or pass your own with --weights FILE.", "Use one, or pass the path of your own with architecture=."),
        ("If so, say so with --class-order-checked.",
         "If so, say so with classes=, the names of the outputs in their order."),
        ("Run `wellbehaved x --store`, not --seed.", "Run `wellbehaved x --store`, not seed."),
        ("a -- b", "a -- b"),
    ],
)  # fmt: skip
def test_options_become_arguments_and_commands_stay(typed: str, said: str) -> None:
    assert in_python(typed) == said


def test_a_refusal_says_its_next_step_once_and_a_models_fault_its_own_sentence() -> None:
    for raised, said in (
        (Refusal("code", "--seed is 1.", "Use 2."), "seed is 1. Use 2."),
        (Refusal("code", "It is 1. Use 2.", "Use 2."), "It is 1. Use 2."),
        (ModelRefused("it is odd; use another."), "it is odd; use another."),
        (ValueError("--seed is 1."), "seed is 1."),
    ):
        with pytest.raises(type(raised)) as caught, saying_next_steps():
            raise raised
        assert caught.value is raised
        assert str(raised) == said
    with saying_next_steps():
        pass
