#include "tools/run_summary.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "tools/format_number.h"

namespace didact {
namespace {

struct Statistic {
  int64_t count = 0;
  double sum = 0;
  double smallest = 0;
  double largest = 0;

  // After what is not a number, smallest and largest are none either.
  void Add(double value) {
    if (count == 0 || value < smallest || std::isnan(value)) smallest = value;
    if (count == 0 || value > largest || std::isnan(value)) largest = value;
    sum += value;
    ++count;
  }
};

}  // namespace

std::string FormatFailures(absl::Span<const TrialResult> trials) {
  std::string text;
  for (const TrialResult& trial : trials) {
    const TrialProvenance& provenance = trial.provenance;
    if (!IsWrong(provenance.status)) continue;
    absl::StrAppend(&text, "seed ", provenance.seed, " ", TrialStatusName(provenance.status), ": ",
                    provenance.message, "\n");
  }
  return text;
}

std::string FormatSummary(absl::Span<const TrialResult> trials, size_t columns) {
  std::string text = FormatFailures(trials);
  std::map<absl::string_view, int64_t> counts;                // by name
  std::vector<std::pair<std::string, Statistic>> statistics;  // in the order of the keys
  for (const TrialResult& trial : trials) {
    const TrialProvenance& provenance = trial.provenance;
    ++counts[TrialStatusName(provenance.status)];
    if (provenance.status != TrialStatus::kFinished) continue;
    for (const auto& [key, number] : trial.numbers) {
      auto found = std::find_if(statistics.begin(), statistics.end(),
                                [&key = key](const auto& entry) { return entry.first == key; });
      if (found == statistics.end()) found = statistics.insert(found, {key, Statistic()});
      found->second.Add(std::visit([](auto value) { return static_cast<double>(value); }, number));
    }
  }

  std::string ends;
  for (const auto& [status, count] : counts) {
    absl::StrAppend(&ends, ends.empty() ? "" : ", ", count, " ", status);
  }
  absl::StrAppend(&text, trials.size(), trials.size() == 1 ? " trial: " : " trials: ", ends, "\n");
  if (statistics.empty()) return text;

  constexpr absl::string_view kHeading = "after the last epoch";
  constexpr size_t kNumbers = 3 * 13;
  const size_t widest = columns > kNumbers ? columns - kNumbers : 0;
  size_t width = kHeading.size();
  for (const auto& [key, statistic] : statistics) {
    if (key.size() <= widest) width = std::max(width, key.size());
  }
  absl::StrAppendFormat(&text, "\n%-*s %12s %12s %12s\n", width, kHeading, "mean", "smallest",
                        "largest");
  for (const auto& [key, statistic] : statistics) {
    const double mean = statistic.sum / static_cast<double>(statistic.count);
    const bool fits = key.size() <= width;
    if (!fits) absl::StrAppend(&text, key, "\n");
    absl::StrAppendFormat(&text, "%-*s %12s %12s %12s\n", width, fits ? key : "",
                          FormatNumber(mean, 5), FormatNumber(statistic.smallest, 5),
                          FormatNumber(statistic.largest, 5));
  }
  return text;
}

}  // namespace didact
