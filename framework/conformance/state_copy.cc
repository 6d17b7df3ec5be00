#include "didact/framework/conformance/state_copy.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace didact {
namespace {

std::vector<int64_t> ShapeOf(const AnyArrayView& array) {
  std::vector<int64_t> shape;
  for (int d = 0; d < array.rank(); ++d) shape.push_back(array.shape(d));
  return shape;
}

}  // namespace

void StateCopy::Saver::Visit(absl::string_view name, AnyArrayView array) {
  for (const Piece& piece : pieces_) {
    if (piece.name == name) {
      status_.Update(absl::InternalError(
          absl::StrCat("pieces of state must have different names, got two ", name)));
    }
  }
  std::string elements(static_cast<size_t>(array.size() * SizeOf(array.type())), '\0');
  CopyToBytes(array, elements.data());
  pieces_.push_back({std::string(name), ShapeOf(array), array.type(), std::move(elements)});
}

void StateCopy::Restorer::Visit(absl::string_view name, AnyArrayView array) {
  const size_t index = next_++;
  if (index >= pieces_.size() || pieces_[index].name != name ||
      pieces_[index].type != array.type() || pieces_[index].shape != ShapeOf(array)) {
    status_.Update(absl::InternalError(
        absl::StrCat("the state of a prepared object must have the pieces that were saved, got ",
                     name, " at place ", index)));
    return;
  }
  CopyFromBytes(pieces_[index].elements.data(), array);
}

absl::Status StateCopy::Restorer::status() const {
  if (!status_.ok() || next_ == pieces_.size()) return status_;
  return absl::InternalError(absl::StrCat("the state of a prepared object must have the ",
                                          pieces_.size(), " pieces that were saved, got ", next_));
}

}  // namespace didact
