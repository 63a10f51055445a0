"""Measures a model of Lightning while it is trained. Needs Lightning, which nothing else here does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbehaved.measuring import measure
from wellbehaved.training import PREFIX, QUICK_IMAGES_PER_CLASS, log_profile

if TYPE_CHECKING:
    from pytorch_lightning import Callback, LightningModule, Trainer

    from wellbehaved.profile import Profile
else:
    try:
        from lightning.pytorch import Callback
    except ImportError:
        from pytorch_lightning import Callback


class BehaviourCallback(Callback):
    """Measures the model after some epochs and writes the values to the trainer's loggers.

    The training goes on as if nothing had been measured: weights, modes, gradients and random state come back as they
    were.

    Args:
        benchmark: key of a benchmark, or the path of a folder of images.
        every_n_epochs: 1 or more; the first measurement follows after so many.
        samples_per_class: clean images of each class in the subset that is measured on.
        attribute: of the Lightning module, the net that returns logits; None for the module itself.
        prefix: of the names in the logger.
        options: further arguments of `wellbehaved.measure`, such as `transform` and `dimensions`.
    """

    def __init__(
        self,
        benchmark: str | Path,
        *,
        every_n_epochs: int = 1,
        samples_per_class: int | None = QUICK_IMAGES_PER_CLASS,
        attribute: str | None = None,
        prefix: str = PREFIX,
        **options: Any,  # noqa: ANN401 - those of `measure`
    ) -> None:
        if every_n_epochs < 1:
            raise ValueError(f"every_n_epochs is {every_n_epochs}; use 1 or more.")
        super().__init__()
        self.profiles: list[Profile] = []
        self._benchmark = benchmark
        self._every_n_epochs = every_n_epochs
        self._attribute = attribute
        self._prefix = prefix
        # A second bar would break the trainer's own.
        self._options = {"progress": False, **options, "samples_per_class": samples_per_class}

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Measure after the epochs that were asked for, in one process alone where several train."""
        # All processes hold the same weights; measured in each, the values would be written several times.
        if (trainer.current_epoch + 1) % self._every_n_epochs or not trainer.is_global_zero:
            return
        net = pl_module if self._attribute is None else getattr(pl_module, self._attribute)
        profile = measure(net, self._benchmark, **self._options)
        self.profiles.append(profile)
        for logger in trainer.loggers:
            log_profile(profile, logger, step=trainer.global_step, prefix=self._prefix)
