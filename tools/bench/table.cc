#include "tools/bench/table.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "didact/framework/kernels/simd_level.h"

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

// Returns the limit of the instruction set in use, or of the memory, and the limit of AVX2; 0 if
// unknown.
std::pair<double, double> LimitsOf(Work work, const std::string& precision, const Limits& limits) {
  switch (work) {
    case Work::kFlop:
      return {MultiplierRate(FindLevel(limits.multipliers, ActiveSimdLevel()), precision),
              MultiplierRate(FindLevel(limits.multipliers, kBaseLevel), precision)};
    case Work::kMemoryReads:
      return {limits.memory.read_gbytes, 0.0};
    case Work::kMemoryUpdates:
      return {limits.memory.triad_gbytes, 0.0};
    case Work::kCacheBytes:
    case Work::kNumbers:
      break;
  }
  return {0.0, 0.0};
}

std::string Megabytes(int64_t bytes) { return absl::StrCat(bytes >> 20, " MB"); }

std::string UnitOf(Work work) {
  switch (work) {
    case Work::kFlop:
      return "GFLOP/s";
    case Work::kNumbers:
      return "ns/number";
    case Work::kCacheBytes:
    case Work::kMemoryReads:
    case Work::kMemoryUpdates:
      break;
  }
  return "GB/s";
}

// In the unit of the work.
std::string FormatRate(Work work, double amount, double seconds) {
  if (work == Work::kNumbers) return absl::StrFormat("%.2f", seconds / amount * 1e9);
  return absl::StrFormat("%.1f", amount / seconds * 1e-9);
}

using Section = std::vector<std::vector<std::string>>;  // lines of cells; the first is its heading

// Formats columns of equal width in all sections: labels aligned to the left, figures to the right.
std::string TextOf(const std::vector<Section>& sections) {
  constexpr std::size_t kLeftColumns = 2;
  std::vector<std::size_t> widths;
  for (const Section& section : sections) {
    for (const std::vector<std::string>& line : section) {
      widths.resize(std::max(widths.size(), line.size()));
      for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
    }
  }
  std::string text;
  for (const Section& section : sections) {
    absl::StrAppend(&text, "\n");
    for (const std::vector<std::string>& line : section) {
      const bool heading = &line == &section.front();
      absl::StrAppendFormat(&text, "%s%-*s", heading ? "" : "  ",
                            static_cast<int>(widths[0]) + (heading ? 2 : 0), line[0]);
      for (std::size_t i = 1; i < line.size(); ++i) {
        const int width = static_cast<int>(widths[i]);
        absl::StrAppendFormat(&text, " %*s", i < kLeftColumns ? -width : width, line[i]);
      }
      while (text.back() == ' ') text.pop_back();
      absl::StrAppend(&text, "\n");
    }
  }
  return text;
}

std::string MarkdownOf(const std::vector<Section>& sections) {
  std::string text;
  for (const Section& section : sections) {
    absl::StrAppend(&text, "\n");
    for (const std::vector<std::string>& line : section) {
      absl::StrAppend(&text, "| ", absl::StrJoin(line, " | "), " |\n");
      if (&line != &section.front()) continue;
      for (std::size_t i = 0; i < line.size(); ++i) absl::StrAppend(&text, "| --- ");
      absl::StrAppend(&text, "|\n");
    }
  }
  return text;
}

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
  std::vector<std::string>& peers = peers_[task.section];
  if (task.contender != kOurs &&
      std::find(peers.begin(), peers.end(), task.contender) == peers.end()) {
    peers.push_back(task.contender);
  }
}

const std::vector<std::string>& Table::PeersOf(const std::string& section) const {
  return peers_.at(section);
}

Table::Cells Table::Heading(const Row& row, bool two_limits) const {
  const bool flop = row.work == Work::kFlop;
  Cells cells = {row.section, "", "time", UnitOf(row.work), "of limit"};
  if (two_limits) cells.push_back(flop ? "of avx2" : "");
  cells.push_back("best");
  const std::vector<std::string>& peers = PeersOf(row.section);
  cells.insert(cells.end(), peers.begin(), peers.end());
  if (!peers.empty()) cells.push_back("ratio");
  if (peers.size() > 1) cells.push_back("fastest");
  return cells;
}

Table::Cells Table::Line(const Row& row, const Limits& limits, bool two_limits) const {
  Cells cells = {row.label, row.precision};
  const auto ours = row.contenders.find(kOurs);
  if (ours == row.contenders.end()) {
    cells.insert(cells.end(), two_limits ? 5 : 4, "-");
  } else {
    const Measurement& measurement = ours->second;
    const double seconds = Median(measurement.seconds);
    const double rate = measurement.amount / seconds * 1e-9;
    const auto [limit, base_limit] = LimitsOf(row.work, row.precision, limits);
    cells.push_back(FormatSeconds(seconds));
    cells.push_back(FormatRate(row.work, measurement.amount, seconds));
    cells.push_back(Percent(rate, limit));
    if (two_limits) cells.push_back(row.work == Work::kFlop ? Percent(rate, base_limit) : "");
    const double fastest =
        *std::min_element(measurement.seconds.begin(), measurement.seconds.end());
    cells.push_back(FormatRate(row.work, measurement.amount, fastest));
  }
  const std::vector<std::string>& peers = PeersOf(row.section);
  std::string fastest_peer;
  double fastest_seconds = std::numeric_limits<double>::infinity();
  for (const std::string& peer : peers) {
    const auto found = row.contenders.find(peer);
    if (found == row.contenders.end()) {
      cells.push_back("-");
      continue;
    }
    const double seconds = Median(found->second.seconds);
    cells.push_back(FormatSeconds(seconds));
    if (seconds < fastest_seconds) {
      fastest_seconds = seconds;
      fastest_peer = peer;
    }
  }
  if (peers.empty()) return cells;
  const bool comparable = ours != row.contenders.end() && !fastest_peer.empty();
  cells.push_back(
      comparable ? absl::StrFormat("%.2fx", fastest_seconds / Median(ours->second.seconds)) : "-");
  if (peers.size() > 1) cells.push_back(fastest_peer.empty() ? "-" : fastest_peer);
  return cells;
}

std::string Table::Format(const Limits& limits, TableFormat format) const {
  const bool two_limits =
      ActiveSimdLevel() != kBaseLevel && FindLevel(limits.multipliers, kBaseLevel) != nullptr;
  std::vector<std::vector<Cells>> sections;
  std::string section;
  for (const Row& row : rows_) {
    if (sections.empty() || row.section != section) {
      section = row.section;
      sections.push_back({Heading(row, two_limits)});
    }
    sections.back().push_back(Line(row, limits, two_limits));
  }
  return format == TableFormat::kMarkdown ? MarkdownOf(sections) : TextOf(sections);
}

}  // namespace didact
