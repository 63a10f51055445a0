from collections.abc import Callable

from sqlalchemy import Engine

from backend.imports.importer import import_results
from backend.imports.outliers import Outlier, outliers_of
from backend.store.engine import reading


def test_of_the_values_far_from_all_others_those_of_the_named_models_are_found(
    study_engine: Engine, results_csv: Callable[..., bytes]
) -> None:
    rows = [{"parameters_millions": "22000"}, {"model_id": "second", "name": "Second", "parameters_millions": "23000"}]
    import_results(study_engine, results_csv(*rows))
    with reading(study_engine) as session:
        assert outliers_of({"second", "alexnet"}, session) == (Outlier("second", "parameters_millions", 23000.0),)
        assert outliers_of(set(), session) == ()
