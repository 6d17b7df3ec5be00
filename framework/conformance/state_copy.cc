#include "framework/conformance/state_copy.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace didact {
namespace {

// Calls `visit` with every element of an array of up to 4 dimensions, in row-major order.
template <class T, class Visitor>
void ForEachElement(const ArrayView<T>& array, Visitor visit) {
  int64_t shape[ArrayView<T>::kMaxRank] = {1, 1, 1, 1};
  int64_t stride[ArrayView<T>::kMaxRank] = {0, 0, 0, 0};
  for (int d = 0; d < array.rank(); ++d) {
    shape[d] = array.shape(d);
    stride[d] = array.stride(d);
  }
  if (array.rank() == 0) return;
  for (int64_t i = 0; i < shape[0]; ++i) {
    for (int64_t j = 0; j < shape[1]; ++j) {
      for (int64_t k = 0; k < shape[2]; ++k) {
        for (int64_t l = 0; l < shape[3]; ++l) {
          visit(array.data()[i * stride[0] + j * stride[1] + k * stride[2] + l * stride[3]]);
        }
      }
    }
  }
}

template <class T>
std::vector<int64_t> ShapeOf(const ArrayView<T>& array) {
  std::vector<int64_t> shape;
  for (int d = 0; d < array.rank(); ++d) shape.push_back(array.shape(d));
  return shape;
}

}  // namespace

template <class T>
void StateCopy::Saver::Save(absl::string_view name, const ArrayView<T>& array) {
  for (const Piece& piece : pieces_) {
    if (piece.name == name) {
      status_.Update(absl::InternalError(
          absl::StrCat("pieces of state must have different names, got two ", name)));
    }
  }
  std::vector<T> elements;
  ForEachElement(array, [&](T& element) { elements.push_back(element); });
  pieces_.push_back({std::string(name), ShapeOf(array), std::move(elements)});
}

template <class T>
void StateCopy::Restorer::Restore(absl::string_view name, const ArrayView<T>& array) {
  const size_t index = next_++;
  const std::vector<T>* elements =
      index < pieces_.size() ? std::get_if<std::vector<T>>(&pieces_[index].elements) : nullptr;
  if (elements == nullptr || pieces_[index].name != name ||
      pieces_[index].shape != ShapeOf(array)) {
    status_.Update(absl::InternalError(
        absl::StrCat("the state of a prepared object must have the pieces that were saved, got ",
                     name, " at place ", index)));
    return;
  }
  size_t next = 0;
  ForEachElement(array, [&](T& element) { element = (*elements)[next++]; });
}

absl::Status StateCopy::Restorer::status() const {
  if (!status_.ok() || next_ == pieces_.size()) return status_;
  return absl::InternalError(absl::StrCat("the state of a prepared object must have the ",
                                          pieces_.size(), " pieces that were saved, got ", next_));
}

template void StateCopy::Saver::Save(absl::string_view, const ArrayView<float>&);
template void StateCopy::Saver::Save(absl::string_view, const ArrayView<double>&);
template void StateCopy::Saver::Save(absl::string_view, const ArrayView<int64_t>&);
template void StateCopy::Restorer::Restore(absl::string_view, const ArrayView<float>&);
template void StateCopy::Restorer::Restore(absl::string_view, const ArrayView<double>&);
template void StateCopy::Restorer::Restore(absl::string_view, const ArrayView<int64_t>&);

}  // namespace didact
