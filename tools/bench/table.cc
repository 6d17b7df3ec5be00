#include "tools/bench/table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "framework/kernels/simd_level.h"

namespace didact {
namespace {

constexpr char kBaseLevel[] = "avx2";

std::string Percent(double rate, double limit) {
  return limit > 0 ? absl::StrFormat("%.1f%%", 100 * rate / limit) : "-";
}

double MultiplierRate(const MultiplierLimit* limit, const std::string& precision) {
  if (limit == nullptr) return 0.0;
  return precision == "float" ? limit->gflops_float : limit->gflops_double;
}

std::string Megabytes(int64_t bytes) { return absl::StrCat(bytes >> 20, " MB"); }

}  // namespace

std::string FormatLimits(const Limits& limits) {
  std::string text =
      absl::StrFormat("%s, one core; kernels for %s\n\n", ProcessorName(), ActiveSimdLevel());
  absl::StrAppendFormat(&text, "%-34s %8s %10s\n", "limit of the multipliers, GFLOP/s", "double",
                        "float");
  for (const MultiplierLimit& limit : limits.multipliers) {
    absl::StrAppendFormat(&text, "  %-32s %8.1f %10.1f%s\n", limit.level, limit.gflops_double,
                          limit.gflops_float,
                          limit.level == ActiveSimdLevel() ? "   in force" : "");
  }
  const MemoryBandwidth& memory = limits.memory;
  absl::StrAppendFormat(&text, "%-34s %8s %10s\n", "bandwidth of the memory, GB/s", "read",
                        "triad");
  absl::StrAppendFormat(&text, "  %-32s %8.1f %10.1f\n",
                        absl::StrCat("arrays of ", Megabytes(memory.array_bytes)),
                        memory.read_gbytes, memory.triad_gbytes);
  return text;
}

std::string FormatSeconds(double seconds) {
  if (seconds < 1e-6) return absl::StrFormat("%.0f ns", seconds * 1e9);
  if (seconds < 1e-3) return absl::StrFormat("%.2f us", seconds * 1e6);
  if (seconds < 1.0) return absl::StrFormat("%.2f ms", seconds * 1e3);
  return absl::StrFormat("%.2f s", seconds);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
}

Table::Row& Table::FindOrAddRow(const Task& task) {
  for (Row& row : rows_) {
    if (row.section == task.section && row.label == task.label && row.precision == task.precision) {
      return row;
    }
  }
  rows_.push_back({task.section, task.label, task.precision, task.work, {}});
  return rows_.back();
}

void Table::Add(const Task& task, double seconds) {
  Measurement& measurement = FindOrAddRow(task).contenders[task.contender];
  measurement.amount = task.amount;
  measurement.seconds.push_back(seconds);
}

std::string Table::Format(const Limits& limits) const {
  const bool two_limits =
      ActiveSimdLevel() != kBaseLevel && FindLevel(limits.multipliers, kBaseLevel) != nullptr;
  const MultiplierLimit* const in_force = FindLevel(limits.multipliers, ActiveSimdLevel());
  const MultiplierLimit* const base = FindLevel(limits.multipliers, kBaseLevel);
  std::string text;
  std::string section;
  for (const Row& row : rows_) {
    std::string rival;  // of the section
    for (const Row& other : rows_) {
      if (other.section != row.section) continue;
      for (const auto& [contender, measurement] : other.contenders) {
        if (contender != kOurs) rival = contender;
      }
    }
    if (row.section != section) {
      section = row.section;
      const char* const unit = row.work == Work::kFlop ? "GFLOP/s" : "GB/s";
      absl::StrAppendFormat(&text, "\n%-34s %-6s %9s %8s %8s", section, "", "time", unit,
                            "of limit");
      if (two_limits)
        absl::StrAppendFormat(&text, " %7s", row.work == Work::kFlop ? "of avx2" : "");
      absl::StrAppendFormat(&text, " %7s", "best");
      if (!rival.empty()) absl::StrAppendFormat(&text, " %9s %6s", rival, "ratio");
      absl::StrAppend(&text, "\n");
    }
    double limit = 0.0;
    if (row.work == Work::kFlop) limit = MultiplierRate(in_force, row.precision);
    if (row.work == Work::kMemoryReads) limit = limits.memory.read_gbytes;
    if (row.work == Work::kMemoryUpdates) limit = limits.memory.triad_gbytes;
    absl::StrAppendFormat(&text, "  %-32s %-6s", row.label, row.precision);
    const auto ours = row.contenders.find(kOurs);
    if (ours == row.contenders.end()) {
      absl::StrAppendFormat(&text, " %9s %8s %8s", "-", "-", "-");
      if (two_limits) absl::StrAppendFormat(&text, " %7s", "-");
      absl::StrAppendFormat(&text, " %7s", "-");
    } else {
      const Measurement& measurement = ours->second;
      const double seconds = Median(measurement.seconds);
      const double fastest =
          *std::min_element(measurement.seconds.begin(), measurement.seconds.end());
      const double rate = measurement.amount / seconds * 1e-9;
      absl::StrAppendFormat(&text, " %9s %8.1f %8s", FormatSeconds(seconds), rate,
                            Percent(rate, limit));
      if (two_limits) {
        absl::StrAppendFormat(
            &text, " %7s",
            row.work == Work::kFlop ? Percent(rate, MultiplierRate(base, row.precision)) : "");
      }
      absl::StrAppendFormat(&text, " %7.1f", measurement.amount / fastest * 1e-9);
    }
    const auto other = row.contenders.find(rival);
    if (!rival.empty() && other != row.contenders.end()) {
      const double seconds = Median(other->second.seconds);
      absl::StrAppendFormat(&text, " %9s", FormatSeconds(seconds));
      if (ours != row.contenders.end()) {
        absl::StrAppendFormat(&text, " %5.2fx", seconds / Median(ours->second.seconds));
      }
    }
    while (text.back() == ' ') text.pop_back();
    absl::StrAppend(&text, "\n");
  }
  return text;
}

}  // namespace didact
