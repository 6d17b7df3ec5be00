#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/layer_selection.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/initializer.pb.h"

namespace didact {
namespace {

// Weights from a NumPy archive, such as weights/epoch_NNNN.npz of a run.
//
// Config:   didact.NpzWeights; path, prefix (e.g. "student."), layer (none: all).
// Shapes:   arrays PREFIXl.weight [out, in] and, if the layer has a bias, PREFIXl.bias [out],
//           float32 or float64, for every selected layer l = 0, 1, ...
// Gradient: does not apply.
// Errors:   building fails as NpzReader does when the archive cannot be read; Apply with
//           INVALID_ARGUMENT when the network has no such layer, or, all at once, for arrays that
//           are missing, have another shape or type, or hold a number that is not finite, and for
//           biases of a layer that has none.
// Threads:  immutable once built; may run concurrently on different networks.
// Numerics: float64 is rounded where the network is float.
// Source:   https://numpy.org, numpy.savez.
// Example:  initializer { [didact/NpzWeights] { path: "t1.npz" prefix: "student." } }
template <class T>
class NpzWeightsInitializer final : public Initializer<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Initializer<T>>> Build(const NpzWeights& config,
                                                               const BuildContext& context) {
    const FieldPath path = context.path.Field("path");
    // Only opens the archive, so that a wrong path is found before the run starts.
    absl::StatusOr<NpzReader> reader = NpzReader::Open(config.path());
    if (!reader.ok()) return AnnotateWithPath(reader.status(), path);
    return std::make_unique<NpzWeightsInitializer>(config, context.path);
  }

  NpzWeightsInitializer(const NpzWeights& config, const FieldPath& path)
      : file_(config.path()),
        prefix_(config.prefix()),
        layers_(config.layer(), path.Field("layer")),
        path_(path.Field("path")) {}

  absl::Status Apply(const InitializerContext<T>&, NetworkView<T> weights) const override {
    DIDACT_ASSIGN_OR_RETURN(const auto layers, layers_.Of(static_cast<int64_t>(weights.size())));
    // A separate reader, since a reader must be used by one thread at a time.
    absl::StatusOr<NpzReader> reader = NpzReader::Open(file_);
    if (!reader.ok()) return AnnotateWithPath(reader.status(), path_);
    std::vector<std::string> missing;
    std::vector<std::string> needless;
    Problems problems;
    for (const int64_t layer : layers) {
      const LayerView<T>& target = weights[layer];
      const std::string weight = absl::StrCat(prefix_, layer, ".weight");
      const std::string bias = absl::StrCat(prefix_, layer, ".bias");
      if (reader->Has(weight)) {
        problems.Add(AnnotateWithPath(Load(*reader, weight, target.weight), path_));
      } else {
        missing.push_back(absl::StrCat("\"", weight, "\""));
      }
      if (target.bias.empty()) {
        if (reader->Has(bias)) needless.push_back(absl::StrCat("\"", bias, "\""));
      } else if (reader->Has(bias)) {
        problems.Add(AnnotateWithPath(Load(*reader, bias, target.bias), path_));
      } else {
        missing.push_back(absl::StrCat("\"", bias, "\""));
      }
    }
    if (!needless.empty()) {
      problems.Add(path_.Invalid(
          absl::StrCat(file_, ": must not have the arrays ", absl::StrJoin(needless, ", "),
                       ", since the network has no biases; remove bias: false of the network, or "
                       "the arrays")));
    }
    if (!missing.empty()) {
      problems.Add(path_.Invalid(
          absl::StrCat(file_, ": must have the arrays ", absl::StrJoin(missing, ", "), ", got ",
                       reader->names().empty() ? "none" : absl::StrJoin(reader->names(), ", "))));
    }
    return problems.ToStatus();
  }

 private:
  static absl::Status Load(const NpzReader& reader, const std::string& name,
                           const ArrayView<T>& target) {
    DIDACT_ASSIGN_OR_RETURN(const NpyArray array, reader.Read(name));
    std::vector<int64_t> shape;
    for (int d = 0; d < target.rank(); ++d) shape.push_back(target.shape(d));
    if (array.shape != shape) {
      return array.Invalid(absl::StrCat("must have shape [", absl::StrJoin(shape, ", "), "], got ",
                                        array.ShapeString()));
    }
    if (array.element != NpyElement::kFloat32 && array.element != NpyElement::kFloat64) {
      return array.Invalid(
          absl::StrCat("must be float32 or float64, got ", NpyElementName(array.element)));
    }
    DIDACT_ASSIGN_OR_RETURN(const std::vector<double> elements, array.template ReadAs<double>());
    const int64_t columns = target.rank() == 1 ? 1 : target.shape(1);
    for (int64_t k = 0; k < static_cast<int64_t>(elements.size()); ++k) {
      const T element = static_cast<T>(elements[k]);
      if (!std::isfinite(element)) {
        return array.Invalid(absl::StrCat("must be finite, got ", elements[k], " at index ", k));
      }
      (target.rank() == 1 ? target(k) : target(k / columns, k % columns)) = element;
    }
    return absl::OkStatus();
  }

  std::string file_;
  std::string prefix_;
  LayerSelection layers_;
  FieldPath path_;
};

}  // namespace

absl::Status RegisterNpzWeights(PluginRegistry& registry) {
  return registry.Add<NpzWeights, NpzWeightsInitializer>();
}

}  // namespace didact
