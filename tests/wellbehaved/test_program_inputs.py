"""Sizes and normalisations as typed."""

import pytest
import typer

from wellbehaved.program_inputs import ProgramInputs, program_inputs


def test_nothing_is_said_where_nothing_was_typed() -> None:
    assert not program_inputs(None, None, None).is_said
    assert program_inputs("224", None, None).is_said


def test_one_number_stands_for_all() -> None:
    found = program_inputs("224", ".5", "0.25")
    assert found == ProgramInputs(input_size=(224,), mean=(0.5,), std=(0.25,))
    assert found.size == 224


def test_each_side_and_channel_can_be_typed() -> None:
    found = program_inputs("224,192", "0.1,0.2,0.3", "1,1,1")
    assert (found.size, found.mean, found.std) == ((224, 192), (0.1, 0.2, 0.3), (1, 1, 1))
    assert ProgramInputs().size is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("big", None, None), "--input-size is 'big'. Write it as 224 or 224,256."),
        (("1,2,3", None, None), "--input-size is '1,2,3'."),
        (("224.5", None, None), "--input-size is '224.5'."),
        ((None, "0.5,0.5", "1"), "--mean is '0.5,0.5'. Write it as 0.485,0.456,0.406."),
        ((None, "0.5", None), "Of --mean and --std only one was given. Give both."),
        ((None, "0.5", "0"), "--std is 0. Give numbers above 0."),
        ((None, "0.5", ""), "--std is ''."),
    ],
)
def test_what_is_no_size_or_number_ends_the_command(
    typed: tuple[str | None, str | None, str | None], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        program_inputs(*typed)
    assert ended.value.exit_code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (("224", None, None), ProgramInputs(input_size=(224,))),
        (("224,256", None, None), ProgramInputs(input_size=(224, 256))),
        ((" 224 , 256 ", None, None), ProgramInputs(input_size=(224, 256))),
        ((None, "0.5", "2"), ProgramInputs(mean=(0.5,), std=(2.0,))),
        ((None, "-1,0,1", "1e-3,1,1"), ProgramInputs(mean=(-1.0, 0.0, 1.0), std=(0.001, 1.0, 1.0))),
        ((None, None, None), ProgramInputs()),
    ],
)
def test_numbers_are_read_as_they_are_typed(typed: tuple[str | None, ...], found: ProgramInputs) -> None:
    assert program_inputs(*typed) == found
    assert found.is_said is (typed != (None, None, None))


@pytest.mark.parametrize(
    "typed", [(None, None, "0.5"), (None, "1,2", "1,2"), (None, "1,2,3,4", "1"), ("", None, None), (None, "1", "-1")]
)
def test_half_a_normalisation_and_numbers_of_no_channel_end_the_command(
    typed: tuple[str | None, str | None, str | None],
) -> None:
    with pytest.raises(typer.Exit) as ended:
        program_inputs(*typed)
    assert ended.value.exit_code == 2


def test_what_was_typed_is_cut_where_it_is_long(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        program_inputs("x" * 200, None, None)
    assert capsys.readouterr().err == f"--input-size is '{'x' * 80}'. Write it as 224 or 224,256.\n"
