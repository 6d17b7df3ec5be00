#include "tests/parity/recorded_case.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npz.h"
#include "tests/cli/run_tool.h"

namespace didact {
namespace {

constexpr absl::string_view kFolder = "tests/parity/data";

// Arrays that the tests need in every case of a kind, apart from the statistics that they compare.
constexpr absl::string_view kTwoLayerArrays[] = {"W1_t",
                                                 "W2_t",
                                                 "X_train",
                                                 "X_eval",
                                                 "W1_s_init",
                                                 "W2_s_init",
                                                 "W1_s_step1",
                                                 "W2_s_step1",
                                                 "batch_idx",
                                                 "step_lr",
                                                 "snap_steps",
                                                 "W1_s",
                                                 "W2_s",
                                                 "thresholds",
                                                 "hp_multi",
                                                 "hp_lr_reduction",
                                                 "hp_nonlinear",
                                                 "hp_normalize",
                                                 "hp_no_bias",
                                                 "hp_feature_fixed",
                                                 "hp_top_layer_fixed"};
constexpr absl::string_view kMultiLayerArrays[] = {
    "x_train",       "x_eval",      "batch_idx",         "step_lr",         "snap_steps",
    "teacher_w0",    "student_w0",  "hp_eval_batchsize", "hp_normalize",    "hp_cross_entropy",
    "hp_leaky_relu", "hp_momentum", "hp_weight_decay",   "hp_optim_method", "hp_bn_before_relu"};

// Returns the arrays of a kind; none if it is unknown.
absl::Span<const absl::string_view> ArraysOfKind(absl::string_view kind) {
  if (kind == "two_layer") return kTwoLayerArrays;
  if (kind == "mlp" || kind == "conv") return kMultiLayerArrays;
  return {};
}

// Arrays that the construction of the initial weights needs.
constexpr absl::string_view kConstruction[] = {
    "draw_enc_W1", "draw_enc_W2",      "draw_W1_s",  "draw_W2_s", "hp_teacher_strength_decay",
    "hp_bias",     "hp_student_scale", "hp_adv_init"};

// Returns the names of the recordings, without `.npz`, whose file satisfies `condition`, a function
// of its path.
template <class Condition>
std::vector<std::string> CasesThat(Condition condition) {
  const absl::StatusOr<std::vector<std::string>> files =
      ListDirectory(DataPath(std::string(kFolder)));
  if (!files.ok()) return {};
  std::vector<std::string> cases;
  for (const std::string& file : *files) {
    absl::string_view name = file;
    if (!absl::ConsumeSuffix(&name, ".npz") || !condition(RecordedCasePath(name))) continue;
    cases.emplace_back(name);
  }
  return cases;
}

// Returns the kind of a recording; an error if the file cannot be read.
absl::StatusOr<std::string> KindOf(const std::string& path) {
  DIDACT_ASSIGN_OR_RETURN(const NpzReader reader, NpzReader::Open(path));
  DIDACT_ASSIGN_OR_RETURN(const NpyArray kind, reader.Read("hp_kind"));
  return kind.bytes;
}

// Returns true if the snapshots of the student are one epoch of Didact apart.
bool EquallySpaced(const Array& snap_steps) {
  if (snap_steps.size() < 2 || snap_steps.flat(0) != 0) return false;
  for (size_t i = 0; i < snap_steps.size(); ++i) {
    if (snap_steps.flat(i) != static_cast<double>(i) * snap_steps.flat(1)) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<Recording> ReadRecording(const std::string& path) {
  DIDACT_ASSIGN_OR_RETURN(const NpzReader reader, NpzReader::Open(path));
  Recording arrays;
  for (const std::string& name : reader.names()) {
    DIDACT_ASSIGN_OR_RETURN(arrays[name], reader.Read(name));
  }
  return arrays;
}

absl::StatusOr<RecordedCase> RecordedCase::Load(const std::string& path) {
  RecordedCase result;
  DIDACT_ASSIGN_OR_RETURN(result.arrays_, ReadRecording(path));
  const std::string kind = result.Has("hp_kind") ? result.Text("kind") : "";
  const absl::Span<const absl::string_view> required = ArraysOfKind(kind);
  if (required.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": hp_kind must be two_layer, mlp or conv, got \"", absl::CEscape(kind), "\""));
  }
  for (const absl::string_view name : required) {
    if (!result.Has(name) || result.Recorded(name).size() == 0) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": has no array \"", name, "\""));
    }
  }
  if (!EquallySpaced(result["snap_steps"])) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": snap_steps must be 0, n, 2n, ... with at least two entries"));
  }
  return result;
}

bool RecordedCase::Has(absl::string_view name) const {
  return arrays_.count(std::string(name)) > 0;
}

const NpyArray& RecordedCase::Recorded(absl::string_view name) const {
  return arrays_.at(std::string(name));
}

double RecordedCase::Setting(absl::string_view name) const {
  return (*this)[absl::StrCat("hp_", name)].flat(0);
}

std::string RecordedCase::Text(absl::string_view name) const {
  return Recorded(absl::StrCat("hp_", name)).bytes;
}

int64_t RecordedCase::snapshots() const { return Recorded("snap_steps").size(); }

int64_t RecordedCase::steps_per_epoch() const {
  return static_cast<int64_t>((*this)["snap_steps"].flat(1));
}

bool RecordedCase::HasConstruction() const {
  return absl::c_all_of(kConstruction, [this](absl::string_view name) { return Has(name); });
}

int64_t RecordedCase::layers() const {
  int64_t layers = 0;
  while (Has(absl::StrCat("student_w", layers))) ++layers;
  return layers;
}

bool RecordedCase::single_precision() const {
  return Recorded(Has("W1_s") ? "W1_s" : "student_w0").element == NpyElement::kFloat32;
}

std::vector<std::string> TwoLayerCases() {
  return CasesThat([](const std::string& path) {
    const absl::StatusOr<std::string> kind = KindOf(path);
    return !kind.ok() || *kind == "two_layer";
  });
}

std::vector<std::string> MultiLayerCases() {
  return CasesThat([](const std::string& path) {
    const absl::StatusOr<std::string> kind = KindOf(path);
    return kind.ok() && *kind != "two_layer" && *kind != "function";
  });
}

std::vector<std::string> FunctionCases(absl::string_view array) {
  return CasesThat([array](const std::string& path) {
    const absl::StatusOr<std::string> kind = KindOf(path);
    return kind.ok() && *kind == "function" && NpzReader::Open(path)->Has(std::string(array));
  });
}

std::string RecordedCasePath(absl::string_view name) {
  return DataPath(absl::StrCat(kFolder, "/", name, ".npz"));
}

}  // namespace didact
