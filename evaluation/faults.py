"""What can be wrong with a model, as errors whose message names the value, the rule and the next step."""


class ModelFault(Exception):
    """This model cannot be measured; others in the same run can."""


class UnknownModel(ModelFault):
    """No model has this name."""


class WeightsUnavailable(ModelFault):
    """The name is known and its weights cannot be had."""


class CheckpointRefused(ModelFault):
    """The file does not hold weights that fit the architecture."""


class WrongClassCount(ModelFault):
    """The model decides among more or fewer classes than the benchmark has."""


class OutputsRefused(ModelFault):
    """The outputs are not logits, or not finite."""


class TrainingModeLeak(ModelFault):
    """A part of the model was in training mode when it was to be scored."""


class OutOfMemory(ModelFault):
    """Half a batch is still too much for the device."""


class EvaluationStopped(Exception):
    """The run was asked to stop; what was finished is kept and the same run continues there."""
