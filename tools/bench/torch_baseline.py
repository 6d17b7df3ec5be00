#!/usr/bin/python3
"""Trains the reference's networks in PyTorch, for `//tools/bench --baseline=torch`.

A child process of the bench. It says {"ready": VERSION}, and then answers each line of standard
input, a JSON object, by a line of standard output, another one: {"error": TEXT} if something is
wrong. The requests:

  {"do": "time", "task": NAME, "precision": P, "iterations": N, ...}   -> {"seconds": processor time}
  {"do": "export", "folder": DIR, "task": NAME, "precision": P, "steps": N, ...}
      writes DIR/case.npz with data, weights and mini-batches, trains so many steps on it
      -> {"loss": mean squared error on the evaluation set afterwards, and what else was evaluated}

NAME is one of
  two_layer_step, two_layer_evaluation   with "teacher_nodes" and "multiplier"
  multi_layer_step

The two-layer reference computes its gradients by hand on matrices with a constant column, which every
forward pass appends anew; here are the tensor operations of its training loop, no more and no fewer. The
multi-layer one is torch's own: nn.Linear, autograd, optim.SGD. Both evaluate the teacher in every
step. One thread. Needs Debian's python3-torch; `tools/setup --bench` installs it.
"""

import json
import os
import random
import sys
import time

# Of the library that does torch's products; read when it is loaded.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

try:
    import numpy
    import torch
except ImportError as missing:
    print(json.dumps({"error": f"{missing}; 'tools/setup --bench' installs it"}), flush=True)
    sys.exit(1)

INPUTS, OUTPUTS, BATCH, SAMPLES = 100, 50, 16, 10000
INPUT_STDDEV, STUDENT_STDDEV, RATE, BIAS = 1.5, 0.005, 0.01, -0.1
CHOICES = [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1]
THRESHOLDS = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95]

DEEP_WIDTHS, DEEP_MULTIPLIER, DEEP_BATCH, DEEP_RATE = [20, 50, 75, 100, 125, 100], 10, 64, 0.01
DEEP_EVALUATION_SAMPLES = 1000


def dtype_of(precision):
    return {"double": torch.float64, "float": torch.float32}[precision]


def with_constant(x):
    """`x` with a last column of ones: the constant node, which makes biases rows of the weights."""
    return torch.cat([x, torch.ones(x.size(0), 1, dtype=x.dtype)], dim=1)


class TwoLayer:
    """Weights are `first` [inputs + 1, nodes] and `second` [nodes + 1, outputs]; node j is a column."""

    def __init__(self, teacher_nodes, multiplier, precision):
        dtype = dtype_of(precision)
        torch.manual_seed(1)
        self.random = random.Random(1)
        self.nodes = teacher_nodes * multiplier
        self.teacher = self.make_teacher(teacher_nodes, dtype)
        self.student = [
            STUDENT_STDDEV * torch.randn(INPUTS + 1, self.nodes, dtype=dtype),
            STUDENT_STDDEV * torch.randn(self.nodes + 1, OUTPUTS, dtype=dtype),
        ]
        self.student[0][-1] = 0
        self.student[1][-1] = 0
        self.evaluation_inputs = INPUT_STDDEV * torch.randn(SAMPLES, INPUTS, dtype=dtype)
        self.inputs = INPUT_STDDEV * torch.randn(SAMPLES, INPUTS, dtype=dtype)

    @staticmethod
    def make_teacher(nodes, dtype):
        choices = torch.tensor(CHOICES, dtype=dtype)
        first = choices[torch.randint(len(CHOICES), (INPUTS + 1, nodes))]
        second = choices[torch.randint(len(CHOICES), (nodes + 1, OUTPUTS))]
        first[:-1] /= first[:-1].norm(dim=0)
        first[-1] = BIAS
        second[:-1] /= torch.arange(1, nodes + 1, dtype=dtype).unsqueeze(1)
        second[-1] = BIAS
        return [first, second]

    @staticmethod
    def forward(x, weights):
        """Inputs and hidden activations with the constant node, which are off, and the outputs."""
        augmented = with_constant(x)
        hidden = with_constant(augmented @ weights[0])
        off = hidden < 0
        hidden[off] = 0
        return augmented, hidden, off, hidden @ weights[1]

    def draw_batch(self):
        return self.random.choices(range(SAMPLES), k=BATCH)

    def step(self, batch=None):
        batch = self.draw_batch() if batch is None else batch
        x = self.inputs[batch, :].clone()
        _, _, _, target = self.forward(x, self.teacher)
        x, hidden, off, outputs = self.forward(x, self.student)
        output_gradient = target - outputs
        second_change = hidden.t() @ output_gradient / x.size(0)
        hidden_gradient = output_gradient @ self.student[1].t()
        hidden_gradient[off] = 0
        first_change = x.t() @ hidden_gradient[:, : self.nodes] / x.size(0)
        self.student[0] += RATE * first_change
        self.student[1] += RATE * second_change

    def evaluate(self):
        x = self.evaluation_inputs
        _, teacher_hidden, _, target = self.forward(x, self.teacher)
        _, student_hidden, _, outputs = self.forward(x, self.student)
        loss = (target - outputs).pow(2).mean()
        a = teacher_hidden[:, :-1]
        b = student_hidden[:, :-1]
        a = a - a.mean(dim=0)
        b = b - b.mean(dim=0)
        a_norm = (a.pow(2).sum(dim=0) + 1e-10).sqrt()
        b_norm = (b.pow(2).sum(dim=0) + 1e-10).sqrt()
        correlation = (a.t() @ b) / a_norm.unsqueeze(1) / b_norm.unsqueeze(0)
        counts = [(correlation > threshold).sum(dim=1) for threshold in THRESHOLDS]
        found = [int((count > 0).sum()) for count in counts]
        best = correlation.max(dim=1).values.mean()
        return {"loss": float(loss), "mean_best": float(best), "found": found}

    def arrays(self):
        """In the layout of Didact's files: weights [out, in]."""
        arrays = {"train": self.inputs, "eval": self.evaluation_inputs}
        for name, weights in (("teacher", self.teacher), ("student", self.student)):
            for layer, weight in enumerate(weights):
                arrays[f"{name}.{layer}.weight"] = weight[:-1].t()
                arrays[f"{name}.{layer}.bias"] = weight[-1]
        return arrays


class MultiLayer:
    def __init__(self, precision):
        dtype = dtype_of(precision)
        torch.manual_seed(1)
        widths = DEEP_WIDTHS
        self.teacher = self.make_network(widths, dtype)
        scaled = [DEEP_MULTIPLIER * width for width in widths[1:-1]]
        self.student = self.make_network([widths[0]] + scaled + [widths[-1]], dtype)
        self.inputs = torch.randn(SAMPLES, widths[0], dtype=dtype)
        self.evaluation_inputs = torch.randn(DEEP_EVALUATION_SAMPLES, widths[0], dtype=dtype)
        self.loss = torch.nn.MSELoss()
        self.optimizer = torch.optim.SGD(self.student.parameters(), lr=DEEP_RATE)
        self.order = None
        self.next = 0

    @staticmethod
    def make_network(widths, dtype):
        layers = []
        for fan_in, fan_out in zip(widths[:-1], widths[1:]):
            layers += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU()]
        return torch.nn.Sequential(*layers[:-1]).to(dtype)

    def draw_batch(self):
        if self.order is None or self.next + DEEP_BATCH > SAMPLES:
            self.order, self.next = torch.randperm(SAMPLES), 0
        self.next += DEEP_BATCH
        return self.order[self.next - DEEP_BATCH : self.next]

    def step(self, batch=None):
        x = self.inputs[self.draw_batch() if batch is None else batch]
        with torch.no_grad():
            target = self.teacher(x)
        self.optimizer.zero_grad()
        self.loss(self.student(x), target).backward()
        self.optimizer.step()

    def evaluate(self):
        with torch.no_grad():
            x = self.evaluation_inputs
            return {"loss": float(self.loss(self.student(x), self.teacher(x)))}

    def arrays(self):
        arrays = {"train": self.inputs, "eval": self.evaluation_inputs}
        for name, network in (("teacher", self.teacher), ("student", self.student)):
            for layer, linear in enumerate(network[::2]):
                arrays[f"{name}.{layer}.weight"] = linear.weight.detach()
                arrays[f"{name}.{layer}.bias"] = linear.bias.detach()
        return arrays


class Answers:
    def __init__(self):
        self.networks = {}

    def make(self, request):
        if request["task"] == "multi_layer_step":
            return MultiLayer(request["precision"])
        return TwoLayer(request["teacher_nodes"], request["multiplier"], request["precision"])

    def kept(self, request):
        key = tuple(request.get(name) for name in ("precision", "teacher_nodes", "multiplier"))
        if key not in self.networks:
            network = self.networks[key] = self.make(request)
            # torch's own preparations, outside the time.
            network.step()
            network.evaluate()
        return self.networks[key]

    def time(self, request):
        network = self.kept(request)
        work = network.evaluate if request["task"] == "two_layer_evaluation" else network.step
        start = time.process_time()
        for _ in range(request["iterations"]):
            work()
        return {"seconds": time.process_time() - start}

    def export(self, request):
        network = self.make(request)
        batches = [list(map(int, network.draw_batch())) for _ in range(request["steps"])]
        arrays = {name: array.numpy().copy() for name, array in network.arrays().items()}
        numpy.savez(
            os.path.join(request["folder"], "case.npz"),
            batches=numpy.array(batches, dtype=numpy.int64),
            **{name: numpy.ascontiguousarray(array) for name, array in arrays.items()},
        )
        for batch in batches:
            network.step(batch)
        return network.evaluate()


def main():
    torch.set_num_threads(1)
    print(json.dumps({"ready": torch.__version__}), flush=True)
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
