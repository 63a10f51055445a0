"""Two models on the images that both saw: what is said, and why nothing is."""

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from backend.store.engine import create_store_engine
from backend.store.opened_files import EVIDENCE
from dashboard.components.paired_difference import flips
from tests.backend.conftest import fill
from tests.backend.evidence import keep_flowers
from tests.wellbehaved.test_difference_text import answer

RunPage = Callable[..., AppTest]


def test_flips_of_the_clean_images_are_said() -> None:
    told = answer(
        flips=[{"name": "pgd", "now_wrong": 9, "now_right": 9}, {"name": "clean", "now_wrong": 1, "now_right": 2}]
    )
    assert flips(told) == "Of the clean images, 1 was right and is now wrong, and 2 were wrong and are now right."
    assert flips(answer(flips=told["flips"][:1])) == ""


def test_published_models_are_said_not_to_be_compared_image_by_image(run_page: RunPage) -> None:
    page = run_page("compare", models="resnet50,alexnet")
    assert not page.exception
    (told,) = [text.value for text in page.caption if text.value.startswith("Not compared image by image")]
    assert "published" in told


def test_models_measured_here_are_compared_on_the_page(own_instance: object, run_page: RunPage, tmp_path: Path) -> None:
    del own_instance
    engine = create_store_engine(f"sqlite:///{tmp_path / 'wellbehaved.db'}")
    fill(engine, 3)
    for number in (0, 1):
        keep_flowers(engine, tmp_path / EVIDENCE, number)
    engine.dispose()
    page = run_page("compare", benchmark="flowers", models="mine-0,mine-1,mine-2")
    assert not page.exception
    (told,) = [text.value for text in page.markdown if text.value.startswith("## On the same images, Mine 1")]
    assert "Mine 0" in told
    assert any("differences with their 95 % intervals" in text.value for text in page.caption)
    assert any(text.value.startswith("Of the clean images, ") for text in page.caption)
