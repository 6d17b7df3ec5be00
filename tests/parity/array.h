// Arrays of doubles for comparisons: conversion from and to NumPy's files and the reference's
// layout of weights.

#ifndef DIDACT_TESTS_PARITY_ARRAY_H_
#define DIDACT_TESTS_PARITY_ARRAY_H_

#include "didact/framework/io/npy.h"
#include "xtensor/xarray.hpp"

namespace didact {

// A number has zero dimensions.
using Array = xt::xarray<double>;

// Converts an array of any type.
Array ToArray(const NpyArray& array);
NpyArray ToNpy(const Array& array);

// The reference keeps a layer in one matrix [in + 1, out]: column j belongs to node j, the last row
// is the bias. These convert it to weight [out, in] and bias [out], and back.
Array WeightOf(const Array& layer);
Array BiasOf(const Array& layer);
Array LayerOf(const Array& weight, const Array& bias);

// max|actual - expected| / max|expected|; without the division when `expected` is all zero.
// Infinity when the shapes differ or anything in `actual` is not finite.
double RelativeError(const Array& actual, const Array& expected);

}  // namespace didact

#endif  // DIDACT_TESTS_PARITY_ARRAY_H_
