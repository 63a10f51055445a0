import subprocess
import sys

from evaluation.checkpoints.guess import Guess


def test_the_service_can_hold_one_without_torch() -> None:
    said = "import evaluation.checkpoints.guess, evaluation.checkpoints.checker, sys; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert Guess(architecture="resnet18", exact=True, fitting=62, tensors=62).same_tensors == ()
