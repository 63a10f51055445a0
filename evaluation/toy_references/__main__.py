"""Trains and measures the toy references: `python -m evaluation.toy_references FOLDER --table FILE`.

FOLDER keeps the images, the weights and the finished steps, so that the same command continues where it ended.
"""

import argparse
import logging
from pathlib import Path

import torch

from evaluation.toy.generator import ROOT, make_toy
from evaluation.toy_references import measuring
from evaluation.toy_references.recipes import RECIPES
from evaluation.toy_references.training import train_model
from evaluation.toy_training import training_images


def main(arguments: list[str] | None = None) -> None:
    """Make the images where they are not there, train what is not trained, measure, and write the table."""
    parser = argparse.ArgumentParser(prog=measuring.SCRIPT, description=__doc__)
    parser.add_argument("folder", type=Path, help="for images, weights and finished steps")
    parser.add_argument("--table", type=Path, help="where the table is written; nothing is measured without it")
    parser.add_argument("--only", nargs="+", default=[each.key for each in RECIPES], help="keys of some references")
    parser.add_argument("--seed", type=int, default=0, help="of training and measuring")
    asked = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    # The sums of a layer depend on how many threads share them; with one, a second run gives the same weights.
    torch.set_num_threads(1)
    data = asked.folder / "data"
    if not (data / ROOT).is_dir():
        make_toy(data)
    images = training_images(data)
    recipes = [each for each in RECIPES if each.key in asked.only]
    models = [
        measuring.reference_model(recipe, train_model(recipe, images, asked.folder / "weights", seed=asked.seed))
        for recipe in recipes
    ]
    if asked.table is not None:
        request = measuring.request(seed=asked.seed)
        results = measuring.measure(models, request, data=data, folder=asked.folder / "steps")
        measuring.write(measuring.table(recipes, models, results, request), asked.table)


if __name__ == "__main__":
    main()
