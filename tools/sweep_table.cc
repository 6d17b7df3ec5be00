#include "tools/sweep_table.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "tools/format_number.h"
#include "tools/format_time.h"

namespace didact {
namespace {

constexpr size_t kMaxMessages = 10;
constexpr size_t kMaxCellWidth = 60;

using Row = std::vector<std::string>;

// Returns the widths of the widest cells of all columns.
std::vector<size_t> Widths(const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t c = 0; c < row.size(); ++c) {
      widths[c] = std::max(widths[c], std::min(row[c].size(), kMaxCellWidth));
    }
  }
  return widths;
}

// Formats the first column, aligned to the left, and columns `first` to `last` - 1, aligned to the
// right.
std::string FormatColumns(const std::vector<Row>& rows, const std::vector<size_t>& widths,
                          size_t first, size_t last) {
  std::string text;
  for (const Row& row : rows) {
    const auto cell = [&row](size_t c) {
      return absl::string_view(row[c]).substr(0, kMaxCellWidth);
    };
    std::string line = absl::StrCat(cell(0), std::string(widths[0] - cell(0).size(), ' '));
    for (size_t c = first; c < std::min(last, row.size()); ++c) {
      absl::StrAppend(&line, "  ", std::string(widths[c] - cell(c).size(), ' '), cell(c));
    }
    absl::StrAppend(&text, absl::StripTrailingAsciiWhitespace(line), "\n");
  }
  return text;
}

// Formats as many tables, separated by blank lines, as lines of at most `columns` characters need.
std::string FormatTable(const std::vector<Row>& rows, size_t columns) {
  const std::vector<size_t> widths = Widths(rows);
  std::string text;
  size_t first = 1;
  do {
    size_t last = first;
    for (size_t width = widths[0]; last < widths.size(); ++last) {
      width += 2 + widths[last];
      // A table has at least one column besides the first.
      if (last > first && width > columns) break;
    }
    absl::StrAppend(&text, text.empty() ? "" : "\n", FormatColumns(rows, widths, first, last));
    first = last;
  } while (first < widths.size());
  return text;
}

std::string Counted(int64_t count, absl::string_view noun) {
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

struct Mean {
  int64_t count = 0;
  double sum = 0;
};

// Counts how the trials of one experiment, or of all, ended.
struct Tally {
  std::map<TrialStatus, int64_t> counts;
  std::map<std::string, Mean> means;  // over finished trials

  void Add(const TrialState& trial) {
    const TrialStatus status = trial.status();
    ++counts[status];
    if (status != TrialStatus::kFinished) return;
    for (const auto& [key, number] : trial.numbers) {
      ++means[key].count;
      means[key].sum += number;
    }
  }
};

// The three parts of a key with the number of a layer: "eval.specialization.", "layer0.",
// "found_0.95". For other keys, the first two are empty.
struct KeyParts {
  absl::string_view metric;
  absl::string_view layer;
  absl::string_view name;
};

KeyParts PartsOf(absl::string_view key) {
  constexpr absl::string_view kLayer = ".layer";
  const size_t place = key.find(kLayer);
  if (place != absl::string_view::npos) {
    const size_t end = key.find_first_not_of("0123456789", place + kLayer.size());
    if (end != absl::string_view::npos && end > place + kLayer.size() && key[end] == '.') {
      return {key.substr(0, place + 1), key.substr(place + 1, end - place), key.substr(end + 1)};
    }
  }
  return {"", "", key};
}

// Returns column headings: keys without the metric's name if all keys with layers belong to one
// metric, and without the layer if there is only one.
std::vector<std::string> Headings(absl::Span<const std::string> keys) {
  std::set<absl::string_view> metrics;
  std::set<absl::string_view> layers;
  for (const std::string& key : keys) {
    const KeyParts parts = PartsOf(key);
    if (!parts.layer.empty()) metrics.insert(parts.metric);
    if (!parts.layer.empty()) layers.insert(parts.layer);
  }
  std::vector<std::string> headings;
  for (const std::string& key : keys) {
    const KeyParts parts = PartsOf(key);
    headings.push_back(
        metrics.size() > 1 ? key : absl::StrCat(layers.size() > 1 ? parts.layer : "", parts.name));
  }
  return headings;
}

std::string FormatCounts(const Tally& tally) {
  int64_t trials = 0;
  std::string ends;
  for (const auto& [status, count] : tally.counts) {
    trials += count;
    absl::StrAppend(&ends, ends.empty() ? "" : ", ", count, " ", TrialStatusName(status));
  }
  return absl::StrCat(Counted(trials, "trial"), ": ", ends, "\n");
}

}  // namespace

std::string FormatSweepPlan(const SweepPlan& plan, const SweepTime& time, absl::string_view shard,
                            size_t columns) {
  Row heading = {"experiment"};
  for (const std::string& column : plan.grid().columns()) heading.push_back(column);
  heading.insert(heading.end(), {"trials", "time"});
  std::vector<Row> rows = {std::move(heading)};
  for (int64_t i = 0; i < plan.grid().size(); ++i) {
    const PlannedExperiment& planned = plan.experiments()[i];
    const double cost = time.trial_seconds[i] * static_cast<double>(planned.trials);
    Row row = {plan.grid().Label(i)};
    for (std::string& cell : plan.grid().Cells(i)) row.push_back(std::move(cell));
    row.insert(row.end(), {absl::StrCat(planned.trials), FormatDuration(cost)});
    rows.push_back(std::move(row));
  }
  std::string text =
      absl::StrCat(FormatTable(rows, columns), "\n", Counted(plan.grid().size(), "experiment"),
                   ", ", Counted(plan.trials(), "trial"));
  if (!shard.empty()) {
    absl::StrAppend(&text, "; shard ", shard, " has ", Counted(time.trials, "trial"));
  }
  absl::StrAppend(&text, "\nabout ", FormatDuration(time.core_seconds), " on one core");
  if (time.threads > 1) {
    absl::StrAppend(&text, ", ", FormatDuration(time.seconds), " on ",
                    Counted(time.threads, "thread"));
  }
  const std::vector<PlannedExperiment>& experiments = plan.experiments();
  const bool trains_teachers = std::any_of(
      experiments.begin(), experiments.end(),
      [](const PlannedExperiment& planned) { return planned.trial_cost.trains_teacher; });
  if (trains_teachers) absl::StrAppend(&text, ",\nbesides the training of teachers");
  return absl::StrCat(text, "\n");
}

std::string FormatSweepFailures(const SweepPlan& plan, absl::Span<const TrialState> trials,
                                absl::Span<const int64_t> own) {
  std::string text;
  std::vector<int64_t> wrong;
  for (const int64_t trial : own) {
    const TrialStatus status = trials[trial].status();
    if (IsWrong(status)) wrong.push_back(trial);
  }
  std::sort(wrong.begin(), wrong.end());
  for (size_t w = 0; w < std::min(wrong.size(), kMaxMessages); ++w) {
    const TrialProvenance& trial = trials[wrong[w]].provenance;
    absl::StrAppend(&text, plan.grid().Label(plan.ExperimentOf(wrong[w])), ": seed ", trial.seed,
                    " ", TrialStatusName(trial.status), ": ", trial.message, "\n");
  }
  if (wrong.size() > kMaxMessages) {
    absl::StrAppend(&text, "and ", wrong.size() - kMaxMessages, " more, which the index names\n");
  }
  return text;
}

std::string FormatSweepResults(const SweepPlan& plan, absl::Span<const TrialState> trials,
                               absl::Span<const int64_t> own, size_t columns) {
  Tally of_own;
  for (const int64_t trial : own) of_own.Add(trials[trial]);
  std::vector<Tally> tallies(plan.experiments().size());
  std::set<std::string> all_keys;
  std::map<TrialStatus, int64_t> statuses;
  for (size_t e = 0; e < tallies.size(); ++e) {
    const PlannedExperiment& planned = plan.experiments()[e];
    for (int64_t t = 0; t < planned.trials; ++t) tallies[e].Add(trials[planned.first_trial + t]);
    for (const auto& [key, mean] : tallies[e].means) all_keys.insert(key);
    statuses.insert(tallies[e].counts.begin(), tallies[e].counts.end());
  }
  const std::vector<std::string> keys(all_keys.begin(), all_keys.end());
  // Finished trials are shown first, then the other statuses that occur.
  std::vector<TrialStatus> shown = {TrialStatus::kFinished};
  for (const auto& [status, count] : statuses) {
    if (status != TrialStatus::kFinished) shown.push_back(status);
  }

  Row heading = {"experiment"};
  for (const std::string& column : plan.grid().columns()) heading.push_back(column);
  for (const TrialStatus status : shown) heading.emplace_back(TrialStatusName(status));
  for (std::string& of_key : Headings(keys)) heading.push_back(std::move(of_key));
  std::vector<Row> rows = {std::move(heading)};
  for (size_t e = 0; e < tallies.size(); ++e) {
    const std::string label = plan.grid().Label(static_cast<int64_t>(e));
    // Axes identify an experiment of the grid; a point has only a label.
    const bool is_point = plan.grid().IsPoint(static_cast<int64_t>(e));
    Row row = {is_point ? label : label.substr(0, label.find('-'))};
    for (std::string& cell : plan.grid().Cells(static_cast<int64_t>(e))) {
      row.push_back(std::move(cell));
    }
    for (const TrialStatus status : shown) row.push_back(absl::StrCat(tallies[e].counts[status]));
    for (const std::string& key : keys) {
      const Mean& mean = tallies[e].means[key];
      row.push_back(mean.count == 0 ? "-"
                                    : FormatNumber(mean.sum / static_cast<double>(mean.count), 4));
    }
    rows.push_back(std::move(row));
  }
  const absl::string_view legend =
      keys.empty() ? "" : "\nmeans over finished trials, after the last epoch\n";
  return absl::StrCat(FormatSweepFailures(plan, trials, own), FormatCounts(of_own), "\n",
                      FormatTable(rows, columns), legend);
}

}  // namespace didact
