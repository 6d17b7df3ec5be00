// Counts the trials of each warning, for the end of a run or a sweep.

#ifndef DIDACT_TOOLS_WARNING_SUMMARY_H_
#define DIDACT_TOOLS_WARNING_SUMMARY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace didact {

// Counts warnings by their texts.
class WarningSummary {
 public:
  // Adds the warnings of one trial; `trial` names it, e.g. "seed 3".
  void Add(const std::vector<std::string>& warnings, absl::string_view trial);

  // Returns a line for each warning that several trials have, in the order in which they were
  // added: `WARNING (12 of 32 trials, the first of them seed 3)`.
  std::vector<std::string> Lines(int64_t trials) const;

 private:
  struct Counted {
    std::string warning;
    std::string first;
    int64_t trials = 0;
  };
  std::vector<Counted> counted_;
};

}  // namespace didact

#endif  // DIDACT_TOOLS_WARNING_SUMMARY_H_
