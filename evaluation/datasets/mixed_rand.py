"""ImageNet-9 mixed-rand: the same objects before a background of any class."""

from evaluation.datasets.backgrounds_challenge import mixed
from quba.dimension import Pass

DATA_SET = mixed("mixed_rand", "ImageNet-9 mixed-rand", Pass.MIXED_RAND)
