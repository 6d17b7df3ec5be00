#include "didact/framework/training/checkpoint.h"

#include <zlib.h>

#include <climits>
#include <cstdint>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "didact/framework/base/any_array_view.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/base/version.h"
#include "didact/framework/config/data_files.h"
#include "didact/framework/kernels/simd_level.h"
#include "didact/framework/plugin/field_rules.h"
#include "didact/framework/plugin/library/used_libraries.h"
#include "didact/framework/plugin/quiet_compare.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/util/message_differencer.h"

namespace didact {
namespace {

constexpr int kFormat = 6;

// Instruction set that all code except the kernels is compiled for. Elementwise functions of
// plugins differ in their last bits between these.
#ifdef __AVX2__
constexpr absl::string_view kBaseline = "x86-64-v3";
#else
constexpr absl::string_view kBaseline = "x86-64-v2";
#endif

StateArray::Type TypeOf(const AnyConstArrayView& array) {
  switch (array.type()) {
    case ScalarType::kFloat32:
      return StateArray::FLOAT32;
    case ScalarType::kFloat64:
      return StateArray::FLOAT64;
    case ScalarType::kInt64:
      return StateArray::INT64;
  }
  return StateArray::UNKNOWN;
}

int64_t BytesOf(const AnyConstArrayView& array) { return array.size() * SizeOf(array.type()); }

// Removes everything that does not change the training: a run may be renamed, or given more seeds
// and epochs.
Experiment TrainedPart(const Experiment& experiment, bool uses_total_epochs) {
  Experiment part = experiment;
  if (!uses_total_epochs) part.mutable_training()->clear_epochs();
  part.clear_name();
  part.clear_seed();
  part.clear_output();
  part.clear_plugin_library();
  return part;
}

std::string Describe(StateArray::Type type, absl::string_view shape) {
  return absl::StrCat(absl::AsciiStrToLower(StateArray::Type_Name(type)), " [", shape, "]");
}

std::string Describe(const StateArray& array) {
  return Describe(array.type(), absl::StrJoin(array.shape(), ", "));
}

std::string Describe(const AnyConstArrayView& array) {
  std::string shape;
  for (int d = 0; d < array.rank(); ++d) absl::StrAppend(&shape, d > 0 ? ", " : "", array.shape(d));
  return Describe(TypeOf(array), shape);
}

class StateSaver final : public StateReader {
 public:
  explicit StateSaver(Checkpoint& checkpoint) : checkpoint_(checkpoint) {}
  void Read(absl::string_view name, AnyConstArrayView array) override {
    if (!names_.try_emplace(std::string(name)).second) {
      status_.Update(absl::InternalError(absl::StrCat("two arrays of the state are named ", name)));
    }
    StateArray& saved = *checkpoint_.add_state();
    saved.set_name(std::string(name));
    saved.set_type(TypeOf(array));
    for (int d = 0; d < array.rank(); ++d) saved.add_shape(array.shape(d));
    std::string& elements = *saved.mutable_elements();
    elements.resize(static_cast<size_t>(BytesOf(array)));
    CopyToBytes(array, elements.data());
  }
  const absl::Status& status() const { return status_; }

 private:
  Checkpoint& checkpoint_;
  std::map<std::string, bool, std::less<>> names_;
  absl::Status status_;
};

// Compares the arrays of a checkpoint with those of a trial in a first visit, and writes them in a
// second.
class StateRestorer final : public StateVisitor {
 public:
  explicit StateRestorer(const Checkpoint& checkpoint) {
    for (const StateArray& array : checkpoint.state()) {
      if (!arrays_.try_emplace(array.name(), &array).second) {
        problems_.Add(Problem(array.name(), "is there twice"));
      }
    }
  }
  void Visit(absl::string_view name, AnyArrayView array) override {
    const auto found = arrays_.find(name);
    if (fill_) {
      CopyFromBytes(found->second->elements().data(), array);
      return;
    }
    wanted_.try_emplace(std::string(name));
    if (found == arrays_.end()) {
      problems_.Add(Problem(name, absl::StrCat("is missing, expected ", Describe(array))));
    } else if (Describe(*found->second) != Describe(array)) {
      problems_.Add(Problem(
          name, absl::StrCat("is ", Describe(*found->second), ", expected ", Describe(array))));
    } else if (found->second->elements().size() != static_cast<size_t>(BytesOf(array))) {
      problems_.Add(Problem(name, absl::StrCat("has ", found->second->elements().size(),
                                               " bytes, expected ", BytesOf(array))));
    }
  }

  // Returns the problems found in the first visit. If OK, the next visit writes.
  absl::Status Check() {
    for (const auto& [name, array] : arrays_) {
      if (!wanted_.contains(name)) {
        problems_.Add(Problem(name, absl::StrCat("is ", Describe(*array), ", expected none")));
      }
    }
    fill_ = problems_.empty();
    return problems_.ToStatus();
  }

 private:
  static absl::Status Problem(absl::string_view name, absl::string_view problem) {
    return absl::FailedPreconditionError(absl::StrCat("array ", name, ": ", problem));
  }

  bool fill_ = false;
  std::map<std::string, const StateArray*, std::less<>> arrays_;
  std::map<std::string, bool, std::less<>> wanted_;
  Problems problems_;
};

absl::Status CheckEqual(absl::string_view what, absl::string_view found, absl::string_view wanted) {
  if (found == wanted) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("is of ", what, " ", found, ", expected ", wanted));
}

absl::Status CheckSimd(absl::string_view found) {
  const absl::string_view active = ActiveSimdLevel();
  if (GiveSameBits(found, active)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("was computed with ", found,
                                                    ", which gives other bits than ", active,
                                                    ", the instruction set in force"));
}

// Ignores file names, since files may move; their contents are compared by hash.
class FileNameCriteria final : public google::protobuf::util::MessageDifferencer::IgnoreCriteria {
 public:
  using Differencer = google::protobuf::util::MessageDifferencer;

  bool IsIgnored(const google::protobuf::Message&, const google::protobuf::Message&,
                 const google::protobuf::FieldDescriptor* field,
                 const std::vector<Differencer::SpecificField>&) override {
    return RulesOf(*field).file();
  }
};

absl::Status CheckExperiment(const Experiment& found, const Experiment& wanted) {
  std::string differences;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.AddIgnoreCriteria(new FileNameCriteria());  // takes ownership
  differencer.ReportDifferencesToString(&differences);
  if (CompareQuietly(differencer, found, wanted)) return absl::OkStatus();
  constexpr size_t kLongest = 300;
  absl::string_view shown = absl::StripAsciiWhitespace(differences);
  if (shown.size() > kLongest) shown = shown.substr(0, kLongest);
  return absl::FailedPreconditionError(
      absl::StrCat("is of another experiment: ", absl::StrReplaceAll(shown, {{"\n", "; "}})));
}

absl::Status CheckPluginLibraries(const Checkpoint& checkpoint, const Trial& trial) {
  std::vector<PluginLibraryInfo> before;
  for (const PluginLibrary& saved : checkpoint.plugin_library()) {
    PluginLibraryInfo& library = before.emplace_back();
    library.name = saved.name();
    library.version = saved.version();
    library.sha256 = saved.sha256();
  }
  const std::vector<std::string> changes = LibraryChanges(before, trial.plugin_libraries());
  if (changes.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("was computed ", absl::StrJoin(changes, "; ")));
}

absl::Status CheckFiles(const Checkpoint& checkpoint, const Trial& trial) {
  std::vector<DataFile> before;
  for (const TrialFile& saved : checkpoint.file()) {
    DataFile& file = before.emplace_back();
    file.field = saved.field();
    file.sha256 = saved.sha256();
  }
  const std::vector<std::string> changes =
      DataFileChanges(before, trial.data_files(), /*same_path=*/false);
  if (changes.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("was computed from other bytes: ", absl::StrJoin(changes, "; ")));
}

absl::Status CheckStep(const Checkpoint& checkpoint, const Trial& trial) {
  const int64_t steps = trial.steps();
  if (checkpoint.step() < 0 || checkpoint.step() > steps) {
    return absl::FailedPreconditionError(
        absl::StrCat("is of step ", checkpoint.step(), ", expected 0 to ", steps));
  }
  const int64_t stage = trial.StageOf(checkpoint.step());
  if (checkpoint.stage() != stage) {
    return absl::FailedPreconditionError(absl::StrCat(
        "is of stage ", checkpoint.stage(), ", expected ", stage, " at step ", checkpoint.step()));
  }
  for (const StateArray& array : checkpoint.state()) {
    if (array.name() != "step") continue;
    int64_t step = -1;
    if (array.elements().size() == sizeof(step)) {
      std::memcpy(&step, array.elements().data(), sizeof(step));
    }
    if (step != checkpoint.step()) {
      return absl::FailedPreconditionError(
          absl::StrCat("array step: is ", step, ", expected ", checkpoint.step()));
    }
  }
  return absl::OkStatus();
}

uint32_t Crc32(absl::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace

absl::StatusOr<Checkpoint> MakeCheckpoint(const Experiment& experiment, const Trial& trial) {
  Checkpoint checkpoint;
  checkpoint.set_format(kFormat);
  checkpoint.set_version(Version());
  checkpoint.set_simd(std::string(LeastSimdLevelOfSameBits(ActiveSimdLevel())));
  checkpoint.set_baseline(std::string(kBaseline));
  checkpoint.set_uses_total_epochs(trial.uses_total_epochs());
  *checkpoint.mutable_experiment() = TrainedPart(experiment, trial.uses_total_epochs());
  checkpoint.set_seed(trial.seed());
  checkpoint.set_step(trial.step());
  checkpoint.set_stage(trial.progress().stage);
  for (const PluginLibraryInfo& library : trial.plugin_libraries()) {
    PluginLibrary& saved = *checkpoint.add_plugin_library();
    saved.set_name(library.name);
    saved.set_version(library.version);
    saved.set_sha256(library.sha256);
  }
  for (const DataFile& file : trial.data_files()) {
    TrialFile& saved = *checkpoint.add_file();
    saved.set_field(file.field);
    saved.set_sha256(file.sha256);
  }
  StateSaver saver(checkpoint);
  DIDACT_RETURN_IF_ERROR(trial.SaveState(saver));
  DIDACT_RETURN_IF_ERROR(saver.status());
  return checkpoint;
}

absl::Status CheckCheckpoint(const Checkpoint& checkpoint, const Experiment& experiment,
                             uint64_t seed) {
  DIDACT_RETURN_IF_ERROR(CheckEqual("Didact", checkpoint.version(), Version()));
  DIDACT_RETURN_IF_ERROR(CheckSimd(checkpoint.simd()));
  DIDACT_RETURN_IF_ERROR(CheckEqual("a program for", checkpoint.baseline(), kBaseline));
  DIDACT_RETURN_IF_ERROR(CheckEqual("seed", absl::StrCat(checkpoint.seed()), absl::StrCat(seed)));
  return CheckExperiment(checkpoint.experiment(),
                         TrainedPart(experiment, checkpoint.uses_total_epochs()));
}

absl::Status RestoreTrial(const Checkpoint& checkpoint, const Experiment& experiment, Trial& trial,
                          const AllowedChanges& allowed) {
  DIDACT_RETURN_IF_ERROR(CheckCheckpoint(checkpoint, experiment, trial.seed()));
  if (!allowed.plugin_libraries) DIDACT_RETURN_IF_ERROR(CheckPluginLibraries(checkpoint, trial));
  if (!allowed.files) DIDACT_RETURN_IF_ERROR(CheckFiles(checkpoint, trial));
  DIDACT_RETURN_IF_ERROR(CheckStep(checkpoint, trial));
  StateRestorer restorer(checkpoint);
  DIDACT_RETURN_IF_ERROR(trial.RestoreState(restorer));
  DIDACT_RETURN_IF_ERROR(restorer.Check());
  DIDACT_RETURN_IF_ERROR(trial.RestoreState(restorer));
  if (checkpoint.uses_total_epochs()) trial.SetUsesTotalEpochs();
  return absl::OkStatus();
}

absl::StatusOr<std::string> SerializeCheckpoint(const Checkpoint& checkpoint) {
  // Upper bound on the bytes around the checkpoint in the file.
  constexpr size_t kFrame = 16;
  const size_t size = checkpoint.ByteSizeLong();
  if (size > INT_MAX - kFrame) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a checkpoint of ", size, " bytes is too large, 2 GiB is the most"));
  }
  CheckpointFile file;
  std::string bytes;
  if (!checkpoint.SerializeToString(file.mutable_checkpoint())) {
    return absl::InternalError("the checkpoint cannot be serialised");
  }
  file.set_crc32(Crc32(file.checkpoint()));
  if (!file.SerializeToString(&bytes)) {
    return absl::InternalError("the checkpoint cannot be serialised");
  }
  return bytes;
}

absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view bytes) {
  CheckpointFile file;
  const bool parsed = bytes.size() <= INT_MAX &&
                      file.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) &&
                      file.has_crc32() && file.GetReflection()->GetUnknownFields(file).empty() &&
                      file.ByteSizeLong() == bytes.size();
  if (!parsed) {
    return absl::DataLossError(
        absl::StrCat("is damaged: expected a whole didact.CheckpointFile, got ", bytes.size(),
                     " bytes of something else"));
  }
  const uint32_t crc32 = Crc32(file.checkpoint());
  if (crc32 != file.crc32()) {
    return absl::DataLossError(
        absl::StrFormat("is damaged: has CRC-32 %08x, expected %08x", crc32, file.crc32()));
  }
  Checkpoint checkpoint;
  if (!checkpoint.ParseFromString(file.checkpoint())) {
    return absl::DataLossError("is damaged: holds no didact.Checkpoint");
  }
  if (checkpoint.format() != kFormat) {
    return absl::FailedPreconditionError(absl::StrCat(
        "is of format ", checkpoint.format(), ", expected ", kFormat, ": ",
        checkpoint.format() < kFormat ? "an earlier" : "a later",
        " release of Didact wrote it; finish the trial with that release, or train it anew"));
  }
  return checkpoint;
}

}  // namespace didact
