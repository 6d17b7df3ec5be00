"""The tensor operations of the reference's training loops, no more and no fewer.

The two-layer reference computes its gradients by hand on matrices with a constant column, which every
forward pass appends anew. The multi-layer one is torch's own: nn.Linear, autograd, optim.SGD. Both evaluate
the teacher in every step.
"""

import functools
import random

import torch

from networks import make_dense_network
from problems import EVALUATION, SAMPLES, TRAIN, with_constant


class TwoLayerReference:
    seeds = 1

    def __init__(self, problem):
        self.problem = problem
        self.teacher = problem.teacher(0)
        self.student = problem.student(0)
        self.inputs = problem.inputs(TRAIN, 0)
        # The objective is half the sum over outputs.
        self.rate = 2 * problem.rate / problem.widths[-1]
        self.nodes = problem.widths[1]
        self.random = random.Random(1)

    @functools.cached_property
    def evaluation_inputs(self):
        return self.problem.inputs(EVALUATION, 0)

    @staticmethod
    def forward(x, weights):
        """Inputs and hidden activations with the constant node, which are off, and the outputs."""
        augmented = with_constant(x)
        hidden = with_constant(augmented @ weights[0])
        off = hidden < 0
        hidden[off] = 0
        return augmented, hidden, off, hidden @ weights[1]

    def draw(self):
        return self.random.choices(range(SAMPLES), k=self.problem.batch)

    @staticmethod
    def samples_of_last_seed(batch):
        return batch

    def step(self, batch):
        x = self.inputs[batch, :].clone()
        _, _, _, target = self.forward(x, self.teacher)
        x, hidden, off, outputs = self.forward(x, self.student)
        output_gradient = target - outputs
        second_change = hidden.t() @ output_gradient / x.size(0)
        hidden_gradient = output_gradient @ self.student[1].t()
        hidden_gradient[off] = 0
        first_change = x.t() @ hidden_gradient[:, : self.nodes] / x.size(0)
        self.student[0] += self.rate * first_change
        self.student[1] += self.rate * second_change

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
        counts = [(correlation > threshold).sum(dim=1) for threshold in self.problem.THRESHOLDS]
        found = [int((count > 0).sum()) for count in counts]
        best = correlation.max(dim=1).values.mean()
        return {"loss": [float(loss)], "mean_best": [float(best)], "found": [found]}


class MultiLayerReference:
    seeds = 1

    def __init__(self, problem):
        self.problem = problem
        self.teacher = make_dense_network(problem.teacher(0))
        self.student = make_dense_network(problem.student(0))
        self.inputs = problem.inputs(TRAIN, 0)
        self.loss = torch.nn.MSELoss()
        self.optimizer = torch.optim.SGD(self.student.parameters(), lr=problem.rate)
        self.order = None
        self.next = 0

    @functools.cached_property
    def evaluation_inputs(self):
        return self.problem.inputs(EVALUATION, 0)

    def draw(self):
        batch = self.problem.batch
        if self.order is None or self.next + batch > SAMPLES:
            self.order, self.next = torch.randperm(SAMPLES), 0
        self.next += batch
        return self.order[self.next - batch : self.next]

    @staticmethod
    def samples_of_last_seed(batch):
        return batch.tolist()

    def step(self, batch):
        x = self.inputs[batch]
        with torch.no_grad():
            target = self.teacher(x)
        self.optimizer.zero_grad()
        self.loss(self.student(x), target).backward()
        self.optimizer.step()

    def evaluate(self):
        with torch.no_grad():
            x = self.evaluation_inputs
            return {"loss": [float(self.loss(self.student(x), self.teacher(x)))]}
