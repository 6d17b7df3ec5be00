"""The baseline in the form of PyTorch's manual: nn.Sequential, autograd and optim.SGD.

It does no unnecessary work.

The teacher's outputs are computed once for each data set, as Didact does.
"""

import functools
import itertools

import torch

from networks import make_dense_network
from problems import EVALUATION, TRAIN, forward


def standardized(activations):
    """Returns each node's activations with mean 0 and norm 1 over the samples."""
    centered = activations - activations.mean(dim=0)
    return centered.div_((centered.square().sum(dim=0) + 1e-10).sqrt_())


class Idiomatic:
    seeds = 1

    def __init__(self, problem):
        self.problem = problem
        self.network = make_dense_network(problem.student(0))
        self.loss = torch.nn.MSELoss()
        self.optimizer = torch.optim.SGD(self.network.parameters(), lr=problem.rate)
        self.inputs = problem.inputs(TRAIN, 0)
        _, self.targets = forward(self.inputs, problem.teacher(0))
        self.batches = itertools.chain.from_iterable(problem.epochs(0))

    @functools.cached_property
    def evaluation_set(self):
        """Inputs, targets, and the teacher's standardized activations if it has one hidden layer, else None."""
        inputs = self.problem.inputs(EVALUATION, 0)
        hidden, targets = forward(inputs, self.problem.teacher(0))
        return inputs, targets, standardized(hidden[0]) if len(hidden) == 1 else None

    def draw(self):
        return next(self.batches)

    @staticmethod
    def samples_of_last_seed(batch):
        return batch.tolist()

    def step(self, batch):
        x = self.inputs.index_select(0, batch)
        target = self.targets.index_select(0, batch)
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(self.network(x), target).backward()
        self.optimizer.step()

    @torch.no_grad()
    def evaluate(self):
        hidden, targets, teacher_hidden = self.evaluation_set
        for layer in self.network[:-1]:
            hidden = layer(hidden)
        loss = self.loss(self.network[-1](hidden), targets)
        if teacher_hidden is None:
            return {"loss": [loss.item()]}
        best = (teacher_hidden.t() @ standardized(hidden)).amax(dim=1)
        found = [int((best > threshold).sum()) for threshold in self.problem.THRESHOLDS]
        return {"loss": [loss.item()], "mean_best": [best.mean().item()], "found": [found]}
