"""ImageNet-9 mixed-same: objects before a background of their own class."""

from evaluation.datasets.backgrounds_challenge import mixed
from quba.dimension import Pass

DATA_SET = mixed("mixed_same", "ImageNet-9 mixed-same", Pass.MIXED_SAME)
