"""One network on LiteRT's interpreter: a picture in, arrays out.

Runs on the thread that calls it; the interpreter has `threads` of its own and lets other Python
threads run meanwhile. Expects a network whose tensors have been looked at
(`edgepose.models.bundle`). Raises ValueError or RuntimeError where LiteRT cannot take it.
"""

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from edgepose.vision.engines.litert.region import Numbers
from edgepose.vision.frame import Image


class Network:
    """A network that takes a square RGB picture; `size` is its side in pixels.

    `low` and `high` are what the network wants to see for black and for white.
    """

    def __init__(self, content: bytes, threads: int, low: float, high: float) -> None:
        self._interpreter = Interpreter(model_content=content, num_threads=threads)
        self._interpreter.allocate_tensors()
        (taken,) = self._interpreter.get_input_details()
        self._input = taken["index"]
        self._outputs = [each["index"] for each in self._interpreter.get_output_details()]
        self.size = int(taken["shape"][1])
        self._scale, self._low = np.float32((high - low) / 255.0), np.float32(low)

    def run(self, picture: Image) -> list[Numbers]:
        """Look at a picture of shape (size, size, 3). The arrays are in the network's order and
        are its own memory: they hold until the next call, and must be let go before it."""
        target = self._interpreter.tensor(self._input)()
        np.multiply(picture, self._scale, out=target[0])
        if self._low:
            target += self._low
        # LiteRT refuses to run while anybody holds its memory.
        del target
        self._interpreter.invoke()
        return [self._interpreter.tensor(index)() for index in self._outputs]


def sigmoid(values: Numbers) -> Numbers:
    """From what a network says to 0..1; written so that no value is too large for it."""
    likely: Numbers = 0.5 + 0.5 * np.tanh(0.5 * values)
    return likely
