#include "didact/framework/sweep/sweep_extension.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/extension.h"

namespace didact {
namespace {

constexpr int64_t kNone = -1;

// Returns a hash of the fields that an experiment shares with its extensions. Other experiments may
// have the same hash.
size_t HashOf(const Experiment& experiment) {
  return absl::HashOf(UnextendedPart(experiment).SerializeAsString());
}

bool HaveSameTrials(const Experiment& a, const Experiment& b) {
  return a.seed().first() == b.seed().first() && a.seed().last() == b.seed().last() &&
         a.training().epochs() == b.training().epochs();
}

class Matcher {
 public:
  Matcher(const SweepPlan& done, const SweepPlan& wanted, absl::string_view place)
      : done_(done),
        wanted_(wanted),
        place_(place),
        matches_(done.experiments().size(), kNone),
        is_taken_(wanted.experiments().size(), false) {}

  absl::StatusOr<std::vector<int64_t>> Match() {
    DIDACT_RETURN_IF_ERROR(Group());
    // Experiments with the same trials are matched first, so that no other experiment takes one of
    // them as its extension.
    for (const bool same_trials : {true, false}) {
      for (int64_t i = 0; i < static_cast<int64_t>(matches_.size()); ++i) {
        if (matches_[i] == kNone) DIDACT_RETURN_IF_ERROR(MatchOne(i, same_trials));
      }
    }
    DIDACT_RETURN_IF_ERROR(CheckAllMatch());
    return std::move(matches_);
  }

 private:
  absl::Status Group() {
    for (int64_t j = 0; j < static_cast<int64_t>(is_taken_.size()); ++j) {
      DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment experiment, wanted_.Make(j));
      groups_[HashOf(experiment)].push_back(j);
    }
    return absl::OkStatus();
  }

  absl::Status MatchOne(int64_t i, bool same_trials) {
    DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment done, done_.Make(i));
    const auto group = groups_.find(HashOf(done));
    if (group == groups_.end()) return absl::OkStatus();
    for (const int64_t j : group->second) {
      if (is_taken_[j]) continue;
      DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment wanted, wanted_.Make(j));
      if (same_trials && !HaveSameTrials(done, wanted)) continue;
      if (!CheckExtension(done, wanted, place_, FieldPath()).ok()) continue;
      matches_[i] = j;
      is_taken_[j] = true;
      return absl::OkStatus();
    }
    return absl::OkStatus();
  }

  // Returns the changes that an experiment makes to the base, as one text.
  static std::string ChangesOf(const SweepPlan& plan, int64_t experiment) {
    std::string text;
    for (const SweepChange& change : plan.grid().Changes(experiment)) {
      absl::StrAppend(&text, change.change.path, "=", change.change.value, "\n");
    }
    return text;
  }

  // Returns the unmatched experiment of the larger sweep that is meant to extend experiment i: one
  // that shares the same fields, or one that makes the same changes to the base.
  std::optional<int64_t> MeantFor(
      int64_t i, const Experiment& done,
      const absl::flat_hash_map<std::string, int64_t>& by_changes) const {
    const auto group = groups_.find(HashOf(done));
    if (group != groups_.end()) {
      for (const int64_t j : group->second) {
        if (!is_taken_[j]) return j;
      }
    }
    const auto found = by_changes.find(ChangesOf(done_, i));
    if (found == by_changes.end()) return std::nullopt;
    return found->second;
  }

  absl::Status CheckAllMatch() const {
    if (absl::c_find(matches_, kNone) == matches_.end()) return absl::OkStatus();
    absl::flat_hash_map<std::string, int64_t> by_changes;
    for (int64_t j = 0; j < static_cast<int64_t>(is_taken_.size()); ++j) {
      if (!is_taken_[j]) by_changes.try_emplace(ChangesOf(wanted_, j), j);
    }
    std::string first_gone;
    int64_t gone = 0;
    for (int64_t i = 0; i < static_cast<int64_t>(matches_.size()); ++i) {
      if (matches_[i] != kNone) continue;
      DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment done, done_.Make(i));
      if (const std::optional<int64_t> j = MeantFor(i, done, by_changes)) {
        // Only the first difference is reported: in most cases all experiments differ because of
        // the base.
        DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment wanted, wanted_.Make(*j));
        const std::string place = absl::StrCat(place_, "/experiments/", done_.grid().Label(i));
        const absl::Status status = CheckExtension(done, wanted, place, wanted_.path());
        if (!status.ok()) return wanted_.Locate(*j, status);
      }
      if (gone++ == 0) first_gone = done_.grid().Label(i);
    }
    const std::string others = gone == 1 ? "" : absl::StrCat(" (and ", gone - 1, " more)");
    return FieldPath(wanted_.grid().file())
        .Invalid(absl::StrCat("lacks the experiment ", first_gone, others, " of ", place_,
                              "; an extension keeps all experiments and adds others"));
  }

  const SweepPlan& done_;
  const SweepPlan& wanted_;
  absl::string_view place_;
  absl::flat_hash_map<size_t, std::vector<int64_t>> groups_;  // experiments of wanted_, by hash
  std::vector<int64_t> matches_;                              // by experiment of done_
  std::vector<bool> is_taken_;                                // by experiment of wanted_
};

}  // namespace

absl::StatusOr<std::vector<int64_t>> MatchExperiments(const SweepPlan& done,
                                                      const SweepPlan& wanted,
                                                      absl::string_view place) {
  return Matcher(done, wanted, place).Match();
}

}  // namespace didact
