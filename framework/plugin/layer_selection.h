// The field `repeated int32 layer` of many plugin configs, which selects layers of a network.

#ifndef DIDACT_FRAMEWORK_PLUGIN_LAYER_SELECTION_H_
#define DIDACT_FRAMEWORK_PLUGIN_LAYER_SELECTION_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"

namespace didact {

// A selection of layers by number, from 0; an empty list selects all. A value.
class LayerSelection {
 public:
  // `layers`: a repeated int32 field; `path`: the path of that field.
  template <class RepeatedInt32>
  LayerSelection(const RepeatedInt32& layers, FieldPath path)
      : layers_(layers.begin(), layers.end()), path_(std::move(path)) {}

  // True if the list is empty.
  bool selects_all() const { return layers_.empty(); }

  // Returns the selected layers of a network with `count` layers, in the order of the list.
  // Errors: INVALID_ARGUMENT with the path of the field, for a layer that the network does not
  // have, and for one that is listed twice, which many plugins would change twice.
  absl::StatusOr<std::vector<int64_t>> Of(int64_t count) const {
    std::vector<int64_t> selected(layers_);
    for (size_t i = 0; i < selected.size(); ++i) {
      if (selected[i] < 0 || selected[i] >= count) {
        return path_.Index(static_cast<int64_t>(i))
            .Invalid(absl::StrCat("must be a layer, 0 to ", count - 1, ", got ", selected[i]));
      }
      const auto end = selected.begin() + static_cast<int64_t>(i);
      if (std::find(selected.begin(), end, selected[i]) != end) {
        return path_.Index(static_cast<int64_t>(i))
            .Invalid(absl::StrCat("must differ from those before it, got ", selected[i], " again"));
      }
    }
    if (selected.empty()) {
      for (int64_t layer = 0; layer < count; ++layer) selected.push_back(layer);
    }
    return selected;
  }

 private:
  std::vector<int64_t> layers_;
  FieldPath path_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_LAYER_SELECTION_H_
