#!/usr/bin/python3
"""Trains the bench's networks in PyTorch, for `//tools/bench --baseline=torch`.

A child process of the bench. It says {"ready": [LINE, ...]}, lines that describe PyTorch and its libraries,
and then answers each line of standard input, a JSON object, by a line of standard output, another one:
{"error": TEXT} if something is wrong. The requests:

  {"do": "time", "work": "step" or "evaluation", "iterations": N, ...}
      -> {"seconds": processor time, divided by the number of seeds}
  {"do": "time", "work": "normals", "library": "numpy" or "torch", "count": N, "precision": ..., "iterations": N}
      -> {"seconds": processor time}
  {"do": "time", "work": "operation", "layer": "convolution", "batch norm", "max pooling" or "average pooling",
   "operation": "forward", "backward" or "update", "shape": [CHANNELS, ROWS, COLUMNS], "memory_format": ...,
   "precision": ..., "iterations": N}
      -> {"seconds": processor time}
  {"do": "export", "folder": DIR, "steps": N, ...}
      writes DIR/case.npz with data, weights and mini-batches of the baseline's last seed, trains so many steps
      -> what was evaluated of that seed afterwards: {"loss": mean squared error, ...}

All others name what is trained, and how:
  "problem": "two_layer" with "teacher_nodes", "multi_layer", "normalized", or "convolutional" with "batch_norm"
  "multiplier": of the student's width
  "precision": "double" or "float"
  "baseline": "reference", "idiomatic", or "batched" with "seeds"; the last two problems have "by_hand" instead of
      "batched", and a "memory_format", "contiguous" or "channels_last"

One thread, by the environment that the bench has set. Needs Debian's python3-torch; `tools/setup --bench` installs it.
"""

import ctypes
import functools
import json
import os
import sys
import time

try:
    import numpy
    import torch
except ImportError as missing:
    print(json.dumps({"error": f"{missing}; 'tools/setup --bench' installs it"}), flush=True)
    sys.exit(1)

from batched import Batched
from deep import ByHandDeep, IdiomaticDeep, ReferenceDeep
from idiomatic import Idiomatic
from libraries import describe
from operations import make_operation
from problems import ConvolutionalProblem, MultiLayerProblem, NormalizedProblem, TwoLayerProblem
from reference import MultiLayerReference, TwoLayerReference


DEEP_BASELINES = {"reference": ReferenceDeep, "idiomatic": IdiomaticDeep, "by_hand": ByHandDeep}


def keep_freed_memory():
    """Makes the C library keep large arrays that are freed. It would return them to the system, and touching each
    page for the first time, in every operation, takes a third of a convolutional step."""
    trim_threshold, mmap_max = -1, -4
    library = ctypes.CDLL(None)
    library.mallopt(mmap_max, 0)
    library.mallopt(trim_threshold, 2**31 - 1)


@functools.lru_cache(maxsize=None)
def make_problem(name, precision, teacher_nodes, batch_norm):
    if name == "convolutional":
        return ConvolutionalProblem(precision, batch_norm)
    if name == "two_layer":
        return TwoLayerProblem(precision, teacher_nodes)
    return {"multi_layer": MultiLayerProblem, "normalized": NormalizedProblem}[name](precision)


def make_baseline(problem, name, seeds):
    if name == "batched":
        return Batched(problem, seeds)
    if name == "idiomatic":
        return Idiomatic(problem)
    return TwoLayerReference(problem) if isinstance(problem, TwoLayerProblem) else MultiLayerReference(problem)


def make(request):
    keys = "problem", "precision", "teacher_nodes", "batch_norm"
    problem = make_problem(*[request.get(key) for key in keys]).with_student(request["multiplier"])
    if "memory_format" in request:
        return DEEP_BASELINES[request["baseline"]](problem, request["memory_format"])
    return make_baseline(problem, request["baseline"], request.get("seeds"))


def make_normals(request):
    """Returns a function that writes normals to an array, the same one at every call."""
    if request["library"] == "torch":
        tensor = torch.empty(request["count"], dtype=getattr(torch, request["precision"]))
        return tensor.normal_
    generator = numpy.random.default_rng(1)
    dtype = {"double": numpy.float64, "float": numpy.float32}[request["precision"]]
    array = numpy.empty(request["count"], dtype)
    return lambda: generator.standard_normal(dtype=dtype, out=array)


class Answers:
    def __init__(self):
        self.timed = {}

    def make_timed(self, request):
        """Returns the function that is timed, and the number of seeds that it computes."""
        if request["work"] == "normals":
            return make_normals(request), 1
        if request["work"] == "operation":
            return make_operation(request), 1
        baseline = make(request)
        work = baseline.evaluate
        if request["work"] == "step":
            work = lambda: baseline.step(baseline.draw())
        # The first call includes preparations.
        work()
        return work, baseline.seeds

    def time(self, request):
        iterations = request.pop("iterations")
        key = json.dumps(request)
        if key not in self.timed:
            self.timed[key] = self.make_timed(request)
        work, seeds = self.timed[key]
        start = time.process_time()
        for _ in range(iterations):
            work()
        return {"seconds": (time.process_time() - start) / seeds}

    def export(self, request):
        baseline = make(request)
        batches = [baseline.draw() for _ in range(request["steps"])]
        arrays = baseline.problem.arrays(baseline.seeds - 1)
        numpy.savez(
            os.path.join(request["folder"], "case.npz"),
            batches=numpy.array([baseline.samples_of_last_seed(batch) for batch in batches]),
            **{name: numpy.ascontiguousarray(array.numpy()) for name, array in arrays.items()},
        )
        for batch in batches:
            baseline.step(batch)
        return {name: values[-1] for name, values in baseline.evaluate().items()}


def main():
    keep_freed_memory()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    try:
        print(json.dumps({"ready": describe()}), flush=True)
    except RuntimeError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        sys.exit(1)
    answers = Answers()
    for line in sys.stdin:
        try:
            request = json.loads(line)
            answer = {"time": answers.time, "export": answers.export}[request["do"]](request)
        except Exception as error:  # the bench reports it and goes on
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
