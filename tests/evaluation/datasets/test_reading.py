"""Files as people have them: right, or refused with the reason; never a white or a lying picture without a word."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from evaluation.datasets import DATA_SETS, reading
from evaluation.datasets.reading import Exif, Unreadable, exact_jpeg, kind_of, kind_of_bytes, read_picture

GREY = np.linspace(0, 255, 40 * 30).round().astype(np.uint8).reshape(30, 40)


def saved(folder: Path, values: NDArray[Any], name: str, **options: Any) -> Path:  # noqa: ANN401 - Pillow's options
    path = folder / name
    Image.fromarray(values).save(path, **options)
    return path


def pixels(path: Path, exif: Exif = Exif.APPLY) -> NDArray[np.uint8]:
    picture = read_picture(path, exif=exif)
    assert picture.mode == "RGB"
    return np.asarray(picture)


def as_grey(path: Path) -> NDArray[np.int64]:
    found = pixels(path)
    assert (found[..., 0] == found[..., 1]).all()
    assert (found[..., 0] == found[..., 2]).all()
    return found[..., 0].astype(np.int64)


# ---- more than eight bits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (GREY.astype(np.uint16) * 257, "sixteen.png"),
        (GREY.astype(np.uint16) * 257, "sixteen.tif"),
        (GREY.astype(">u2") * np.array(257, dtype=">u2"), "big_endian.tif"),
        (GREY.astype(np.uint16) * 257, "sixteen.jp2"),
        (GREY.astype(np.int32) * 257, "sixteen.pgm"),
        ((GREY / 255).astype(np.float32), "fraction.tif"),
        (GREY, "eight.png"),
    ],
)
def test_values_of_any_depth_give_the_picture_that_eight_bits_give(
    tmp_path: Path, values: NDArray[Any], name: str
) -> None:
    assert np.abs(as_grey(saved(tmp_path, values, name)) - GREY).max() <= 1


def test_a_range_of_12_bits_is_stretched_to_white(tmp_path: Path) -> None:
    twelve = np.full((8, 8), 4095, dtype=np.uint16)
    # Two values in three bytes, as TIFF packs them.
    path = tmp_path / "twelve.tif"
    packed = b"\xff\xff\xff" * 32
    entries = [(256, 8), (257, 8), (258, 12), (259, 1), (262, 1), (273, 8), (277, 1), (278, 8), (279, len(packed))]
    directory = b"".join(
        tag.to_bytes(2, "little") + (4).to_bytes(2, "little") + (1).to_bytes(4, "little") + value.to_bytes(4, "little")
        for tag, value in entries
    )
    start = (8 + len(packed)).to_bytes(4, "little")
    path.write_bytes(b"II*\0" + start + packed + len(entries).to_bytes(2, "little") + directory + bytes(4))
    with Image.open(path) as file:
        assert (np.asarray(file) == twelve).all()
    assert (as_grey(path) == 255).all()


def test_where_zero_is_white_the_picture_is_turned_round(tmp_path: Path) -> None:
    path = saved(tmp_path, GREY.astype(np.uint16) * 257, "negative.tif", tiffinfo={262: 0})
    assert np.abs(255 - as_grey(path) - GREY).max() <= 1


@pytest.mark.parametrize(
    ("values", "name", "told"),
    [
        (GREY.astype(np.int32) * 257, "whole.tif", "whole numbers of 32 bits or with a sign"),
        (GREY.astype(np.float32), "to_255.tif", "fractional values from 0 to 255, whose range is unknown"),
        (GREY.astype(np.float32) / 255 - 0.5, "signed.tif", "from -0.5 to 0.5"),
        (GREY.astype(np.float32) / 255 * 1.5, "beyond_one.tif", "from 0 to 1.5"),
        (np.full((9, 9), np.nan, dtype=np.float32), "nan.tif", "from nan to nan"),
    ],
)
def test_an_unknown_range_is_refused_by_name(tmp_path: Path, values: NDArray[Any], name: str, told: str) -> None:
    with pytest.raises(Unreadable, match=told):
        read_picture(saved(tmp_path, values, name), exif=Exif.APPLY)


# ---- photographs that lie ------------------------------------------------------------------------------------------

COLOURS = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8).repeat(16, 0).repeat(16, 1)


def turned(folder: Path, orientation: int, ending: str) -> Path:
    entries = Image.Exif()
    entries[0x0112] = orientation
    return saved(folder, COLOURS, f"turned{orientation}.{ending}", exif=entries, quality=100)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
def test_a_photograph_is_read_as_it_is_shown(tmp_path: Path, orientation: int, ending: str) -> None:
    path = turned(tmp_path, orientation, ending)
    with Image.open(path) as file:
        shown = np.asarray(ImageOps.exif_transpose(file).convert("RGB"))
        lying = np.asarray(file.convert("RGB"))
    assert (pixels(path) == shown).all()
    assert (pixels(path, Exif.IGNORE) == lying).all()
    assert kind_of(path).exif_rotated == (orientation != 1)


def test_the_studys_sets_ignore_orientation_as_timm_and_torchvision_do() -> None:
    rules = {(each.benchmark, each.exif) for each in DATA_SETS.values()}
    assert rules == {("imagenet-1k", Exif.IGNORE), ("toy-shapes", Exif.APPLY)}


@pytest.mark.parametrize(
    "entry", [b"", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02"]
)
def test_a_damaged_exif_entry_keeps_no_picture_from_being_read(tmp_path: Path, entry: bytes) -> None:
    path = saved(tmp_path, COLOURS, "damaged.jpg", exif=entry)
    assert pixels(path).shape == COLOURS.shape
    assert not kind_of(path).exif_rotated


# ---- kinds of files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["avif", "jp2", "webp", "bmp", "tif"])
def test_formats_that_are_less_common(tmp_path: Path, ending: str) -> None:
    path = saved(tmp_path, COLOURS, f"picture.{ending}")
    assert np.abs(pixels(path).astype(int) - COLOURS).mean() < 12


def test_other_colours_transparency_and_animations_are_read_as_pillow_converts_them(tmp_path: Path) -> None:
    picture = Image.fromarray(COLOURS)
    picture.convert("CMYK").save(tmp_path / "inks.jpg")
    picture.quantize(16).save(tmp_path / "palette.png", transparency=3)
    picture.convert("RGBA").save(tmp_path / "clear.png")
    frames = [Image.fromarray(np.roll(COLOURS, turn, axis=0)) for turn in (0, 20)]
    frames[0].save(tmp_path / "moves.gif", save_all=True, append_images=frames[1:])
    for path in tmp_path.iterdir():
        with Image.open(path) as file:
            assert (pixels(path) == np.asarray(file.convert("RGB"))).all()
    kinds = {path.name: kind_of(path) for path in tmp_path.iterdir()}
    assert {name for name, kind in kinds.items() if kind.not_rgb} == {"inks.jpg", "palette.png", "moves.gif"}
    assert {name for name, kind in kinds.items() if kind.transparent} == {"palette.png", "clear.png"}
    assert {name for name, kind in kinds.items() if kind.animated} == {"moves.gif"}
    assert not any(kind.deep for kind in kinds.values())
    assert kind_of(saved(tmp_path, GREY.astype(np.uint16), "deep.png")).deep


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.png"
    path.write_text("text")
    for look in (kind_of, lambda path: read_picture(path, exif=Exif.APPLY)):
        with pytest.raises(Unreadable, match="cannot identify image file"):
            look(path)


# ---- sizes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (7, 7)])
def test_tiny_pictures_are_read(tmp_path: Path, size: tuple[int, int]) -> None:
    assert pixels(saved(tmp_path, np.zeros((*size, 3), dtype=np.uint8), "tiny.png")).shape == (*size, 3)


def test_a_strip_is_refused_before_a_transform_makes_millions_of_pixels_of_it(tmp_path: Path) -> None:
    strip = saved(tmp_path, np.zeros((2, 201, 3), dtype=np.uint8), "strip.png")
    with pytest.raises(Unreadable, match="is 201 x 2 pixels, more than 100 times as long as wide"):
        read_picture(strip, exif=Exif.APPLY)
    assert pixels(saved(tmp_path, np.zeros((2, 200, 3), dtype=np.uint8), "shorter.png")).shape == (2, 200, 3)


def test_a_large_jpeg_is_decoded_smaller_and_other_formats_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_PIXELS", 5_000)
    large = COLOURS.repeat(2, 0).repeat(2, 1)
    whole = saved(tmp_path, large, "large.jpg", quality=95)
    found = pixels(whole)
    assert found.shape == (48, 72, 3)
    small = np.asarray(Image.fromarray(large).resize((72, 48), Image.Resampling.BOX))
    assert np.abs(found.astype(int) - small).mean() < 4
    for name, options in (("large.png", {}), ("progressive.jpg", {"progressive": True})):
        with pytest.raises(Unreadable, match="is 288 x 192 pixels, 0 million, and at most 0 million are decoded"):
            read_picture(saved(tmp_path, large, name, **options), exif=Exif.APPLY)
    assert reading.read_with_remarks(whole, exif=Exif.APPLY).remarks == (reading.Remark.SHRUNK,)
    monkeypatch.setattr(reading, "MOST_PIXELS", 100)
    with pytest.raises(Unreadable, match="Save it smaller"):
        read_picture(whole, exif=Exif.APPLY)


def test_a_photograph_of_108_million_pixels_takes_a_bounded_memory(tmp_path: Path) -> None:
    """It used to take 1.4 GB; a process of its own tells what it took at most."""
    path = tmp_path / "huge.jpg"
    Image.new("RGB", (12_000, 9_000), (200, 100, 50)).save(path)
    program = (
        "import resource, sys\n"
        "from evaluation.datasets.reading import Exif\n"
        "from evaluation.datasets.reading import read_picture\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "picture = read_picture(sys.argv[1], exif=Exif.APPLY)\n"
        "print(picture.size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    size, _, kilobytes = done.stdout.rpartition(" ")
    assert size == "(6000, 4500)"
    assert int(kilobytes) < 260_000


# ---- the look that `benchmark add` takes at each file ----------------------------------------------------------------


@pytest.mark.parametrize(("behind", "decoded"), [(0, 0), (65_000, 0), (66_000, 1)])
def test_a_file_is_decoded_only_where_its_ending_is_not_near_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behind: int, decoded: int
) -> None:
    data = saved(tmp_path, np.stack([GREY] * 3, axis=-1), "whole.jpg").read_bytes() + bytes(behind)
    asked: list[Image.Image] = []
    monkeypatch.setattr(reading, "_eight_bit", asked.append)
    kind_of_bytes(data)
    assert len(asked) == decoded


def test_a_file_that_is_cut_off_is_unreadable(tmp_path: Path) -> None:
    data = saved(tmp_path, np.stack([GREY] * 3, axis=-1), "cut.jpg").read_bytes()
    with pytest.raises(Unreadable, match="truncated"):
        kind_of_bytes(data[:-20])


# ---- what any decoder makes the same of -----------------------------------------------------------------------------

NOISE = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)


@pytest.mark.parametrize("values", [NOISE, NOISE[..., 0]], ids=["colours", "grey"])
def test_a_jpeg_with_each_colour_for_each_pixel_is_exact(tmp_path: Path, values: NDArray[Any]) -> None:
    path = saved(tmp_path, values, "exact.jpg", subsampling=0)
    assert exact_jpeg(path) == ("exact.jpg", path.read_bytes(), 30 * 40)
    # Some programs write a little behind the end.
    path.write_bytes(path.read_bytes() + bytes(100))
    assert exact_jpeg(path) is not None


def with_orientation(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize(("options", "is_exact"), [
    ({"subsampling": 0, "exif": with_orientation(1)}, True), ({"subsampling": 0, "exif": with_orientation(6)}, False),
    ({"subsampling": 1}, False), ({"subsampling": 2}, False), ({"subsampling": 0, "progressive": True}, False),
    ({"keep_rgb": True}, False),
])  # fmt: skip
def test_of_other_jpegs_decoders_may_make_other_values(tmp_path: Path, options: dict[str, Any], is_exact: bool) -> None:
    assert (exact_jpeg(saved(tmp_path, NOISE, "other.jpg", **options)) is not None) == is_exact


def test_other_files_are_not_exact_jpegs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, NOISE, "whole.jpg", subsampling=0)
    (tmp_path / "cut.jpg").write_bytes(path.read_bytes()[:-300])
    (tmp_path / "text.jpg").write_bytes(b"text")
    Image.fromarray(NOISE).convert("CMYK").save(tmp_path / "cmyk.jpg", subsampling=0)
    saved(tmp_path, NOISE, "other.png")
    # The parts are red, green and blue by an entry of Adobe's, beside one that says otherwise.
    adobe = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
    start = path.read_bytes().index(b"\xff\xdb")
    (tmp_path / "adobe.jpg").write_bytes(path.read_bytes()[:start] + adobe + path.read_bytes()[start:])
    for name in ("cut.jpg", "text.jpg", "cmyk.jpg", "other.png", "adobe.jpg", "absent.jpg"):
        assert exact_jpeg(tmp_path / name) is None, name
    assert exact_jpeg(path) is not None
    monkeypatch.setattr(reading, "MOST_PIXELS", 1000)
    assert exact_jpeg(path) is None
