// manifest.json lists the contents of a folder of exported arrays:
//
//   {"format": "didact-export", "version": 1, "name": "two_layer_sweep",
//    "axes": [{"name": "multiplier", "field": "student.width_multiplier"}, ...],
//    "experiments": [
//      {"experiment": 7, "label": "007-...", "file": "007-....npz", "axes": {"multiplier": 1, ...},
//       "seeds": {"first": 1, "last": 32, "count": 32}, "statuses": {"finished": 32},
//       "epochs": [-1, 0, ...],
//       "arrays": {"eval.KEY": {"dtype": "int64", "shape": [32, 2, 20, 40],
//                               "axes": ["seed", "array_epoch", "teacher", "student"],
//                               "unit": "samples"}, ...}},
//      ...]}
//
// Units and axes are those that the metrics describe (framework/plugin/metric_key.h); a headline
// has "headline": true. They come from the experiment's provenance.json, which for an experiment of
// a sweep is written when all its trials have ended; before that, the axes of an array end with
// "array_epoch".

#ifndef DIDACT_FRAMEWORK_EXPORT_MANIFEST_H_
#define DIDACT_FRAMEWORK_EXPORT_MANIFEST_H_

#include <string>

#include "absl/types/span.h"
#include "didact/framework/export/experiment_stack.h"
#include "didact/framework/plugin/metric_key.h"
#include "didact/framework/results/result_directory.h"

namespace didact {

inline constexpr const char* kManifestFile = "manifest.json";

// The text before the experiments.
std::string ManifestBegin(const ResultDirectory& directory);

// The text of one experiment, whose archive is `file` and whose metrics have `keys`. The caller
// adds commas and newlines between experiments.
std::string ManifestEntry(const ResultDirectory& directory, const ExperimentStack& stack,
                          const std::string& file, absl::Span<const MetricKey> keys);

// The text after the experiments.
std::string ManifestEnd();

// Returns true if the file at `path` begins as a manifest does.
bool IsManifest(const std::string& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPORT_MANIFEST_H_
