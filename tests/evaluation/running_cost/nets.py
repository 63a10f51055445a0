"""Nets whose cost is known beforehand; in a file of their own, so that another process finds them."""

import os
import signal
import time
from pathlib import Path

import torch
from torch import Tensor, nn

MEGABYTE = 1_000_000


class Pooled(nn.Module):
    """Four logits that need next to no work and no memory."""

    def forward(self, images: Tensor) -> Tensor:
        return images.mean(dim=(1, 2, 3))[:, None].expand(-1, 4)


class Sleeping(Pooled):
    """Takes at least so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def forward(self, images: Tensor) -> Tensor:
        time.sleep(self.seconds)
        return super().forward(images)


class Endless(Pooled):
    """Writes the number of the process that runs it into a file, and is never done."""

    def __init__(self, said: str) -> None:
        super().__init__()
        self.said = said

    def forward(self, images: Tensor) -> Tensor:
        whole = Path(f"{self.said}.whole")
        whole.write_text(str(os.getpid()))
        whole.rename(self.said)
        while len(images):
            time.sleep(1)
        return super().forward(images)


class Buffering(Pooled):
    """Fills a buffer of so many megabytes for each image, and lets go of it."""

    def __init__(self, megabytes: int) -> None:
        super().__init__()
        self.megabytes = megabytes

    def forward(self, images: Tensor) -> Tensor:
        buffer = torch.ones(len(images) * self.megabytes * MEGABYTE, dtype=torch.uint8)
        return super().forward(images) + buffer[0]


class Greedy(Pooled):
    """Asks for more memory than any machine has where it is given more than one image."""

    def forward(self, images: Tensor) -> Tensor:
        if len(images) > 1:
            torch.empty(1 << 60, dtype=torch.uint8)
        return super().forward(images)


class Broken(Pooled):
    """Fails where it is given more than one image."""

    def forward(self, images: Tensor) -> Tensor:
        if len(images) > 1:
            raise RuntimeError("made for one image")
        return super().forward(images)


class Formatless(Pooled):
    """Fails in words about memory that are not about a lack of it."""

    def forward(self, images: Tensor) -> Tensor:
        raise RuntimeError(f"unsupported memory format option for {len(images)} images")


class Ended(Pooled):
    """Ends the process that runs it, as the system does when memory runs out."""

    def __init__(self, number: int = signal.SIGKILL) -> None:
        super().__init__()
        self.number = int(number)

    def forward(self, images: Tensor) -> Tensor:
        os.kill(os.getpid(), self.number)
        return super().forward(images)


class Half(Pooled):
    """Says by an error whether products are computed in bfloat16."""

    def forward(self, images: Tensor) -> Tensor:
        kind = (images.flatten(1)[:, :4] @ torch.eye(4)).dtype
        if kind is not torch.bfloat16:
            raise RuntimeError(f"products are {kind}")
        return super().forward(images)


class Listing(nn.Module):
    """Returns no tensor."""

    def forward(self, images: Tensor) -> list[Tensor]:
        return [images]


class Flat(nn.Module):
    """Returns a tensor that is no table of logits."""

    def forward(self, images: Tensor) -> Tensor:
        return images.mean(dim=(1, 2, 3))
