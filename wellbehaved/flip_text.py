"""How many images two models decide differently, in words."""


def flips_text(now_wrong: int, now_right: int) -> str:
    """What became of images that one of two models decides right and the other wrong.

    Args:
        now_wrong: right for the first model, wrong for the second.
        now_right: the reverse.

    Example:
        >>> flips_text(1, 5)
        '1 was right and is now wrong, and 5 were wrong and are now right'
    """
    return f"{_part(now_wrong, 'right', 'wrong')}, and {_part(now_right, 'wrong', 'right')}"


def _part(count: int, before: str, now: str) -> str:
    was, is_now = ("was", "is") if count == 1 else ("were", "are")
    return f"{count:,} {was} {before} and {is_now} now {now}"
