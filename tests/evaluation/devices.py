"""The devices that a test can be run on here: the processor, and a GPU where there is one."""

import torch

DEVICES = ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)
