"""What the product is, in a sentence."""

from dashboard.catalogue import Catalogue
from dashboard.components.introduction import sentence
from quba.dimensions import STUDY_DIMENSIONS


def test_it_counts_the_qualities_that_there_are(catalogue: Catalogue) -> None:
    text = sentence(catalogue)
    assert text.startswith("<strong>wellbehaved</strong> ranks image classifiers")
    assert f"weighted mean of {len(STUDY_DIMENSIONS)} qualities" in text
    assert text.count(". ") == 0  # one sentence
