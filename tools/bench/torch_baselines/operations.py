"""Single operations of a convolutional step on a mini-batch of random images."""

import functools

import torch

from deep import FORMATS
from problems import dtype_of

BATCH, CHANNELS, KERNEL, WINDOW = 64, 64, 3, 2
MOMENTUM, EPSILON, RATE = 0.1, 1e-5, 1e-6


@functools.lru_cache(maxsize=1)
def make_arrays(shape, precision, memory_format):
    """Images, weights and the gradient of the outputs. One shape at a time, since they are large."""
    source = torch.Generator().manual_seed(1)

    def normal(*size):
        array = torch.randn(size, generator=source, dtype=dtype_of(precision))
        return array.to(memory_format=FORMATS[memory_format]) if len(size) == 4 else array

    channels, rows, columns = shape
    images = normal(BATCH, channels, rows, columns)
    weight = normal(CHANNELS, channels, KERNEL, KERNEL).mul_(0.05)
    gradient = normal(BATCH, CHANNELS, rows - KERNEL + 1, columns - KERNEL + 1)
    return images, weight, normal(CHANNELS), gradient


def make_convolution(operation, shape, precision, memory_format):
    images, weight, bias, gradient = make_arrays(shape, precision, memory_format)

    def backward(*wanted):
        return torch.ops.aten.convolution_backward(
            gradient, images, weight, [CHANNELS], [1, 1], [0, 0], [1, 1], False, [0, 0], 1, wanted
        )

    def update():
        _, weight_gradient, bias_gradient = backward(False, True, True)
        weight.add_(weight_gradient, alpha=-RATE)
        bias.add_(bias_gradient, alpha=-RATE)

    return {
        "forward": lambda: torch.conv2d(images, weight, bias),
        "backward": lambda: backward(True, False, False),
        "update": update,
    }[operation]


def make_batch_norm(operation, shape, precision, memory_format):
    images, _, _, _ = make_arrays(shape, precision, memory_format)
    norm = torch.nn.BatchNorm2d(shape[0]).to(images.dtype)
    statistics = norm.running_mean, norm.running_var
    forward = lambda: torch.native_batch_norm(images, norm.weight, norm.bias, *statistics, True, MOMENTUM, EPSILON)
    if operation == "forward":
        return forward
    outputs, mean, inverse = forward()
    return lambda: torch.ops.aten.native_batch_norm_backward(
        outputs, images, norm.weight, *statistics, mean, inverse, True, EPSILON, [True] * 3
    )


def make_pooling(operation, shape, precision, memory_format, is_maximum):
    images, _, _, _ = make_arrays(shape, precision, memory_format)
    images = images.detach().requires_grad_(operation == "backward")
    pool = torch.nn.MaxPool2d(WINDOW) if is_maximum else torch.nn.AvgPool2d(WINDOW)
    if operation == "forward":
        return lambda: pool(images)
    # Autograd, since PyTorch names the backward functions of poolings differently in each release.
    outputs = pool(images)
    gradient = torch.ones_like(outputs)
    return lambda: torch.autograd.grad(outputs, images, gradient, retain_graph=True)


MAKERS = {
    "convolution": make_convolution,
    "batch norm": make_batch_norm,
    "max pooling": functools.partial(make_pooling, is_maximum=True),
    "average pooling": functools.partial(make_pooling, is_maximum=False),
}


def make_operation(request):
    """Returns the function that is timed."""
    make = MAKERS[request["layer"]]
    with torch.no_grad():
        arguments = request["operation"], tuple(request["shape"]), request["precision"], request["memory_format"]
        if "pooling" in request["layer"]:
            with torch.enable_grad():
                return make(*arguments)
        return make(*arguments)
