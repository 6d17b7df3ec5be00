"""Gradients by hand, many seeds at once: what PyTorch can do for those who train many small networks.

Each operation works on all seeds (bmm, baddbmm), in place or into arrays that are kept, and updates accumulate
straight into the weights. The teacher's outputs are computed once for each data set. Inputs, constant
node and targets of a sample lie in one row, so that a mini-batch is gathered by one operation.
"""

import functools
import itertools

import torch

from idiomatic import standardized
from problems import EVALUATION, TRAIN, forward

# Number of samples of the evaluation set that are evaluated together for each seed: small enough
# for the activations to stay in a cache, large enough for efficient products.
BLOCK = 256


class Batched:
    def __init__(self, problem, seeds):
        self.problem = problem
        self.seeds = seeds
        students = [problem.student(seed) for seed in range(seeds)]
        self.weights = [torch.stack(layer) for layer in zip(*students)]
        # For networks with one hidden layer, correlations between its nodes and the teacher's are
        # evaluated.
        self.specialization = len(self.weights) == 2
        self.weights_transposed = [weight[:, :-1].transpose(1, 2) for weight in self.weights]
        self.first_row = torch.arange(seeds).repeat_interleave(problem.batch).mul_(problem.samples[TRAIN])
        self.batches = itertools.chain.from_iterable(self.epochs())
        # d/dz of the mean squared error is 2 (z - target) / (batch * outputs).
        self.factor = -2 * problem.rate / (problem.batch * problem.widths[-1])
        self.data = problem.training_data(seeds)
        self.rows = torch.empty(seeds * problem.batch, self.data.size(1), dtype=problem.dtype)
        rows = self.rows.view(seeds, problem.batch, -1)
        self.layers_in, self.outputs = self.make_activations(rows)
        self.layers_in_transposed = [x.transpose(1, 2) for x in self.layers_in]
        self.hidden = [x[:, :, :-1] for x in self.layers_in[1:]]
        self.hidden_gradients = [torch.empty(x.shape, dtype=x.dtype) for x in self.hidden]

    def make_activations(self, rows):
        """Returns the inputs of each layer, with the constant node, and the outputs.

        The outputs overwrite the targets.
        """
        inputs = self.problem.widths[0] + 1
        layers_in = [rows[:, :, :inputs]]
        for width in self.problem.widths[1:-1]:
            layers_in.append(torch.ones(rows.size(0), rows.size(1), width + 1, dtype=rows.dtype))
        return layers_in, rows[:, :, inputs:]

    def epochs(self):
        """Yields epochs like Problem, with rows of `data` for all seeds: [steps, seeds * batch]."""
        for orders in zip(*[self.problem.epochs(seed) for seed in range(self.seeds)]):
            yield torch.cat(orders, dim=1).add_(self.first_row)

    def draw(self):
        return next(self.batches)

    def samples_of_last_seed(self, rows):
        return (rows - self.first_row)[-self.problem.batch :].tolist()

    def step(self, rows):
        torch.index_select(self.data, 0, rows, out=self.rows)
        for x, weight, hidden in zip(self.layers_in, self.weights, self.hidden):
            torch.bmm(x, weight, out=hidden)
            hidden.clamp_min_(0)
        gradient = self.outputs.baddbmm_(self.layers_in[-1], self.weights[-1], beta=-1)
        for layer in range(len(self.weights) - 1, 0, -1):
            below, hidden = self.hidden_gradients[layer - 1], self.hidden[layer - 1]
            torch.bmm(gradient, self.weights_transposed[layer], out=below)
            self.weights[layer].baddbmm_(self.layers_in_transposed[layer], gradient, alpha=self.factor)
            gradient = torch.ops.aten.threshold_backward.grad_input(below, hidden, 0, grad_input=below)
        self.weights[0].baddbmm_(self.layers_in_transposed[0], gradient, alpha=self.factor)

    @functools.cached_property
    def blocks(self):
        """For each block of the evaluation set: what goes into each layer, targets, outputs, and the teacher's
        standardized activations with a constant node, transposed, or None."""
        problem, seeds = self.problem, self.seeds
        size = problem.samples[EVALUATION]
        data = problem.data(EVALUATION, seeds).view(seeds, size, -1)
        if self.specialization:
            teacher_hidden = torch.ones(seeds, size, problem.teacher_widths[1] + 1, dtype=problem.dtype)
            for seed in range(seeds):
                hidden, _ = forward(data[seed, :, : problem.widths[0]], problem.teacher(seed))
                teacher_hidden[seed, :, :-1] = standardized(hidden[0])
        layers_in, _ = self.make_activations(torch.empty(seeds, BLOCK, data.size(2), dtype=problem.dtype))
        outputs = torch.empty(seeds, BLOCK, problem.widths[-1], dtype=problem.dtype)
        blocks = []
        for start in range(0, size, BLOCK):
            part = data[:, start : start + BLOCK]
            count = part.size(1)
            blocks.append(
                (
                    [part[:, :, : problem.widths[0] + 1]] + [x[:, :count] for x in layers_in[1:]],
                    part[:, :, problem.widths[0] + 1 :],
                    outputs[:, :count],
                    teacher_hidden[:, start : start + BLOCK].transpose(1, 2) if self.specialization else None,
                )
            )
        return blocks

    def evaluate(self):
        problem = self.problem
        size = problem.samples[EVALUATION]
        squares = torch.zeros(self.seeds, dtype=problem.dtype)
        if self.specialization:
            nodes = problem.widths[1]
            moments = torch.zeros(self.seeds, problem.teacher_widths[1] + 1, nodes, dtype=problem.dtype)
            hidden_squares = torch.zeros(self.seeds, nodes, dtype=problem.dtype)
        for layers_in, target, outputs, teacher_hidden in self.blocks:
            for x, weight, above in zip(layers_in, self.weights, layers_in[1:]):
                hidden = above[:, :, :-1]
                torch.bmm(x, weight, out=hidden)
                hidden.clamp_min_(0)
            torch.baddbmm(target, layers_in[-1], self.weights[-1], beta=-1, out=outputs)
            squares += torch.linalg.vector_norm(outputs, dim=(1, 2)).square_()
            if self.specialization:
                moments.baddbmm_(teacher_hidden, hidden)
                hidden_squares += torch.linalg.vector_norm(hidden, dim=1).square_()
        answer = {"loss": squares.div_(size * problem.widths[-1]).tolist()}
        if self.specialization:
            # The teacher's activations have mean 0, so the students' need not be centered.
            variation = hidden_squares - moments[:, -1].square() / size
            best = moments[:, :-1].div_((variation + 1e-10).sqrt_().unsqueeze(1)).amax(dim=2)
            thresholds = torch.tensor(problem.THRESHOLDS, dtype=problem.dtype)
            answer["mean_best"] = best.mean(dim=1).tolist()
            answer["found"] = (best.unsqueeze(2) > thresholds).sum(dim=1).tolist()
        return answer
