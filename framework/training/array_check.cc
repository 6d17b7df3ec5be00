#include "didact/framework/training/array_check.h"

#include <cstdint>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace didact {
namespace {

size_t SizeOf(const RecordArray& array) {
  return std::visit([](const auto& elements) { return elements.size(); }, array.elements);
}

// Returns true if an array of `size` elements can have this shape.
bool Fits(size_t size, const std::vector<int64_t>& shape) {
  uint64_t product = 1;
  for (const int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(product, static_cast<uint64_t>(extent), &product)) {
      return false;
    }
  }
  return product == size;
}

}  // namespace

std::string ArrayCheck::Form::ToString() const {
  return absl::StrCat(is_integer ? "int64" : "float64", " of ", dimensions,
                      dimensions == 1 ? " dimension" : " dimensions");
}

std::string ArrayCheck::Problem(const Record& record) {
  for (const auto& [key, array] : record.arrays()) {
    if (const size_t size = SizeOf(array); !Fits(size, array.shape)) {
      return absl::StrCat("writes the array \"", key, "\" with ", size,
                          size == 1 ? " element" : " elements", " in a shape [",
                          absl::StrJoin(array.shape, ", "), "]");
    }
    const Form form = {std::holds_alternative<std::vector<int64_t>>(array.elements),
                       array.shape.size()};
    const auto [before, is_new] = forms_.try_emplace(key, form);
    if (!is_new && before->second != form) {
      return absl::StrCat("writes the array \"", key, "\" as ", form.ToString(), ", before as ",
                          before->second.ToString());
    }
  }
  return "";
}

}  // namespace didact
