from wellbehaved.reproduction_text import distance_text, tally_sentence


def test_one_value_lies_and_several_lie() -> None:
    one = {"compared": 6, "far": 1, "expected_far": 0.273}
    assert tally_sentence(one, "with a flag") == (
        "Of 6 values with a flag, 1 lies more than 2 standard errors from the published one; by chance alone, at most "
        "0.3 would."
    )
    # A bound is rounded upwards.
    assert "at most 0.2 would" in tally_sentence({**one, "expected_far": 0.137}, "")
    assert "at most 0.2 would" in tally_sentence({**one, "expected_far": 0.2}, "")
    assert ", 2 lie more" in tally_sentence({**one, "far": 2}, "")
    assert tally_sentence({**one, "compared": 1}, "with a flag").startswith("Of 1 value with a flag, 1 lies")


def test_a_distance_has_its_sign_and_one_that_is_not_known_none() -> None:
    assert distance_text({"in_standard_errors": 2.04}) == "+2.0"
    assert distance_text({"in_standard_errors": None}) == "not known"
