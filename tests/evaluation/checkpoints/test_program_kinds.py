"""What kind of program a file is, by its content alone."""

import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from evaluation.checkpoints.program_kinds import ProgramKind, extra_files, kind_of_entries, kind_of_start, program_kind
from tests.evaluation.models.programs import exported, graph, scripted, small_net


def test_programs_are_told_by_their_content_whatever_they_are_called(tmp_path: Path) -> None:
    net = small_net()
    assert program_kind(scripted(net, tmp_path / "a")) is ProgramKind.TORCHSCRIPT
    assert program_kind(scripted(net, tmp_path / "b.onnx", frozen=True)) is ProgramKind.TORCHSCRIPT
    assert program_kind(exported(net, tmp_path / "c.pt2")) is ProgramKind.EXPORTED
    assert program_kind((tmp_path / "c.pt2").rename(tmp_path / "c.pt")) is ProgramKind.EXPORTED
    assert program_kind(graph(net, tmp_path / "d.onnx")) is ProgramKind.ONNX
    assert program_kind((tmp_path / "d.onnx").rename(tmp_path / "d")) is ProgramKind.ONNX


def test_weights_are_no_programs(tmp_path: Path) -> None:
    state = dict(small_net().state_dict())
    torch.save(state, tmp_path / "a.pt")
    save_file(state, tmp_path / "a.safetensors")
    (tmp_path / "text").write_text("no program")
    (tmp_path / "broken.pt").write_bytes(b"PK\x03\x04 and no more")
    for name in ("a.pt", "a.safetensors", "text", "broken.pt"):
        assert program_kind(tmp_path / name) is None, name


def test_of_a_damaged_file_the_ending_tells(tmp_path: Path) -> None:
    for name, kind in (("a.onnx", ProgramKind.ONNX), ("a.PT2", ProgramKind.EXPORTED)):
        (tmp_path / name).write_bytes(b"")
        assert program_kind(tmp_path / name) is kind


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["net/data.pkl", "net/data/0"], None),
        (["net/constants.pkl"], ProgramKind.TORCHSCRIPT),
        (["net/code/a.py"], ProgramKind.TORCHSCRIPT),
        (["net/archive_format"], ProgramKind.EXPORTED),
        (["net/models/model.json", "net/constants.pkl"], ProgramKind.EXPORTED),
        (["serialized_exported_program.json"], ProgramKind.EXPORTED),
        ([], None),
    ],
)
def test_the_entries_of_an_archive_tell(names: list[str], kind: ProgramKind | None) -> None:
    assert kind_of_entries(names) is kind


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x08\x0a\x12\x07pytorch", ProgramKind.ONNX),
        (b"\x08\x07:\xf6", ProgramKind.ONNX),
        (b"\x08\x00\x12", None),
        (b"\x80\x02}", None),
        (b"", None),
    ],
)
def test_the_first_bytes_of_a_graph_tell(start: bytes, kind: ProgramKind | None) -> None:
    assert kind_of_start(start) is kind


def test_what_was_put_beside_a_program_is_text(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.pt2", "w") as archive:
        archive.writestr("net/extra/mean", "[0.5]")
        archive.writestr("net/extra/picture", b"\xff\xfe")
        archive.writestr("net/extra/long", " " * (4 * 1024 * 1024 + 1))
        archive.writestr("net/models/model.json", "{}")
    assert extra_files(tmp_path / "a.pt2") == {"mean": "[0.5]"}


def test_bytes_that_were_changed_on_the_way_are_noticed(tmp_path: Path) -> None:
    """Wherever the change is: in what is stored or in a header, the answer is one exception, and never another."""
    path = scripted(small_net(), tmp_path / "a.pt")
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        largest = max(archive.infolist(), key=lambda entry: entry.file_size)
        directory = range(archive.start_dir, len(data))
        ends = data.index(largest.filename.encode(), largest.header_offset) + len(largest.filename)
    places = {"stored": largest.header_offset + 200 + largest.file_size // 2, "name": ends - 1}
    for place in (*places.values(), *range(0, archive.start_dir, 61), *directory):
        changed = bytearray(data)
        changed[place] ^= 255
        path.write_bytes(changed)
        # What lies between the entries, and their times, may change unnoticed: nothing is read from there.
        refusal = pytest.raises(zipfile.BadZipFile) if place in places.values() else suppress(zipfile.BadZipFile)
        with refusal:
            extra_files(path)
