from timm.utils.misc import natural_key

from evaluation.datasets.class_orders import in_code_point_order, in_natural_order

NAMES = ["class10", "class9", "Class1", "1", "10", "2", "b2c", "B1", "ä", "z", "a01b", "a1a", "٣"]


def test_the_natural_order_is_that_of_timms_reader() -> None:
    # What looks like a number and is none breaks timm's reader.
    assert in_natural_order(["²", "1"]) == ("1", "²")
    assert list(in_natural_order(NAMES)) == sorted(NAMES, key=natural_key)
    assert in_natural_order(["a", "A"]) == in_natural_order(["A", "a"]) == ("A", "a")


def test_the_order_of_names_is_that_of_torchvision() -> None:
    assert in_code_point_order(NAMES) == tuple(sorted(NAMES))
