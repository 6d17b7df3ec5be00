"""The problems of the baselines: data, teachers, students, mini-batches, all functions of a seed.

Weights of a layer are one matrix [inputs + 1, outputs], whose last row is the bias. Hidden layers are rectified.
"""

import copy

import torch

from networks import arrays_of, make_convolutional_network, make_dense_network

SAMPLES = 10000

# Each of these is drawn from its own stream, so that none depends on what was drawn before.
TEACHER, STUDENT, TRAIN, EVALUATION, ORDER = range(5)


def dtype_of(precision):
    return {"double": torch.float64, "float": torch.float32}[precision]


def generator(seed, stream):
    return torch.Generator().manual_seed(10 * seed + stream)


def with_constant(x):
    """Returns `x` with a last column of ones, the constant node: biases become rows of weights."""
    return torch.cat([x, torch.ones(x.size(0), 1, dtype=x.dtype)], dim=1)


def forward(x, weights):
    """Returns the activations of each hidden layer, and the outputs."""
    hidden = []
    for weight in weights[:-1]:
        x = torch.addmm(weight[-1], x, weight[:-1]).clamp_(min=0)
        hidden.append(x)
    return hidden, torch.addmm(weights[-1][-1], x, weights[-1][:-1])


class Problem:
    """The common part of both problems.

    A subclass has the methods `teacher(seed)` and `student(seed)`, weights layer by layer, and
    `order(source)`, the samples of each mini-batch of an epoch [steps, batch].

    widths: of the student, from the inputs to the outputs.
    rate: the learning rate for the mean squared error, the mean over outputs, too.
    """

    def __init__(self, precision, teacher_widths, batch, rate, input_stddev, evaluation_samples):
        self.dtype = dtype_of(precision)
        self.teacher_widths = teacher_widths
        self.widths = teacher_widths
        self.batch = batch
        self.rate = rate
        self.input_stddev = input_stddev
        self.samples = {TRAIN: SAMPLES, EVALUATION: evaluation_samples}
        self.shared_training_data = []

    def with_student(self, multiplier):
        """Returns the problem for wider students, with the same training data."""
        problem = copy.copy(self)
        inner = [multiplier * width for width in self.teacher_widths[1:-1]]
        problem.widths = [self.teacher_widths[0], *inner, self.teacher_widths[-1]]
        return problem

    def inputs(self, data_set, seed):
        size = self.samples[data_set], self.widths[0]
        return self.input_stddev * torch.randn(size, generator=generator(seed, data_set), dtype=self.dtype)

    def data(self, data_set, seeds):
        """[seeds * samples, inputs + 1 + outputs]: inputs, a one, and the teacher's outputs, computed once."""
        size = self.samples[data_set]
        data = torch.empty(seeds * size, self.widths[0] + 1 + self.widths[-1], dtype=self.dtype)
        for seed, rows in enumerate(data.split(size)):
            x = self.inputs(data_set, seed)
            rows[:, : self.widths[0]] = x
            rows[:, self.widths[0]] = 1
            rows[:, self.widths[0] + 1 :] = forward(x, self.teacher(seed))[1]
        return data

    def training_data(self, seeds):
        """Returns `data` of the training sets. Since it is large, fewer seeds use that of more."""
        rows = seeds * self.samples[TRAIN]
        if not self.shared_training_data or self.shared_training_data[0].size(0) < rows:
            self.shared_training_data[:] = [self.data(TRAIN, seeds)]
        return self.shared_training_data[0][:rows]

    def epochs(self, seed):
        """Yields the mini-batches of one epoch after the other, [steps, batch] each."""
        source = generator(seed, ORDER)
        while True:
            yield self.order(source)

    def arrays(self, seed):
        """Returns all arrays in the layout of Didact's files: weights [outputs, inputs]."""
        arrays = {"train": self.inputs(TRAIN, seed), "eval": self.inputs(EVALUATION, seed)}
        for name, weights in (("teacher", self.teacher(seed)), ("student", self.student(seed))):
            for layer, weight in enumerate(weights):
                arrays[f"{name}.{layer}.weight"] = weight[:-1].t()
                arrays[f"{name}.{layer}.bias"] = weight[-1]
        return arrays


class TwoLayerProblem(Problem):
    """The published two-layer experiment, for which HalfSquaredError is the objective."""

    OUTPUTS = 50
    BIAS = -0.1
    CHOICES = [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1]
    STUDENT_STDDEV = 0.005
    STEPS_PER_EPOCH = 1000
    THRESHOLDS = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95]

    def __init__(self, precision, teacher_nodes):
        super().__init__(
            precision,
            teacher_widths=[100, teacher_nodes, self.OUTPUTS],
            batch=16,
            rate=0.01 * self.OUTPUTS / 2,
            input_stddev=1.5,
            evaluation_samples=SAMPLES,
        )

    def teacher(self, seed):
        source = generator(seed, TEACHER)
        choices = torch.tensor(self.CHOICES, dtype=self.dtype)
        nodes = self.teacher_widths[1]
        first = choices[torch.randint(len(choices), (self.widths[0] + 1, nodes), generator=source)]
        second = choices[torch.randint(len(choices), (nodes + 1, self.OUTPUTS), generator=source)]
        first[:-1] /= first[:-1].norm(dim=0)
        first[-1] = self.BIAS
        second[:-1] /= torch.arange(1, nodes + 1, dtype=self.dtype).unsqueeze(1)
        second[-1] = self.BIAS
        return [first, second]

    def student(self, seed):
        source = generator(seed, STUDENT)
        weights = []
        for fan_in, fan_out in zip(self.widths[:-1], self.widths[1:]):
            weight = torch.zeros(fan_in + 1, fan_out, dtype=self.dtype)
            weight[:-1].normal_(std=self.STUDENT_STDDEV, generator=source)
            weights.append(weight)
        return weights

    def order(self, source):
        return torch.randint(SAMPLES, (self.STEPS_PER_EPOCH, self.batch), generator=source)


class MultiLayerProblem(Problem):
    """The multi-layer experiment of the reference."""

    def __init__(self, precision):
        super().__init__(
            precision,
            teacher_widths=[20, 50, 75, 100, 125, 100],
            batch=64,
            rate=0.01,
            input_stddev=1.0,
            evaluation_samples=1000,
        )

    def _uniform(self, widths, source):
        """PyTorch's default for linear layers."""
        weights = []
        for fan_in, fan_out in zip(widths[:-1], widths[1:]):
            weight = torch.empty(fan_in + 1, fan_out, dtype=self.dtype)
            weights.append(weight.uniform_(-(fan_in**-0.5), fan_in**-0.5, generator=source))
        return weights

    def teacher(self, seed):
        return self._uniform(self.teacher_widths, generator(seed, TEACHER))

    def student(self, seed):
        return self._uniform(self.widths, generator(seed, STUDENT))

    def order(self, source):
        steps = SAMPLES // self.batch
        return torch.randperm(SAMPLES, generator=source)[: steps * self.batch].view(steps, self.batch)


class NormalizedProblem(MultiLayerProblem):
    """The same with batch normalization in the student, after its activations."""

    has_images = False

    def student_network(self):
        return make_dense_network(self.student(0), batch_norm=True)

    def teacher_network(self):
        return make_dense_network(self.teacher(0))

    @torch.no_grad()
    def targets(self, x):
        return self.teacher_network()(x)

    def arrays(self, seed):
        arrays = {name: array for name, array in super().arrays(seed).items() if not name.startswith("student.")}
        return {**arrays, **arrays_of(self.student_network(), "student")}


class ConvolutionalProblem:
    """Convolutions of 64 channels on images of CIFAR-10's size, with random pixels; teacher and student are as wide."""

    has_images = True
    IMAGE = 3, 32, 32
    CHANNELS = [64] * 4
    KERNEL = 3
    OUTPUTS = 10

    def __init__(self, precision, batch_norm):
        self.dtype = dtype_of(precision)
        self.batch_norm = batch_norm
        self.batch = 64
        self.rate = 0.01
        self.samples = {TRAIN: 4 * self.batch, EVALUATION: self.batch}

    def with_student(self, multiplier):
        assert multiplier == 1
        return self

    def _network(self, stream, batch_norm):
        source = generator(0, stream)
        return make_convolutional_network(
            self.IMAGE, self.CHANNELS, self.KERNEL, self.OUTPUTS, self.dtype, source, batch_norm
        )

    def student_network(self):
        return self._network(STUDENT, self.batch_norm)

    def teacher_network(self):
        return self._network(TEACHER, batch_norm=False)

    def inputs(self, data_set, seed):
        size = self.samples[data_set], *self.IMAGE
        return torch.randn(size, generator=generator(seed, data_set), dtype=self.dtype)

    @torch.no_grad()
    def targets(self, x):
        teacher = self.teacher_network()
        return torch.cat([teacher(part) for part in x.split(self.batch)])

    def epochs(self, seed):
        source = generator(seed, ORDER)
        while True:
            yield torch.randperm(self.samples[TRAIN], generator=source).view(-1, self.batch)

    def arrays(self, seed):
        data = {"train": self.inputs(TRAIN, seed), "eval": self.inputs(EVALUATION, seed)}
        teacher = arrays_of(self.teacher_network(), "teacher")
        return {**data, **teacher, **arrays_of(self.student_network(), "student")}
