from evaluation.toy_references.nets import NETS
from evaluation.toy_references.recipes import RECIPES
from quba.vocabulary import IDENTITY_WORDS


def test_eight_of_them_each_once_and_in_the_words_of_the_filters() -> None:
    assert len(RECIPES) == len({each.key for each in RECIPES}) == len({each.name for each in RECIPES}) == 8
    for each in RECIPES:
        assert each.net in NETS
        assert each.architecture in IDENTITY_WORDS["architecture"]
        assert each.training in IDENTITY_WORDS["training"]
        assert each.about.endswith(".")


def test_each_way_of_training_is_tried() -> None:
    assert any(each.augmented for each in RECIPES)
    assert any(each.adversarial for each in RECIPES)
    assert any(each.textured_at_random for each in RECIPES)
    assert any(each.smoothing for each in RECIPES)
    assert {each.net for each in RECIPES} == set(NETS)
