"""A training of Lightning is measured on the way and goes on as if nothing had happened."""

import logging
import warnings
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision.transforms import v2

from tests.wellbehaved.test_gate_command import flowers

with warnings.catch_warnings():
    # Of the libraries that it loads; nothing of ours.
    warnings.simplefilter("ignore")
    import pytorch_lightning as pl
    from pytorch_lightning.loggers import CSVLogger

from wellbehaved.lightning import BehaviourCallback

__all__ = ["flowers"]
TRANSFORM = v2.Compose(
    [v2.Resize((32, 32)), v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5] * 3, [0.5] * 3)]
)


class Net(pl.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)
        )

    def forward(self, images: Tensor) -> Tensor:
        found: Tensor = self.net(images)
        return found

    def training_step(self, batch: list[Tensor]) -> Tensor:
        images, labels = batch
        assert self.training
        return nn.functional.cross_entropy(self(images), labels)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def train(folder: Path, *callbacks: pl.Callback) -> Net:
    for name in ("pytorch_lightning", "lightning.pytorch"):
        logging.getLogger(name).setLevel(logging.ERROR)
    pl.seed_everything(0, verbose=False)
    net = Net()
    images = TensorDataset(torch.rand(16, 3, 32, 32), torch.arange(16) % 2)
    trainer = pl.Trainer(
        max_epochs=4, accelerator="cpu", devices=1, enable_progress_bar=False, enable_model_summary=False,
        enable_checkpointing=False, logger=CSVLogger(folder), callbacks=list(callbacks), log_every_n_steps=1,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer.fit(net, DataLoader(images, batch_size=8, shuffle=True))
    return net


def test_every_second_epoch_is_measured_and_the_training_is_the_same(flowers: Path, tmp_path: Path) -> None:
    watching = BehaviourCallback(
        flowers,
        every_n_epochs=2,
        transform=TRANSFORM,
        dimensions=["accuracy", "calibration_error"],
        samples_per_class=None,
    )
    watched, alone = train(tmp_path / "watched", watching), train(tmp_path / "alone")
    assert len(watching.profiles) == 2
    for name, tensor in watched.state_dict().items():
        assert torch.equal(tensor, alone.state_dict()[name]), name
    (written,) = (tmp_path / "watched").rglob("metrics.csv")
    lines = written.read_text(encoding="utf-8").splitlines()
    assert "behaviour/accuracy" in lines[0]
    assert len(lines) == 3


def test_a_part_of_the_module_may_be_what_is_measured(flowers: Path, tmp_path: Path) -> None:
    watching = BehaviourCallback(
        flowers, every_n_epochs=4, attribute="net", transform=TRANSFORM, dimensions=["accuracy"], prefix="val"
    )
    train(tmp_path / "watched", watching)
    assert [profile.dimensions for profile in watching.profiles] == [("accuracy",)]


def test_no_epoch_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="every_n_epochs is 0; use 1 or more"):
        BehaviourCallback("toy-shapes", every_n_epochs=0)
