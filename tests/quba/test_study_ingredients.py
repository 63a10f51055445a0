import re

from quba.dimensions import STUDY_DIMENSIONS
from quba.study_ingredients import STUDY_INGREDIENTS


def test_each_of_the_nine_says_what_it_is_made_of() -> None:
    assert tuple(STUDY_INGREDIENTS) == STUDY_DIMENSIONS
    counted = {key for key, each in STUDY_INGREDIENTS.items() if each.digest is None}
    assert counted == {"parameters_millions"}
    assert all(re.fullmatch("[0-9a-f]{64}", each.digest) for each in STUDY_INGREDIENTS.values() if each.digest)
