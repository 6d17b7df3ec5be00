"""Says what computes in this process: PyTorch, and the kernels of the libraries under it."""

import ctypes
import os
import re

import torch


def mapped_libraries():
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if ".so" in line}
    return sorted(path for path in paths if re.search("blas|blis|mkl", os.path.basename(path)))


def describe_library(path):
    """"OpenBLAS 0.3.21, kernels for SkylakeX, threads: 1"; other libraries do not tell."""
    library = ctypes.CDLL(path)
    try:
        kernels, config = library.openblas_get_corename, library.openblas_get_config
    except AttributeError:
        return os.path.basename(path)
    kernels.restype = config.restype = ctypes.c_char_p
    version = " ".join(config().decode().split()[:2])
    return f"{version}, kernels for {kernels().decode()}, threads: {library.openblas_get_num_threads()}"


def describe():
    """A line for PyTorch itself, and one for each library of linear algebra that it has loaded.

    Raises RuntimeError if that is the reference BLAS, hundreds of times as slow as the others."""
    # Some libraries are loaded when they are first needed.
    torch.ones(2, 2) @ torch.ones(2, 2)
    for path in mapped_libraries():
        if re.search("/blas/libblas.so", path):
            raise RuntimeError(
                f"PyTorch would compute with the reference BLAS ({path}), with which nothing should be compared; "
                "'update-alternatives --auto libblas.so.3-x86_64-linux-gnu' chooses OpenBLAS, "
                "which 'tools/setup' installs"
            )
    built_with = [line.strip(" -") for line in torch.__config__.show().splitlines()]
    itself = [f"PyTorch {torch.__version__}", f"threads: {torch.get_num_threads()}"]
    itself += [line for line in built_with if re.search("^CPU capability|Math Kernel Library|MKL-DNN", line)]
    # The library and its aliases for BLAS and LAPACK have the same description.
    return [", ".join(itself)] + sorted({describe_library(path) for path in mapped_libraries()})
