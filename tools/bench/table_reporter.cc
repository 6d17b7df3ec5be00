#include "tools/bench/table_reporter.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "framework/kernels/simd_level.h"

namespace didact {
namespace {

constexpr char kOurs[] = "didact";

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
}

std::string FormatTime(double seconds) {
  if (seconds < 1e-6) return absl::StrFormat("%.0f ns", seconds * 1e9);
  if (seconds < 1e-3) return absl::StrFormat("%.2f us", seconds * 1e6);
  if (seconds < 1.0) return absl::StrFormat("%.2f ms", seconds * 1e3);
  return absl::StrFormat("%.2f s", seconds);
}

}  // namespace

std::string BenchmarkName(const std::string& section, const std::string& label,
                          const std::string& precision, const std::string& contender) {
  return absl::StrCat(section, "/", label, "/", precision, "/", contender);
}

bool TableReporter::ReportContext(const Context& context) {
  limit_ = MeasureMachineLimit();
  GetOutputStream() << absl::StreamFormat("%s, kernels for %s\n", ProcessorName(),
                                          ActiveSimdLevel());
  if (context.cpu_info.scaling == benchmark::CPUInfo::Scaling::ENABLED) {
    GetOutputStream() << "The processor changes its frequency: expect noise.\n";
  }
  return true;
}

TableReporter::Row& TableReporter::FindOrAddRow(int64_t order, const std::string& section,
                                                const std::string& label,
                                                const std::string& precision) {
  for (Row& row : rows_) {
    if (row.section == section && row.label == label && row.precision == precision) {
      row.order = std::min(row.order, order);
      return row;
    }
  }
  rows_.push_back({order, section, label, precision, {}});
  return rows_.back();
}

void TableReporter::ReportRuns(const std::vector<Run>& reports) {
  for (const Run& run : reports) {
    if (run.run_type != Run::RT_Iteration) continue;
    const std::vector<std::string> parts = absl::StrSplit(run.run_name.function_name, '/');
    if (run.error_occurred || parts.size() != 4) {
      GetErrorStream() << run.benchmark_name() << ": " << run.error_message << "\n";
      continue;
    }
    Row& row = FindOrAddRow(run.family_index, parts[0], parts[1], parts[2]);
    Measurement& measurement = row.contenders[parts[3]];
    measurement.seconds.push_back(run.cpu_accumulated_time / static_cast<double>(run.iterations));
    const auto flop = run.counters.find("flop");
    if (flop != run.counters.end()) measurement.flop = flop->second;
    const auto reference = run.counters.find("reference_seconds");
    if (reference != run.counters.end()) measurement.reference_seconds = reference->second;
  }
}

void TableReporter::Finalize() {
  // Again, because a processor may have been busy with something else the first time.
  const MachineLimit again = MeasureMachineLimit();
  limit_.gflops_float = std::max(limit_.gflops_float, again.gflops_float);
  limit_.gflops_double = std::max(limit_.gflops_double, again.gflops_double);

  // Interleaved repetitions arrive in any order.
  std::sort(rows_.begin(), rows_.end(),
            [](const Row& left, const Row& right) { return left.order < right.order; });

  std::ostream& out = GetOutputStream();
  out << absl::StreamFormat(
      "limit of the multipliers, one core: %.1f GFLOP/s in double, %.1f in float\n",
      limit_.gflops_double, limit_.gflops_float);
  std::string section;
  for (const Row& row : rows_) {
    if (row.section != section) {
      section = row.section;
      out << absl::StreamFormat("\n%-34s %-7s %10s %8s %8s %8s   %s\n", section, "", "time",
                                "GFLOP/s", "of limit", "best", "GFLOP/s of others (our advantage)");
    }
    out << absl::StreamFormat("  %-32s %-7s", row.label, row.precision);
    const double limit = row.precision == "float" ? limit_.gflops_float : limit_.gflops_double;
    const auto ours = row.contenders.find(kOurs);
    if (ours == row.contenders.end()) {
      out << absl::StreamFormat(" %10s %8s %8s %8s  ", "-", "-", "-", "-");
    } else {
      const Measurement& measurement = ours->second;
      const double seconds = Median(measurement.seconds);
      const double fastest =
          *std::min_element(measurement.seconds.begin(), measurement.seconds.end());
      const double rate = measurement.flop / seconds * 1e-9;
      const double best = measurement.flop / fastest * 1e-9;
      out << absl::StreamFormat(" %10s %8.1f %7.1f%% %8.1f  ", FormatTime(seconds), rate,
                                100.0 * rate / limit, best);
      if (measurement.reference_seconds > 0) {
        out << absl::StreamFormat(" PyTorch, recorded: %s (%.1fx)",
                                  FormatTime(measurement.reference_seconds),
                                  measurement.reference_seconds / seconds);
      }
    }
    for (const auto& [contender, measurement] : row.contenders) {
      if (contender == kOurs) continue;
      const double seconds = Median(measurement.seconds);
      out << absl::StreamFormat(" %s %.1f", contender, measurement.flop / seconds * 1e-9);
      if (ours != row.contenders.end()) {
        out << absl::StreamFormat(" (%.2fx)", seconds / Median(ours->second.seconds));
      }
    }
    out << "\n";
  }
  out.flush();
}

}  // namespace didact
