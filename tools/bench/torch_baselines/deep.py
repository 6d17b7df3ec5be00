"""Baselines for convolutional networks and networks with batch normalization.

ReferenceDeep   the operations of the reference's training loop: it evaluates the teacher in every step
IdiomaticDeep   nn.Sequential, autograd and optim.SGD; the teacher's outputs are computed once
ByHandDeep      gradients by hand, in place, updates straight into the weights

Each takes a memory format, since channels_last is faster for some convolutions and slower for others.
"""

import functools
import itertools

import torch

from problems import EVALUATION, TRAIN

FORMATS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


class IdiomaticDeep:
    seeds = 1

    def __init__(self, problem, memory_format="contiguous"):
        self.problem = problem
        self.format = FORMATS[memory_format]
        self.network = self.arrange(problem.student_network())
        self.loss = torch.nn.MSELoss()
        self.optimizer = torch.optim.SGD(self.network.parameters(), lr=problem.rate)
        self.inputs = self.arrange(problem.inputs(TRAIN, 0))
        self.batches = itertools.chain.from_iterable(problem.epochs(0))

    def arrange(self, data):
        """Images, and the weights of a network that has images, in the memory format."""
        return data.to(memory_format=self.format) if self.problem.has_images else data

    @functools.cached_property
    def targets(self):
        return self.problem.targets(self.inputs)

    @functools.cached_property
    def evaluation_set(self):
        inputs = self.problem.inputs(EVALUATION, 0)
        return self.arrange(inputs), self.problem.targets(inputs)

    def draw(self):
        return next(self.batches)

    @staticmethod
    def samples_of_last_seed(batch):
        return batch.tolist()

    def train(self, x, target):
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(self.network(x), target).backward()
        self.optimizer.step()

    def step(self, batch):
        self.train(self.arrange(self.inputs.index_select(0, batch)), self.targets.index_select(0, batch))

    @torch.inference_mode()
    def evaluate(self):
        inputs, targets = self.evaluation_set
        self.network.eval()
        loss = self.loss(self.network(inputs), targets).item()
        self.network.train()
        return {"loss": [loss]}


class ReferenceDeep(IdiomaticDeep):
    @functools.cached_property
    def teacher(self):
        return self.arrange(self.problem.teacher_network()).eval()

    def step(self, batch):
        x = self.inputs[batch]
        with torch.no_grad():
            target = self.teacher(x)
        self.train(x, target)


class ByHandDeep(IdiomaticDeep):
    """Uses the modules as storage of the parameters; what a step computes is written out."""

    MOMENTUM, EPSILON = 0.1, 1e-5

    def __init__(self, problem, memory_format="contiguous"):
        super().__init__(problem, memory_format)
        self.network.requires_grad_(False)
        self.layers = []  # of each layer: its linear map, its normalization or None
        for module in self.network:
            if isinstance(module, (torch.nn.Linear, torch.nn.Conv2d)):
                self.layers.append([module, None])
            elif isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
                self.layers[-1][1] = module

    def descend(self, module, weight_gradient, bias_gradient):
        module.weight.add_(weight_gradient, alpha=-self.problem.rate)
        module.bias.add_(bias_gradient, alpha=-self.problem.rate)

    def normalize(self, norm, hidden):
        return torch.native_batch_norm(
            hidden, norm.weight, norm.bias, norm.running_mean, norm.running_var, True, self.MOMENTUM, self.EPSILON
        )

    def backward_of_norm(self, norm, gradient, hidden, mean, inverse):
        gradient, gain, shift = torch.ops.aten.native_batch_norm_backward(
            gradient, hidden, norm.weight, norm.running_mean, norm.running_var, mean, inverse, True, self.EPSILON,
            [True] * 3,
        )
        self.descend(norm, gain, shift)
        return gradient

    @staticmethod
    def backward_of_convolution(gradient, x, linear, needs_input):
        return torch.ops.aten.convolution_backward(
            gradient, x, linear.weight, [linear.out_channels], [1, 1], [0, 0], [1, 1], False, [0, 0], 1,
            [needs_input, True, True],
        )

    @torch.inference_mode()
    def step(self, batch):
        x = self.arrange(self.inputs.index_select(0, batch))
        target = self.targets.index_select(0, batch)
        kept = []
        for linear, norm in self.layers[:-1]:
            hidden = (linear(x)).relu_()
            result = (hidden,) if norm is None else self.normalize(norm, hidden)
            kept.append((x, hidden, *result[1:]))
            x = result[0]
        shape = x.shape
        # A view, except of images whose channels are last.
        x = x.flatten(1)
        output = self.layers[-1][0]
        gradient = output(x).sub_(target).mul_(2 / target.numel())
        below = gradient.mm(output.weight).view(shape)
        output.weight.addmm_(gradient.t(), x, alpha=-self.problem.rate)
        output.bias.add_(gradient.sum(0), alpha=-self.problem.rate)
        gradient = self.arrange(below)
        for index in range(len(kept) - 1, -1, -1):
            linear, norm = self.layers[index]
            x, hidden, *statistics = kept.pop()
            if norm is not None:
                gradient = self.backward_of_norm(norm, gradient, hidden, *statistics)
            torch.ops.aten.threshold_backward.grad_input(gradient, hidden, 0, grad_input=gradient)
            if isinstance(linear, torch.nn.Conv2d):
                below, weight, bias = self.backward_of_convolution(gradient, x, linear, index > 0)
                self.descend(linear, weight, bias)
            else:
                below = gradient.mm(linear.weight) if index > 0 else None
                linear.weight.addmm_(gradient.t(), x, alpha=-self.problem.rate)
                linear.bias.add_(gradient.sum(0), alpha=-self.problem.rate)
            gradient = below
