// The names of a layer's arrays in multi-layer recordings and in Didact's files.

#ifndef DIDACT_TESTS_PARITY_MULTI_LAYER_NAMES_H_
#define DIDACT_TESTS_PARITY_MULTI_LAYER_NAMES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace didact {

struct ArrayNames {
  std::string recorded;  // follows the prefix of a network, "student_": "w0", "bn0_g"
  std::string in_files;  // follows the network's name and a dot: "0.weight", "0.bn.weight"
};

// Returns the arrays that layer `layer` may have.
inline std::vector<ArrayNames> ArraysOfLayer(int64_t layer) {
  const std::string normalization = absl::StrCat("bn", layer);
  const std::string file = absl::StrCat(layer, ".");
  return {{absl::StrCat("w", layer), file + "weight"},
          {absl::StrCat("b", layer), file + "bias"},
          {normalization + "_g", file + "bn.weight"},
          {normalization + "_b", file + "bn.bias"},
          {normalization + "_rm", file + "bn.running_mean"},
          {normalization + "_rv", file + "bn.running_var"}};
}

}  // namespace didact

#endif  // DIDACT_TESTS_PARITY_MULTI_LAYER_NAMES_H_
