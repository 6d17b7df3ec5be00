#!/usr/bin/env python3
"""Records multi-layer runs and functions with PyTorch, in the format of data/README.md.

Usage: record_case.py FOLDER          records CASES and functions into FOLDER/own_NAME.npz
       record_case.py --check FILE... repeats recorded runs from their initial weights, data and
                                      batches, and prints the largest difference of each file

This is a program of its own, which shares nothing with Didact: PyTorch computes networks, gradients
and optimizers. --check of the recordings of the reference shows that it computes what they hold.
It needs the packages python3-torch and python3-numpy.
"""

import math
import pathlib
import sys

import numpy
import torch
from torch.nn import functional

# What is not said is 0. All cases are in double precision.
CASES = {
    "momentum": {"ks": [5, 4, 6], "outputs": 6, "shape": [5], "momentum": 0.9, "weight_decay": 1e-2,
                 "leaky_relu": 0.1, "lr_values": [0.05, 0.01]},
    "norm_after": {"ks": [5, 4, 6], "outputs": 6, "shape": [5], "bn": 1, "teacher_bn": 1,
                   "momentum": 0.5, "weight_decay": 1e-3},
    "norm_before": {"ks": [5, 4, 6], "outputs": 6, "shape": [5], "bn": 1, "bn_affine": 1,
                    "teacher_bn": 1, "teacher_bn_affine": 1, "bn_before_relu": 1, "leaky_relu": 0.2,
                    "normalize": 1, "momentum": 0.9, "weight_decay": 1e-3, "cross_entropy": 1,
                    "labels": 1, "N_train": 74},
    "adam": {"ks": [5, 4, 6], "outputs": 6, "shape": [5], "optim_method": "adam", "bn": 1,
             "bn_affine": 1, "weight_decay": 1e-3, "momentum": 0.9, "cross_entropy": 1,
             "lr_values": [0.01, 0.005]},
    "conv_norm": {"ks": [3, 4, 2], "outputs": 6, "shape": [3, 9, 8], "bn": 1, "bn_before_relu": 1,
                  "teacher_bn": 1, "leaky_relu": 0.1, "momentum": 0.9, "weight_decay": 1e-3,
                  "cross_entropy": 1, "labels": 1, "N_train": 42, "N_eval": 40},
    "conv_unit": {"ks": [3, 4], "outputs": 5, "shape": [2, 7, 7], "bn": 1, "normalize": 1,
                  "N_train": 48, "N_eval": 40},
}


class Network(torch.nn.Module):
    """The multi-layer student or teacher, made from recorded arrays `w0`, `b0`, `bn0_g`, ..."""

    def __init__(self, arrays, hp):
        super().__init__()
        self.leaky_relu = float(hp["leaky_relu"])
        self.norm_first = bool(hp["bn_before_relu"])
        self.maps = torch.nn.ModuleList()
        self.norms = torch.nn.ModuleDict()
        for layer in range(sum(name[0] == "w" for name in arrays)):
            shape = arrays[f"w{layer}"].shape
            made = (torch.nn.Conv2d(shape[1], shape[0], shape[2:]) if len(shape) == 4
                    else torch.nn.Linear(shape[1], shape[0]))
            self.maps.append(made)
            if f"bn{layer}_rm" in arrays:
                kind = torch.nn.BatchNorm2d if len(shape) == 4 else torch.nn.BatchNorm1d
                self.norms[str(layer)] = kind(shape[0], affine=f"bn{layer}_g" in arrays)
        self.to(torch.from_numpy(arrays["w0"]).dtype)
        with torch.no_grad():
            for name, tensor in self.tensors().items():
                tensor.copy_(torch.from_numpy(arrays[name]))

    def tensors(self):
        """Returns all weights and running statistics by their recorded names."""
        named = {}
        for layer, made in enumerate(self.maps):
            named[f"w{layer}"], named[f"b{layer}"] = made.weight, made.bias
        for layer, norm in self.norms.items():
            named.update({f"bn{layer}_g": norm.weight, f"bn{layer}_b": norm.bias,
                          f"bn{layer}_rm": norm.running_mean, f"bn{layer}_rv": norm.running_var})
        return {name: tensor for name, tensor in named.items() if tensor is not None}

    def forward(self, x):
        """Returns the outputs and those of the hidden layers."""
        hidden = []
        for layer, made in enumerate(self.maps):
            if isinstance(made, torch.nn.Linear):
                x = x.flatten(1)
            x = made(x)
            if layer + 1 == len(self.maps):
                return x, hidden
            norm = self.norms[str(layer)] if str(layer) in self.norms else torch.nn.Identity()
            x = norm(x) if self.norm_first else x
            x = functional.leaky_relu(x, self.leaky_relu)
            x = x if self.norm_first else norm(x)
            hidden.append(x)
        raise ValueError("no layers")

    def normalize(self):
        """Gives every node fan-in weights of norm 1."""
        with torch.no_grad():
            for made in self.maps:
                norm = made.weight.flatten(1).norm(dim=1) + 1e-5
                made.weight /= norm.view(-1, *[1] * (made.weight.dim() - 1))
                made.bias /= norm


class Statistics:
    """What the reference gathers in one pass over batches."""

    def __init__(self, hp, classes):
        self.hp, self.classes = hp, classes
        self.samples, self.hidden, self.means, self.counts = 0, [], {}, {}

    def add(self, teacher, student, labels):
        """Adds a batch: outputs and hidden layers of both networks."""
        def rows(h):
            return (h.permute(0, 2, 3, 1).flatten(0, 2) if h.dim() == 4 else h).double()

        outputs = student[0]
        self.samples += len(outputs)
        self.hidden.append([(rows(t), rows(s)) for t, s in zip(teacher[1], student[1])])
        if not self.hp["cross_entropy"]:
            self.note("mse_loss", functional.mse_loss(outputs, teacher[0]).item())
            return
        targets = {"teacher": teacher[0].argmax(1)}
        if labels is not None:
            targets["label"] = labels
        for name, target in targets.items():
            self.note("ce_loss_" + name, functional.cross_entropy(outputs, target).item())
            found = (outputs.topk(5, dim=1).indices == target[:, None]).cumsum(1).float()
            self.note("top5_" + name, (found.mean(0) * 100).double().numpy())
            count = numpy.bincount(target.numpy(), minlength=self.classes)
            key = "class_count_distri_" + name
            self.counts[key] = self.counts.get(key, 0) + count

    def note(self, name, value):
        self.means.setdefault(name, []).append(value)

    def result(self):
        named = {"n": self.samples, **self.counts}
        if self.counts:
            named["n_class"] = self.classes
        named.update({name: numpy.mean(values, axis=0) for name, values in self.means.items()})
        for layer in range(len(self.hidden[0])):
            t = torch.cat([hidden[layer][0] for hidden in self.hidden])
            s = torch.cat([hidden[layer][1] for hidden in self.hidden])
            t, s = t - t.mean(0), s - s.mean(0)
            of_sums = (t.T @ s / ((t ** 2).sum(0) + 1e-10).sqrt()[:, None]
                       / ((s ** 2).sum(0) + 1e-10).sqrt())
            of_variances = (t.T @ s / len(t) / ((t ** 2).mean(0) + 1e-7).sqrt()[:, None]
                            / ((s ** 2).mean(0) + 1e-7).sqrt())
            named[f"corrs{layer}"] = of_sums if self.hp["use_cnn"] else of_variances
            if self.hp["use_cnn"]:
                named[f"corrsflat{layer}"] = of_variances
        return named


class Run:
    """Trains a student, and records what the reference records."""

    def __init__(self, hp, data, teacher, student):
        self.hp = hp
        self.data = {name: torch.from_numpy(array) for name, array in data.items()}
        self.teacher = Network(teacher, hp).eval()
        self.student = Network(student, hp)
        self.recorded, self.series = {}, {}

    def note(self, prefix, values):
        for name, value in values.items():
            value = value.detach().numpy() if isinstance(value, torch.Tensor) else value
            self.series.setdefault(prefix + name, []).append(numpy.array(value))

    def statistics(self):
        return Statistics(self.hp, self.teacher.maps[-1].out_features)

    def evaluate(self):
        self.student.eval()
        statistics = self.statistics()
        size = int(self.hp["eval_batchsize"])
        with torch.no_grad():
            for first in range(0, len(self.data["x_eval"]), size):
                x = self.data["x_eval"][first:first + size]
                labels = self.data["y_eval"][first:first + size] if self.hp["labels"] else None
                statistics.add(self.teacher(x), self.student(x), labels)
        self.note("eval_", statistics.result())
        self.note("student_", self.student.tensors())

    def optimizer(self):
        parameters = self.student.parameters()
        decay = float(self.hp["weight_decay"])
        if self.hp["optim_method"] == "adam":
            return torch.optim.Adam(parameters, lr=1, weight_decay=decay)
        return torch.optim.SGD(parameters, lr=1, momentum=float(self.hp["momentum"]),
                               weight_decay=decay)

    def step(self, k, optimizer, statistics, norms):
        rows = self.data["batch_idx"][k]
        rows = rows[rows >= 0]
        x = self.data["x_train"][rows]
        labels = self.data["y_train"][rows] if self.hp["labels"] else None
        with torch.no_grad():
            target = self.teacher(x)
        result = self.student(x)
        loss = (functional.cross_entropy(result[0], target[0].argmax(1))
                if self.hp["cross_entropy"] else functional.mse_loss(result[0], target[0]))
        with torch.no_grad():
            statistics.add(target, result, labels)
        optimizer.zero_grad()
        loss.backward()
        gradients = {name: tensor.grad for name, tensor in self.student.tensors().items()
                     if tensor.grad is not None}
        if k == 0:
            # A bias in front of a normalization has no effect; its gradient is rounding.
            self.recorded.update({
                "grad0_" + name: gradient.numpy().copy() for name, gradient in gradients.items()
                if not (self.student.norm_first and name[0] == "b"
                        and name[1:] in self.student.norms)
            })
        layers = range(len(self.student.maps))
        for name, letter in (("weight_grad_norms", "w"), ("bias_grad_norms", "b")):
            norms.setdefault(name, []).append(
                [gradients[f"{letter}{layer}"].norm().item() for layer in layers])
        optimizer.param_groups[0]["lr"] = float(self.data["step_lr"][k])
        optimizer.step()
        if self.hp["normalize"]:
            self.student.normalize()
        return loss.item()

    def record(self):
        if self.hp["normalize"]:
            for name, tensor in self.student.tensors().items():
                self.recorded["student_raw_" + name] = tensor.detach().numpy().copy()
            self.student.normalize()
        self.evaluate()
        optimizer, losses = self.optimizer(), []
        ends = [int(step) for step in self.data["snap_steps"]]
        for first, last in zip(ends, ends[1:]):
            self.student.train()
            statistics, norms = self.statistics(), {}
            losses += [self.step(k, optimizer, statistics, norms) for k in range(first, last)]
            self.note("train_", statistics.result())
            self.note("train_",
                      {name: numpy.mean(values, axis=0) for name, values in norms.items()})
            self.evaluate()
        self.recorded["step_loss"] = numpy.array(losses)
        self.recorded.update({name: numpy.array(values) for name, values in self.series.items()})
        return self.recorded


def initial_network(generator, hp, widths, norm, drawn_norm):
    """Draws weights as PyTorch does; normalizations too if they are `drawn_norm`, not new ones."""
    def uniform(fan_in, *shape):
        return generator.uniform(-1, 1, shape) / math.sqrt(fan_in)

    def normal(width):
        return generator.normal(0, 0.3, width) if drawn_norm else numpy.zeros(width)

    def positive(width):
        return generator.uniform(0.3, 2, width) if drawn_norm else numpy.ones(width)

    arrays, inputs = {}, hp["shape"][0]
    extents = hp["shape"][1:]
    for layer, width in enumerate(widths):
        kernel = (3, 3) if extents else ()
        fan_in = inputs * math.prod(kernel)
        arrays[f"w{layer}"] = uniform(fan_in, width, inputs, *kernel)
        arrays[f"b{layer}"] = uniform(fan_in, width)
        if norm["bn"]:
            arrays[f"bn{layer}_rm"] = normal(width)
            arrays[f"bn{layer}_rv"] = positive(width)
        # The reference's convolutional networks always have gain and shift.
        if norm["bn"] and (norm["affine"] or extents):
            arrays[f"bn{layer}_g"] = positive(width)
            arrays[f"bn{layer}_b"] = normal(width)
        extents = [extent - 2 for extent in extents]
        inputs = width
    fan_in = inputs * math.prod(extents)
    arrays[f"w{len(widths)}"] = uniform(fan_in, hp["outputs"], fan_in)
    arrays[f"b{len(widths)}"] = uniform(fan_in, hp["outputs"])
    return arrays


def record_case(path, seed, settings):
    hp = {"optim_method": "sgd", "node_multi": 2, "num_epoch": 2, "batchsize": 16,
          "eval_batchsize": 32, "N_train": 80, "N_eval": 72, "momentum": 0.0, "weight_decay": 0.0,
          "cross_entropy": 0, "normalize": 0, "bn": 0, "bn_affine": 0, "teacher_bn": 0,
          "teacher_bn_affine": 0, "bn_before_relu": 0, "leaky_relu": 0.0, "labels": 0,
          "lr_epochs": [0, 1], "lr_values": [0.1, 0.05], "seed": seed, **settings}
    hp["use_cnn"] = int(len(hp["shape"]) == 3)
    generator = numpy.random.default_rng(seed)
    teacher = initial_network(generator, hp, hp["ks"],
                              {"bn": hp["teacher_bn"], "affine": hp["teacher_bn_affine"]}, True)
    student = initial_network(generator, hp, [width * hp["node_multi"] for width in hp["ks"]],
                              {"bn": hp["bn"], "affine": hp["bn_affine"]}, False)
    data = {f"x_{part}": generator.normal(0, 2, (hp[f"N_{part}"], *hp["shape"]))
            for part in ("train", "eval")}
    if hp["labels"]:
        for part in ("train", "eval"):
            data[f"y_{part}"] = generator.integers(0, hp["outputs"], hp[f"N_{part}"])
    steps = math.ceil(hp["N_train"] / hp["batchsize"])
    padding = -numpy.ones(steps * hp["batchsize"] - hp["N_train"], numpy.int64)
    data["batch_idx"] = numpy.concatenate(
        [numpy.concatenate([generator.permutation(hp["N_train"]), padding])
         for _ in range(hp["num_epoch"])]).reshape(-1, hp["batchsize"])
    data["snap_steps"] = numpy.arange(hp["num_epoch"] + 1) * steps
    data["step_lr"] = numpy.repeat(hp["lr_values"], steps)
    arrays = {**data, **{f"teacher_{name}": array for name, array in teacher.items()},
              **Run(hp, data, teacher, student).record()}
    hp["d_output"], hp["input_shape"] = hp.pop("outputs"), hp.pop("shape")
    hp["kind"] = "conv" if hp["use_cnn"] else "mlp"
    for name, value in hp.items():
        if isinstance(value, str):
            value = numpy.frombuffer(value.encode(), numpy.uint8)
        arrays[f"hp_{name}"] = value
    numpy.savez(path, **{name: numpy.ascontiguousarray(numpy.atleast_1d(array))
                         for name, array in arrays.items()})


def plain_network(generator, inputs, widths, kernel=None, extent=0):
    """Draws a network without normalizations, with the recorded names w0, b0, ..."""
    named = {}
    for layer, width in enumerate(widths):
        shape = (width, inputs)
        if kernel and layer + 1 < len(widths):
            shape = (width, inputs, kernel, kernel)
            extent -= kernel - 1
        named[f"w{layer}"] = generator.normal(0, 0.5, shape)
        named[f"b{layer}"] = generator.normal(0, 0.5, width)
        inputs = width * extent ** 2 if kernel and layer + 2 == len(widths) else width
    return named


def with_prefix(prefix, named):
    return {prefix + name: value for name, value in named.items()}


def copies(generator, dtype):
    """The student as a copy of the teacher: perturbed, in its direction, with its signs, or all."""
    teacher, student, draw = (
        {name: torch.from_numpy(array).to(dtype)
         for name, array in plain_network(generator, 7, [6, 8, 10, 12, 9]).items()}
        for _ in range(3))
    perturb = 0.3

    def in_direction(start):
        def factor(name):
            weight = "w" + name[1:]
            return torch.linalg.norm(start[weight]) / torch.linalg.norm(teacher[weight])
        return {name: array * factor(name) for name, array in teacher.items()}

    def with_signs(start):
        return {name: torch.where(array.sign() * teacher[name].sign() < 0, -array, array)
                for name, array in start.items()}

    perturbed = {name: array + draw[name] * perturb for name, array in teacher.items()}
    return {"hp_perturb": perturb, **with_prefix("teacher_", teacher),
            **with_prefix("student_", student), **with_prefix("draw_", draw),
            **with_prefix("perturb_", perturbed), **with_prefix("dir_", in_direction(student)),
            **with_prefix("sign_", with_signs(student)),
            **with_prefix("all_", with_signs(in_direction(perturbed)))}


def prune(generator, dtype):
    """Masks of the weights that read the weakest nodes, for a dense and a convolutional network."""
    ratio = [0.5, 0.3, 0.29, 0.99]
    recorded = {"hp_ratio": ratio}
    for prefix, named in (
            ("", plain_network(generator, 7, [6, 8, 10, 12, 9])),
            ("conv_", plain_network(generator, 2, [5, 7, 4], kernel=3, extent=7))):
        named = {name: torch.from_numpy(array).to(dtype) for name, array in named.items()}
        recorded.update(with_prefix(prefix, named))
        layers = len(named) // 2
        for layer in range(1, layers):
            weight, nodes = named[f"w{layer}"], len(named[f"b{layer - 1}"])
            by_node = weight.view(len(weight), nodes, -1)
            order = by_node.abs().mean(dim=(0, 2)).argsort()
            inactive = order[:int(nodes * ratio[layer - 1])]
            mask = torch.ones_like(by_node)
            mask[:, inactive] = 0
            names = (f"{prefix}inactive{layer - 1}", f"{prefix}mask{layer - 1}")
            # Of the reference there is another one, which confuses channels with positions.
            if prefix and layer + 1 == layers:
                names = ("intended_conv_inactive_last", "intended_conv_mask_last")
            recorded.update(zip(names, (inactive, mask.view_as(weight))))
    return recorded


def record_functions(folder):
    for seed, function in ((201, copies), (202, prune)):
        for suffix, dtype in (("f32", torch.float32), ("f64", torch.float64)):
            arrays = function(numpy.random.default_rng(seed), dtype)
            arrays["hp_kind"] = numpy.frombuffer(b"function", numpy.uint8)
            numpy.savez(folder / f"own_{function.__name__}_{suffix}.npz",
                        **{name: numpy.atleast_1d(array) for name, array in arrays.items()})


def check(path):
    archive = numpy.load(path)
    arrays = {name: archive[name] for name in archive.files}
    hp = {name[3:]: bytes(array).decode() if array.dtype == numpy.uint8 else array[0]
          for name, array in arrays.items() if name.startswith("hp_")}

    def network(prefix):
        return {name[len(prefix):]: array for name, array in arrays.items()
                if name.startswith(prefix)}

    raw = network("student_raw_")
    student = {name: raw.get(name, array[0]) for name, array in network("student_").items()
               if not name.startswith("raw_")}
    data = {name: array for name, array in arrays.items()
            if name.startswith(("x_", "y_", "batch", "snap", "step_lr"))}
    mine = Run(hp, data, network("teacher_"), student).record()
    errors = []
    for name, array in mine.items():
        expected = arrays[name].astype(float)
        error = abs(array.astype(float) - expected).max() / (abs(expected).max() or 1)
        errors.append((error, name))
    worst, name = max(errors)
    print(f"{path}: {len(mine)} arrays, largest difference {worst:.1e} of {name}")


def main(arguments):
    torch.set_num_threads(1)
    if arguments and arguments[0] == "--check":
        for path in arguments[1:]:
            check(path)
    elif len(arguments) == 1:
        folder = pathlib.Path(arguments[0])
        for seed, (name, settings) in enumerate(CASES.items(), start=101):
            record_case(folder / f"own_{name}.npz", seed, settings)
        record_functions(folder)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
