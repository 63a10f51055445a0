"""What makes up a published number: the corruptions, severities and data sets that the study measured with.

They are named here and not discovered, because a file that is added to one of the folders must not change what a number
means. Attacks are named by the dimension that is made of them.
"""

CORRUPTION_GROUPS = {
    "noise": ("gaussian_noise", "shot_noise", "impulse_noise"),
    "blur": ("defocus_blur", "glass_blur", "motion_blur", "zoom_blur"),
    "weather": ("snow", "frost", "fog", "brightness"),
    "digital": ("contrast", "elastic_transform", "pixelate", "jpeg_compression"),
}
"""The corruptions of ImageNet-C in its four groups."""

PUBLISHED_CORRUPTIONS = tuple(key for group in CORRUPTION_GROUPS.values() for key in group)
"""What corruption robustness is the mean of, in the customary order."""

SEVERITIES = (1, 2, 3, 4, 5)
"""At which severities each of them is measured."""

PUBLISHED_DATA_SETS = frozenset(
    {
        "imagenet-val", "imagenet-c", "imagenet-r", "edge", "silhouette", "sketch", "stylized", "cue-conflict",
        "mixed-same", "mixed-rand", "toy-val", "toy-edge", "toy-silhouette", "toy-sketch", "toy-stylized",
        "toy-renditions", "toy-cue-conflict", "toy-mixed-same", "toy-mixed-rand",
    }
)  # fmt: skip
"""The sets that published numbers come from. A second set for the pass of one of them does not take its place."""
