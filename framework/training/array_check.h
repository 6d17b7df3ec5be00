// Finds arrays of a metric that are not well-formed, or unlike those of the same key in evaluations before.

#ifndef DIDACT_FRAMEWORK_TRAINING_ARRAY_CHECK_H_
#define DIDACT_FRAMEWORK_TRAINING_ARRAY_CHECK_H_

#include <cstddef>
#include <map>
#include <string>

#include "framework/plugin/record.h"

namespace didact {

// Knows the arrays of one metric. Threads: one at a time.
class ArrayCheck {
 public:
  // Describes the fault of the arrays in `record`, which are those of one evaluation: that the elements are not as many as
  // the shape says, or that the type of the elements or the number of dimensions is another than in an evaluation
  // before: `writes the array "x" as int64 of 1 dimension, before as float64 of 2`. Arrays of trials and evaluations
  // are stacked, for which extents may differ. Empty if nothing is wrong.
  std::string Problem(const Record& record);

 private:
  struct Form {
    bool is_integer = false;
    size_t dimensions = 0;

    bool operator==(const Form&) const = default;
    std::string ToString() const;
  };

  std::map<std::string, Form> forms_;  // by key
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_ARRAY_CHECK_H_
