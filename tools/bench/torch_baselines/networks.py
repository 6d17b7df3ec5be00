"""Networks of PyTorch's modules."""

import torch


def make_linear(weight):
    """Returns the layer with this weight matrix [inputs + 1, outputs], whose last row is the bias."""
    linear = torch.nn.Linear(weight.size(0) - 1, weight.size(1)).to(weight.dtype)
    with torch.no_grad():
        linear.weight.copy_(weight[:-1].t())
        linear.bias.copy_(weight[-1])
    return linear


def make_dense_network(weights, batch_norm=False):
    """Returns a rectified network; `batch_norm`: hidden layers are normalized after the activation."""
    layers = []
    for weight in weights:
        layers += [make_linear(weight), torch.nn.ReLU()]
        if batch_norm:
            layers.append(torch.nn.BatchNorm1d(weight.size(1)).to(weight.dtype))
    return torch.nn.Sequential(*layers[: -2 if batch_norm else -1])


def make_convolutional_network(shape, channels, kernel, outputs, dtype, source, batch_norm):
    """Returns rectified convolutions without padding and a fully connected layer, with PyTorch's default weights.

    shape: (channels, rows, columns) of the images.
    source: the generator of the weights.
    """
    layers = []
    inputs, rows, columns = shape
    for width in channels:
        layers += [torch.nn.Conv2d(inputs, width, kernel), torch.nn.ReLU()]
        if batch_norm:
            layers.append(torch.nn.BatchNorm2d(width))
        inputs, rows, columns = width, rows - kernel + 1, columns - kernel + 1
    layers += [torch.nn.Flatten(), torch.nn.Linear(inputs * rows * columns, outputs)]
    network = torch.nn.Sequential(*layers).to(dtype)
    with torch.no_grad():
        for layer in linear_maps(network):
            bound = layer.weight[0].numel() ** -0.5
            layer.weight.uniform_(-bound, bound, generator=source)
            layer.bias.uniform_(-bound, bound, generator=source)
    return network


def linear_maps(network):
    return [layer for layer in network if isinstance(layer, (torch.nn.Linear, torch.nn.Conv2d))]


def arrays_of(network, prefix):
    """Returns the parameters and running statistics by the names of Didact's files."""
    arrays = {}
    index = -1
    for layer in network:
        name = ""
        if isinstance(layer, (torch.nn.Linear, torch.nn.Conv2d)):
            index += 1
        elif isinstance(layer, torch.nn.modules.batchnorm._BatchNorm):
            name = "bn."
        for key, array in layer.state_dict().items():
            arrays[f"{prefix}.{index}.{name}{key}"] = array
    return arrays
