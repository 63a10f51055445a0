"""Options of the commands that ask for a ranking; written by `make answers` from the OpenAPI document."""
# ruff: noqa: E501

from typing import Final, NamedTuple


class ViewOption(NamedTuple):
    """An option that the interface checks: its name, its heading in the help, its text, and the words it takes."""

    name: str
    panel: str
    help: str
    choices: tuple[str, ...] = ()


OPTIONS: Final = (
    ViewOption("--benchmark", "Measurements", "The benchmark, a suite of data sets, that the values were measured on."),
    ViewOption(
        "--protocol",
        "Measurements",
        "The protocol that the values were measured by; a ranking never mixes protocols. Default: the benchmark's own.",
        ("as-published", "corrected"),
    ),
    ViewOption(
        "--quality",
        "Measurements",
        "The values that count: with `all` every value as published; with `screened` flagged values are missing.",
        ("all", "screened"),
    ),
    ViewOption(
        "--preset",
        "Weights",
        "The named weighting that single weights start from.",
        ("paper", "accuracy", "robust", "trustworthy", "fair", "edge", "equal"),
    ),
    ViewOption(
        "--normalisation",
        "Weights",
        "The normalisation, which puts values on one scale. Default: `published`, or `zscore` on a benchmark without published norms.",
        ("published", "trimmed", "zscore", "robust", "percentile", "minmax", "pool"),
    ),
    ViewOption("--w.accuracy", "Weights", "Weight of accuracy, 0 or more; 0 leaves it out. Default: the preset's."),
    ViewOption(
        "--w.adversarial_robustness",
        "Weights",
        "Weight of adversarial robustness, 0 or more; 0 leaves it out. Default: the preset's.",
    ),
    ViewOption(
        "--w.corruption_robustness",
        "Weights",
        "Weight of corruption robustness, 0 or more; 0 leaves it out. Default: the preset's.",
    ),
    ViewOption(
        "--w.ood_robustness", "Weights", "Weight of OOD robustness, 0 or more; 0 leaves it out. Default: the preset's."
    ),
    ViewOption(
        "--w.calibration_error",
        "Weights",
        "Weight of calibration error, 0 or more; 0 leaves it out. Default: the preset's.",
    ),
    ViewOption(
        "--w.class_balance", "Weights", "Weight of class balance, 0 or more; 0 leaves it out. Default: the preset's."
    ),
    ViewOption(
        "--w.object_focus", "Weights", "Weight of object focus, 0 or more; 0 leaves it out. Default: the preset's."
    ),
    ViewOption("--w.shape_bias", "Weights", "Weight of shape bias, 0 or more; 0 leaves it out. Default: the preset's."),
    ViewOption(
        "--w.parameters_millions", "Weights", "Weight of parameters, 0 or more; 0 leaves it out. Default: the preset's."
    ),
    ViewOption(
        "--w.negative_log_likelihood",
        "Weights",
        "Weight of negative log-likelihood, 0 or more; 0 leaves it out. Default: the preset's.",
    ),
    ViewOption(
        "--w.brier_score", "Weights", "Weight of Brier score, 0 or more; 0 leaves it out. Default: the preset's."
    ),
    ViewOption(
        "--w.scaled_calibration_error",
        "Weights",
        "Weight of ECE after temperature scaling, 0 or more; 0 leaves it out. Default: the preset's.",
    ),
    ViewOption(
        "--w.selective_accuracy",
        "Weights",
        "Weight of selective accuracy, 0 or more; 0 leaves it out. Default: the preset's.",
    ),
    ViewOption(
        "--w.area_under_risk_coverage",
        "Weights",
        "Weight of area under risk-coverage, 0 or more; 0 leaves it out. Default: the preset's.",
    ),
    ViewOption(
        "--w.top5_accuracy", "Weights", "Weight of top-5 accuracy, 0 or more; 0 leaves it out. Default: the preset's."
    ),
    ViewOption(
        "--w.worst_class_recall",
        "Weights",
        "Weight of worst-class recall, 0 or more; 0 leaves it out. Default: the preset's.",
    ),
    ViewOption(
        "--w.relative_corruption_error",
        "Weights",
        "Weight of relative mCE, 0 or more; 0 leaves it out. Default: the preset's.",
    ),
    ViewOption(
        "--w.macs_billions",
        "Weights",
        "Weight of multiply-accumulates, 0 or more; 0 leaves it out. Default: the preset's.",
    ),
    ViewOption(
        "--w.activations_millions",
        "Weights",
        "Weight of activations, 0 or more; 0 leaves it out. Default: the preset's.",
    ),
    ViewOption(
        "--architecture",
        "Filters",
        "Keep models with one of these values of architecture, comma-separated; `none` means absent.",
        ("cnn", "transformer", "vision-language", "b-cos", "unknown"),
    ),
    ViewOption(
        "--training",
        "Filters",
        "Keep models with one of these values of training, comma-separated; `none` means absent.",
        ("supervised", "self-supervised", "semi-supervised", "adversarial", "unknown"),
    ),
    ViewOption(
        "--recipe",
        "Filters",
        "Keep models with one of these values of recipe, comma-separated; `none` means absent.",
        ("a1", "a2", "a3", "none", "unknown"),
    ),
    ViewOption(
        "--head",
        "Filters",
        "Keep models with one of these values of head, comma-separated; `none` means absent.",
        ("fine-tuned", "linear-probe", "zero-shot", "none", "unknown"),
    ),
    ViewOption(
        "--pretraining_data",
        "Filters",
        "Keep models with one of these values of pretraining_data, comma-separated; `none` means absent.",
        ("imagenet-1k", "imagenet-21k", "large", "unknown"),
    ),
    ViewOption(
        "--backbone",
        "Filters",
        "Keep models with one of these values of backbone, comma-separated; `none` means absent.",
    ),
    ViewOption(
        "--lineage", "Filters", "Keep models with one of these values of lineage, comma-separated; `none` means absent."
    ),
    ViewOption(
        "--source_library",
        "Filters",
        "Keep models with one of these values of source_library, comma-separated; `none` means absent.",
    ),
    ViewOption(
        "--commercial_use",
        "Filters",
        "Keep models whose weights have a licence that allows commercial use by its words (`yes`), refuses it (`no`), or of which that is not known (`unknown`), comma-separated.",
        ("yes", "no", "unknown"),
    ),
    ViewOption(
        "--flag",
        "Filters",
        "Keep models with one of these values of flag, comma-separated; `none` means absent.",
        (
            "train-mode",
            "train-mode-mild",
            "double-softmax",
            "outlier",
            "label-corrected",
            "few-images",
            "chance-level",
            "none",
        ),
    ),
    ViewOption("--q", "Filters", "Keep models whose names, identifier or paper hold all of these words."),
    ViewOption("--score.gte", "Ranges", "Keep models whose score is at least this."),
    ViewOption("--score.lte", "Ranges", "Keep models whose score is at most this."),
    ViewOption("--accuracy.gte", "Ranges", "Keep models whose accuracy is at least this."),
    ViewOption("--accuracy.lte", "Ranges", "Keep models whose accuracy is at most this."),
    ViewOption("--adversarial_robustness.gte", "Ranges", "Keep models whose adversarial_robustness is at least this."),
    ViewOption("--adversarial_robustness.lte", "Ranges", "Keep models whose adversarial_robustness is at most this."),
    ViewOption("--corruption_robustness.gte", "Ranges", "Keep models whose corruption_robustness is at least this."),
    ViewOption("--corruption_robustness.lte", "Ranges", "Keep models whose corruption_robustness is at most this."),
    ViewOption("--ood_robustness.gte", "Ranges", "Keep models whose ood_robustness is at least this."),
    ViewOption("--ood_robustness.lte", "Ranges", "Keep models whose ood_robustness is at most this."),
    ViewOption("--calibration_error.gte", "Ranges", "Keep models whose calibration_error is at least this."),
    ViewOption("--calibration_error.lte", "Ranges", "Keep models whose calibration_error is at most this."),
    ViewOption("--class_balance.gte", "Ranges", "Keep models whose class_balance is at least this."),
    ViewOption("--class_balance.lte", "Ranges", "Keep models whose class_balance is at most this."),
    ViewOption("--object_focus.gte", "Ranges", "Keep models whose object_focus is at least this."),
    ViewOption("--object_focus.lte", "Ranges", "Keep models whose object_focus is at most this."),
    ViewOption("--shape_bias.gte", "Ranges", "Keep models whose shape_bias is at least this."),
    ViewOption("--shape_bias.lte", "Ranges", "Keep models whose shape_bias is at most this."),
    ViewOption("--parameters_millions.gte", "Ranges", "Keep models whose parameters_millions is at least this."),
    ViewOption("--parameters_millions.lte", "Ranges", "Keep models whose parameters_millions is at most this."),
    ViewOption(
        "--negative_log_likelihood.gte", "Ranges", "Keep models whose negative_log_likelihood is at least this."
    ),
    ViewOption("--negative_log_likelihood.lte", "Ranges", "Keep models whose negative_log_likelihood is at most this."),
    ViewOption("--brier_score.gte", "Ranges", "Keep models whose brier_score is at least this."),
    ViewOption("--brier_score.lte", "Ranges", "Keep models whose brier_score is at most this."),
    ViewOption(
        "--scaled_calibration_error.gte", "Ranges", "Keep models whose scaled_calibration_error is at least this."
    ),
    ViewOption(
        "--scaled_calibration_error.lte", "Ranges", "Keep models whose scaled_calibration_error is at most this."
    ),
    ViewOption("--selective_accuracy.gte", "Ranges", "Keep models whose selective_accuracy is at least this."),
    ViewOption("--selective_accuracy.lte", "Ranges", "Keep models whose selective_accuracy is at most this."),
    ViewOption(
        "--area_under_risk_coverage.gte", "Ranges", "Keep models whose area_under_risk_coverage is at least this."
    ),
    ViewOption(
        "--area_under_risk_coverage.lte", "Ranges", "Keep models whose area_under_risk_coverage is at most this."
    ),
    ViewOption("--top5_accuracy.gte", "Ranges", "Keep models whose top5_accuracy is at least this."),
    ViewOption("--top5_accuracy.lte", "Ranges", "Keep models whose top5_accuracy is at most this."),
    ViewOption("--worst_class_recall.gte", "Ranges", "Keep models whose worst_class_recall is at least this."),
    ViewOption("--worst_class_recall.lte", "Ranges", "Keep models whose worst_class_recall is at most this."),
    ViewOption(
        "--relative_corruption_error.gte", "Ranges", "Keep models whose relative_corruption_error is at least this."
    ),
    ViewOption(
        "--relative_corruption_error.lte", "Ranges", "Keep models whose relative_corruption_error is at most this."
    ),
    ViewOption("--macs_billions.gte", "Ranges", "Keep models whose macs_billions is at least this."),
    ViewOption("--macs_billions.lte", "Ranges", "Keep models whose macs_billions is at most this."),
    ViewOption("--activations_millions.gte", "Ranges", "Keep models whose activations_millions is at least this."),
    ViewOption("--activations_millions.lte", "Ranges", "Keep models whose activations_millions is at most this."),
    ViewOption("--input_size.gte", "Ranges", "Keep models whose input_size is at least this."),
    ViewOption("--input_size.lte", "Ranges", "Keep models whose input_size is at most this."),
    ViewOption(
        "--sort",
        "List",
        "Keys to sort by, comma-separated, each with `-` for descending: score, rank, name or a dimension.",
    ),
    ViewOption(
        "--limit", "List", "The largest number of items in one answer. Default: 50 as JSON, all in other formats."
    ),
    ViewOption("--cursor", "List", "The opaque `next_cursor` of the previous answer."),
    ViewOption(
        "--among",
        "List",
        "The models that the answer compares. `filtered`: those that pass the filters, as the ranking lists them; `all`: every model of the pool, whatever the filters. Scores and norms are the same either way.",
        ("filtered", "all"),
    ),
)
