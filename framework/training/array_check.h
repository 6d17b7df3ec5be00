// Checks that a metric's arrays are well-formed and keep type and rank between evaluations.

#ifndef DIDACT_FRAMEWORK_TRAINING_ARRAY_CHECK_H_
#define DIDACT_FRAMEWORK_TRAINING_ARRAY_CHECK_H_

#include <cstddef>
#include <map>
#include <string>

#include "didact/framework/plugin/record.h"

namespace didact {

// Remembers the form of the arrays of one metric. Threads: one at a time.
class ArrayCheck {
 public:
  // Describes what is wrong with the arrays in `record`, which must be those of one evaluation;
  // empty if nothing is. The number of elements must match the shape, and element type and number
  // of dimensions must be those of earlier evaluations: `writes the array "x" as int64 of 1
  // dimension, before as float64 of 2`. Arrays of trials and evaluations are stacked, for which
  // only extents may differ.
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
