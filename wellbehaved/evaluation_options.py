"""Options that several commands around evaluations share, each with one description."""

from pathlib import Path
from typing import Annotated

import typer

BenchmarkOption = Annotated[
    str,
    typer.Option(
        metavar="KEY",
        help="Benchmark: imagenet-1k, toy-shapes, one of your own that was added, or the path of a folder of images.",
    ),
]
OrderCheckedOption = Annotated[
    bool,
    typer.Option(
        "--class-order-checked",
        help="Take the outputs as they are. On a benchmark of your own, some images otherwise show first whether "
        "they stand for the classes in another order.",
    ),
]
CostOption = Annotated[
    bool,
    typer.Option(
        "--cost",
        help="Measure latency and peak memory at batch sizes 1 and 64, too, on the same device.",
    ),
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Folder of the data sets; `datasets` in the data folder unless given."),
]
ProtocolOption = Annotated[
    str | None, typer.Option(help="Protocol: as-published or corrected; the benchmark's default unless given.")
]
AnyProtocolOption = Annotated[
    str | None,
    typer.Option(
        help="Protocol: as-published or corrected, the benchmark's default unless given; or as-released, which "
        "reproduces two defects of the study's program and is never ranked."
    ),
]
DimensionsOption = Annotated[
    str | None,
    typer.Option(
        help="Dimensions to measure, as comma-separated keys, among them those that installed packages measure; all "
        "that come with the program unless given."
    ),
]
ExtraOption = Annotated[
    str | None,
    typer.Option(help="Comma-separated attacks and corruptions beyond the published ones: parts that enter no value."),
]
WeightsKeyOption = Annotated[
    str | None,
    typer.Option(help="Which set of weights of the checkpoint to measure, such as state_dict, where it has several."),
]
SamplesOption = Annotated[
    int | None,
    typer.Option(
        help="Number of clean images to use of each class; all unless given. Small other data sets stay whole; "
        "large ones are cut to no fewer images than the clean subset has."
    ),
]
BatchSizeOption = Annotated[int, typer.Option(help="Batch size.")]
DeviceOption = Annotated[str | None, typer.Option(help="Device: cpu or cuda; a GPU, where there is one, unless given.")]
WorkersOption = Annotated[
    int | None, typer.Option(help="Number of processes that read images; chosen for the device unless given.")
]
ChannelsLastOption = Annotated[
    bool,
    typer.Option(
        "--channels-last",
        help="Keep the colours of a pixel beside each other in memory: faster for many convolutional nets, slower for "
        "others; values stay equal but for rounding.",
    ),
]
CompileOption = Annotated[
    bool,
    typer.Option(
        "--compile",
        help="Compile the model by torch.compile once it is known that more than half an hour is left for it.",
    ),
]
CorruptOnDeviceOption = Annotated[
    bool,
    typer.Option(
        "--corrupt-on-device",
        help="Corrupt images on the device, many at once, instead of on the processor: for GPUs. Some values of "
        "pixels differ by a step of 255.",
    ),
]
DecodeOnDeviceOption = Annotated[
    bool,
    typer.Option(
        "--decode-on-device",
        help="Decode, resize and crop JPEG files on the device, many at once, where it gives the values of the "
        "processor: for GPUs.",
    ),
]
SEED_HELP = "Random seed of the subset, the attacks and the corruptions."
