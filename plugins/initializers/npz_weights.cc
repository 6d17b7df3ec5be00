#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "didact/framework/base/any_array_view.h"
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
// Shapes:   arrays PREFIXl.weight [out, in] (of a convolution, [out, in, rows, columns]) and, if the
//           network has biases, PREFIXl.bias [out], float32 or float64, for every selected layer
//           l = 0, 1, ...; with batch normalization also PREFIXl.bn.weight, .bn.bias,
//           .bn.running_mean and .bn.running_var [out]. PyTorch's .bn.num_batches_tracked is
//           ignored.
// Gradient: does not apply.
// Errors:   building fails as NpzReader does when the archive cannot be read; Apply with
//           INVALID_ARGUMENT when the network has no such layer, or, all at once, for arrays that
//           are missing, belong to no array of the selected layers, have another shape or type, or
//           hold a number that is not finite or a running variance that is negative.
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
    std::set<std::string> expected;
    Problems problems;
    for (const int64_t layer : layers) {
      for (const auto& [name, target] : ArraysOf(weights[layer])) {
        const std::string array = absl::StrCat(prefix_, layer, ".", name);
        expected.insert(array);
        if (!reader->Has(array)) {
          missing.push_back(Quoted(array));
        } else {
          const double least = name == "bn.running_var" ? 0 : -std::numeric_limits<double>::max();
          problems.Add(AnnotateWithPath(Load(*reader, array, least, target), path_));
        }
      }
    }
    if (!missing.empty()) {
      problems.Add(path_.Invalid(
          absl::StrCat(file_, ": must have the arrays ", absl::StrJoin(missing, ", "), ", got ",
                       reader->names().empty() ? "none" : absl::StrJoin(reader->names(), ", "))));
    }
    const std::vector<std::string> extra = ExtraArrays(reader->names(), layers, expected);
    if (!extra.empty()) {
      problems.Add(path_.Invalid(
          absl::StrCat(file_, ": must not have the arrays ", absl::StrJoin(extra, ", "),
                       ", which are none of this network's",
                       weights.front().bias.empty() ? ", which has no biases (bias: false)" : "")));
    }
    return problems.ToStatus();
  }

 private:
  // The arrays of a layer by PyTorch's names.
  static std::vector<std::pair<std::string, ArrayView<T>>> ArraysOf(const LayerView<T>& layer) {
    std::vector<std::pair<std::string, ArrayView<T>>> arrays;
    for (const auto& [name, array] :
         {std::pair("weight", layer.shaped_weight()), std::pair("bias", layer.bias),
          std::pair("bn.weight", layer.gain), std::pair("bn.bias", layer.shift),
          std::pair("bn.running_mean", layer.running_mean),
          std::pair("bn.running_var", layer.running_variance)}) {
      if (array.rank() > 0) arrays.emplace_back(name, array);
    }
    return arrays;
  }

  static std::string Quoted(absl::string_view name) { return absl::StrCat("\"", name, "\""); }

  // Returns the names that look like arrays of a layer that is read, or of a layer beyond them if
  // all are read, but are not expected.
  std::vector<std::string> ExtraArrays(const std::vector<std::string>& names,
                                       const std::vector<int64_t>& layers,
                                       const std::set<std::string>& expected) const {
    std::vector<std::string> extra;
    for (const std::string& name : names) {
      absl::string_view rest = name;
      if (expected.count(name) > 0 || !absl::ConsumePrefix(&rest, prefix_)) continue;
      const size_t dot = rest.find('.');
      int64_t layer = 0;
      if (dot == absl::string_view::npos || !absl::SimpleAtoi(rest.substr(0, dot), &layer)) {
        continue;
      }
      if (rest.substr(dot) == ".bn.num_batches_tracked") continue;
      if (layers_.selects_all() || absl::c_linear_search(layers, layer)) {
        extra.push_back(Quoted(name));
      }
    }
    return extra;
  }

  // Reads an array whose numbers must not be below `least`.
  static absl::Status Load(const NpzReader& reader, const std::string& name, double least,
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
    std::vector<T> rounded;
    for (size_t k = 0; k < elements.size(); ++k) {
      const T element = static_cast<T>(elements[k]);
      if (!std::isfinite(element)) {
        return array.Invalid(absl::StrCat("must be finite, got ", elements[k], " at index ", k));
      }
      if (element < least) {
        return array.Invalid(
            absl::StrCat("must be at least ", least, ", got ", elements[k], " at index ", k));
      }
      rounded.push_back(element);
    }
    CopyFromBytes(reinterpret_cast<const char*>(rounded.data()), target);
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
