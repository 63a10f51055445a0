"""The quantities that several answers have, each with the text by which OpenAPI explains it."""

from typing import Annotated, TypeAlias

from pydantic import Field

# Of models.
ModelId: TypeAlias = Annotated[str, Field(description="The identifier of the model.")]
ModelName: TypeAlias = Annotated[str, Field(description="The name under which the model is listed.")]
Architecture: TypeAlias = Annotated[
    str, Field(description="The family of architectures that the model belongs to, such as `cnn` or `transformer`.")
]
Training: TypeAlias = Annotated[
    str, Field(description="The kind of training, such as `supervised` or `self-supervised`.")
]
Recipe: TypeAlias = Annotated[
    str | None, Field(description="The training recipe, such as `a1`; null where none is known.")
]
Head: TypeAlias = Annotated[
    str | None,
    Field(description="The way in which the classifier was put on the backbone; null where it is not known."),
]
PretrainingData: TypeAlias = Annotated[str, Field(description="The largest data set that the model was trained on.")]
Backbone: TypeAlias = Annotated[
    str, Field(description="The backbone, by which models are matched in paired comparisons.")
]
Lineage: TypeAlias = Annotated[
    str | None,
    Field(
        description="The pre-trained weights that fine-tuned and linear-probe models share; null where they are not "
        "known."
    ),
]
Licence: TypeAlias = Annotated[
    str,
    Field(
        description="The licence of the weights, as SPDX or its source spells it, in lower case; `unknown` where no "
        "source states one. The terms of the training data may add to it."
    ),
]
CommercialUse: TypeAlias = Annotated[
    str,
    Field(
        description="Whether the licence allows commercial use by its words: `yes`, `no`, or `unknown` where it is "
        "not known or does not say."
    ),
]
MacsBillions: TypeAlias = Annotated[
    float | None,
    Field(description="The multiply-accumulates for one image of the input size, in billions; null where not counted."),
]
ActivationsMillions: TypeAlias = Annotated[
    float | None,
    Field(
        description="The numbers that all convolutions and matrix products put out for one image of the input size, in "
        "millions; null where not counted."
    ),
]
InputSize: TypeAlias = Annotated[
    int | None,
    Field(description="The height and width in pixels of the images that the costs are counted for; null without."),
]
SourceLibrary: TypeAlias = Annotated[str, Field(description="The library or collection that the weights are from.")]
SourceIdentifier: TypeAlias = Annotated[
    str | None, Field(description="The name of the weights in that library; null where it is not known.")
]
PaperTitle: TypeAlias = Annotated[
    str | None, Field(description="The title of the paper that introduced the model; null where there is none.")
]
ModelFlags: TypeAlias = Annotated[
    list[str], Field(description="The quality flags of the model's values or label; /v1/flags explains them.")
]
ValueFlags: TypeAlias = Annotated[
    list[str], Field(description="The quality flags of the value, by their keys in /v1/flags; empty for most values.")
]
Visibility: TypeAlias = Annotated[
    str, Field(description="The visibility of the model: public, or private to holders of the token.")
]

# Of what is measured.
DataVersion: TypeAlias = Annotated[
    str,
    Field(
        description="The version of the data that the answer was made from; every change of the data makes a new one."
    ),
]
DimensionName: TypeAlias = Annotated[str, Field(description="The key of the dimension, as in /v1/dimensions.")]
Value: TypeAlias = Annotated[float, Field(description="The value on the dimension, in the unit of the dimension.")]
MaybeValue: TypeAlias = Annotated[
    float | None,
    Field(description="The value on the dimension, in the unit of the dimension; null where it is missing."),
]
DimensionValues: TypeAlias = Annotated[
    dict[str, float | None],
    Field(description="The value on each dimension, in the unit of the dimension; null where it is missing."),
]
StandardError: TypeAlias = Annotated[
    float | None,
    Field(description="The standard error of the value, in the same unit; null where it is not known."),
]
SampleCount: TypeAlias = Annotated[
    int | None,
    Field(description="The number of images that the value rests on; null where it is not known or not one number."),
]
Benchmark: TypeAlias = Annotated[
    str, Field(description="The benchmark, a suite of data sets, that the values were measured on.")
]
Protocol: TypeAlias = Annotated[
    str, Field(description="The protocol that the values were measured by, `as-published` or `corrected`.")
]
DeclaredDimensions: TypeAlias = Annotated[
    list[str],
    Field(
        description="The keys of the dimensions that the benchmark has: presets share their weight among these, and "
        "no model lacks a score because of the others."
    ),
]
Coverage: TypeAlias = Annotated[
    str,
    Field(description="The number of the benchmark's dimensions among all, in words.", examples=["6 of 9 dimensions"]),
]
Quality: TypeAlias = Annotated[
    str, Field(description="The values that count: `all`, or `screened` without the flagged ones.")
]

# Of rankings.
Normalisation: TypeAlias = Annotated[
    str, Field(description="The normalisation, by which the values of all dimensions are put on one scale.")
]
Preset: TypeAlias = Annotated[str, Field(description="The named weighting that the weights start from.")]
Weights: TypeAlias = Annotated[
    dict[str, float],
    Field(description="The weight of each dimension by its key, 0 or more; only the proportions count."),
]
Score: TypeAlias = Annotated[
    float,
    Field(
        description="The QUBA score, which is the weighted mean of the standardised values; larger is better, and 0 is "
        "the mean of the norm."
    ),
]
MaybeScore: TypeAlias = Annotated[
    float | None, Field(description="The QUBA score; null where a value under a weight above 0 is missing.")
]
Contributions: TypeAlias = Annotated[
    dict[str, float],
    Field(description="The contribution of each weighted dimension; together they sum to the score."),
]
Among: TypeAlias = Annotated[
    str,
    Field(
        description="The models that were compared: `filtered` for those that pass the filters, or `all` of the pool."
    ),
]
ComparedCount: TypeAlias = Annotated[int, Field(description="The number of models that were compared.")]
ScoredCount: TypeAlias = Annotated[int, Field(description="The number of compared models that have a score.")]
ComparedRank: TypeAlias = Annotated[int, Field(description="The rank among the compared models, where 1 is best.")]
PassingCount: TypeAlias = Annotated[int, Field(description="The number of models that pass the filters.")]

# Of samples and tests.
SampledCount: TypeAlias = Annotated[int, Field(description="The number of weightings that were sampled.")]
Jitter: TypeAlias = Annotated[
    float, Field(description="The standard deviation of the logarithm of each sampled weight's factor, 0 or more.")
]
UsedSeed: TypeAlias = Annotated[
    int, Field(description="The random seed that was used; the same seed gives the same answer.")
]
Confidence: TypeAlias = Annotated[float, Field(description="The confidence level of the intervals, between 0 and 1.")]
SignificanceLevel: TypeAlias = Annotated[
    float, Field(description="The significance level, between 0 and 1, below which a p-value counts as significant.")
]
GroupSizeA: TypeAlias = Annotated[int, Field(description="The number of models in group a.")]
GroupSizeB: TypeAlias = Annotated[int, Field(description="The number of models in group b.")]
PairCount: TypeAlias = Annotated[int | None, Field(description="The number of pairs; null where nothing is paired.")]
FromWeight: TypeAlias = Annotated[float, Field(description="The start of the interval of the weight, 0 or more.")]
ToWeight: TypeAlias = Annotated[
    float | None, Field(description="The end of the interval of the weight; null where it has none.")
]
Bound: TypeAlias = Annotated[float, Field(description="The bound of the constraint, in the unit of the dimension.")]
IsUpperBound: TypeAlias = Annotated[
    bool, Field(description="Whether the bound is an upper one: true for at most, false for at least.")
]

# Of lists.
NextCursor: TypeAlias = Annotated[str | None, Field(description="The `cursor` of the next page; null on the last.")]
