"""With what a run is carried out; without torch, so that whoever waits for work can hold it."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Means:
    """With what a run is carried out; no value depends on it beyond rounding.

    Attributes:
        device: such as "cpu" or "cuda".
        batch_size: largest batch.
        workers: processes that read images; 0 reads them in between, None chooses by the device.
        channels_last: whether the colours of a pixel lie beside each other while the model computes.
        compiled: whether models are compiled where so much of the run is left that this pays.
        corrupt_on_device: whether the device corrupts the images, where it can; its pixels differ by single steps.
        decode_on_device: whether the device decodes JPEG files, where it gives the values of the processor.
    """

    device: str = "cpu"
    batch_size: int = 64
    workers: int | None = None
    channels_last: bool = False
    compiled: bool = False
    corrupt_on_device: bool = False
    decode_on_device: bool = False

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ValueError(f"batch size is {self.batch_size}; use 1 or more.")
        if self.workers is not None and self.workers < 0:
            raise ValueError(f"workers is {self.workers}; use 0 or more.")

    @property
    def reading_processes(self) -> int:
        """How many processes read images: many beside a GPU, one beside a CPU that has to compute as well."""
        if self.workers is not None:
            return self.workers
        cores = os.cpu_count() or 1
        # Beyond 16 the disk is what waits. On one core even a single process would only take turns.
        return min(16, cores) if self.device.startswith("cuda") else min(1, cores - 1)
