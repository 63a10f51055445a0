import re

import wellbehaved
from docs.from_code.python import page


def test_all_that_the_package_offers_is_in_it() -> None:
    named = re.findall(r"^::: ([\w.]+)$", page(), re.MULTILINE)
    modules = {name for name in named if name.rpartition(".")[2][0].islower()}
    for name in wellbehaved.__all__:
        place = f"{getattr(wellbehaved, name).__module__}.{name}"
        assert place in named or place.rpartition(".")[0] in modules, name
