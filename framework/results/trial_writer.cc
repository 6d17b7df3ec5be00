#include "didact/framework/results/trial_writer.h"

#include <utility>
#include <variant>
#include <vector>

#include "didact/framework/base/status.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "nlohmann/json.hpp"

namespace didact {
namespace {

bool Due(When when, const Trial& trial, int64_t epoch) {
  switch (when) {
    case NONE:
      return false;
    case EVERY_EPOCH:
      return true;
    default:
      return epoch == -1 || epoch == trial.epochs() - 1;
  }
}

std::vector<NamedArray> Arrays(const Record& record) {
  std::vector<NamedArray> arrays;
  for (const auto& [key, array] : record.arrays()) {
    NpyArray npy = std::visit(
        [&shape = array.shape](const auto& elements) {
          return MakeNpyArray(shape, absl::MakeConstSpan(elements));
        },
        array.elements);
    arrays.push_back({key, std::move(npy)});
  }
  return arrays;
}

}  // namespace

absl::StatusOr<TrialWriter> TrialWriter::Create(const TrialDirectory& directory,
                                                const Output& output) {
  DIDACT_RETURN_IF_ERROR(CreateDirectories(directory.path()));
  DIDACT_ASSIGN_OR_RETURN(LineWriter metrics, LineWriter::Open(directory.MetricsPath(),
                                                               LineWriter::Existing::kReplace));
  return TrialWriter(directory, output, std::move(metrics), MetricsPosition());
}

absl::StatusOr<TrialWriter> TrialWriter::Resume(const TrialDirectory& directory,
                                                const Output& output,
                                                const MetricsPosition& position) {
  const std::string file = directory.MetricsPath();
  DIDACT_RETURN_IF_ERROR(TruncateFile(file, position.bytes));
  DIDACT_ASSIGN_OR_RETURN(LineWriter metrics, LineWriter::Open(file, LineWriter::Existing::kKeep));
  return TrialWriter(directory, output, std::move(metrics), position);
}

absl::StatusOr<MetricsPosition> TrialWriter::Flush() {
  DIDACT_RETURN_IF_ERROR(metrics_.Flush());
  return position_;
}

absl::Status TrialWriter::Close() { return metrics_.Close(); }

absl::Status TrialWriter::OnEvaluation(const Trial& trial, int64_t epoch, const Record& record) {
  const std::string line = MetricsLine(epoch, trial.step(), record);
  DIDACT_RETURN_IF_ERROR(metrics_.Append(line));
  position_.Add(line);
  position_.Add("\n");
  if (Due(output_.arrays(), trial, epoch) && !record.arrays().empty()) {
    DIDACT_RETURN_IF_ERROR(
        WriteEpoch(directory_.ArraysPath(), directory_.ArraysPath(epoch), Arrays(record)));
  }
  if (Due(output_.weights(), trial, epoch)) {
    DIDACT_RETURN_IF_ERROR(WriteEpoch(directory_.WeightsPath(), directory_.WeightsPath(epoch),
                                      CopyArrays(trial.Weights())));
  }
  // The names of new folders must be durable before a checkpoint or an outcome that relies on them.
  return std::exchange(has_new_names_, false) ? FlushDirectory(directory_.path())
                                              : absl::OkStatus();
}

absl::Status TrialWriter::WriteEpoch(const std::string& folder, const std::string& path,
                                     const std::vector<NamedArray>& arrays) {
  if (!IsDirectory(folder)) {
    DIDACT_RETURN_IF_ERROR(CreateDirectory(folder));
    has_new_names_ = true;
  }
  return WriteNpz(path, arrays);
}

std::string MetricsLine(int64_t epoch, int64_t step, const Record& record) {
  nlohmann::ordered_json line;
  line["epoch"] = epoch;
  line["step"] = step;
  for (const auto& [key, number] : record.numbers()) {
    std::visit([&line, &key = key](auto value) { line[key] = value; }, number);
  }
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace didact
