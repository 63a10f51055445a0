"""How each toy reference is trained: the same images throughout, and one difference at a time."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """One reference.

    Attributes:
        key: its identifier in the store.
        name: on screen.
        net: which network, a key of `NETS`.
        architecture: the word that filters use.
        training: the word that filters use.
        about: in one sentence, what sets it apart.
        epochs: times that every image is seen.
        rate: greatest learning rate.
        smoothing: share of each label that is spread over all classes.
        augmented: whether colours are taken off, blurred and made noisy at random.
        adversarial: whether it is trained on attacked images.
        textured_at_random: whether texture and background say nothing of the class in training.
    """

    key: str
    name: str
    net: str
    architecture: str
    training: str = "supervised"
    about: str
    epochs: int = 20
    rate: float = 4e-3
    smoothing: float = 0.0
    augmented: bool = False
    adversarial: bool = False
    textured_at_random: bool = False


RECIPES: tuple[Recipe, ...] = (
    Recipe(
        key="toy-linear", name="Toy linear", net="linear", architecture="unknown", rate=2e-3,
        about="A linear model on the colours of the coarse image; it knows no shapes.",
    ),
    Recipe(
        key="toy-cnn-first-steps", name="Toy CNN, first steps", net="cnn", architecture="cnn", epochs=1, rate=2e-4,
        about="The convolutional network after one pass over the images at a low learning rate: stopped far too early.",
    ),
    Recipe(
        key="toy-cnn", name="Toy CNN", net="cnn", architecture="cnn",
        about="A small convolutional network, trained on the images as they are.",
    ),
    Recipe(
        key="toy-cnn-smoothed", name="Toy CNN, label smoothing", net="cnn", architecture="cnn", smoothing=0.3,
        about="The same network with three tenths of each label spread over all classes, so that it is less sure.",
    ),
    Recipe(
        key="toy-cnn-augmented", name="Toy CNN, augmented", net="cnn", architecture="cnn", augmented=True, epochs=30,
        about="The same network on images that are made grey, blurred, noisy, lighter or darker at random.",
    ),
    Recipe(
        key="toy-cnn-adversarial", name="Toy CNN, adversarial training", net="cnn", architecture="cnn",
        training="adversarial", adversarial=True, epochs=25,
        about="The same network trained on attacked images: one step of FGSM from a random start, 8/255.",
    ),
    Recipe(
        key="toy-cnn-shape", name="Toy CNN, random textures", net="cnn", architecture="cnn", textured_at_random=True,
        epochs=15,
        about="The same network on images whose texture and background are drawn at random, so that only shape helps.",
    ),
    Recipe(
        key="toy-vit", name="Toy ViT", net="vit", architecture="transformer", rate=1e-3, epochs=12,
        about="A vision transformer of three blocks, trained on the images as they are.",
    ),
)  # fmt: skip
"""From the simplest to the one with attention; each key is once."""
