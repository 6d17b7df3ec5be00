// manifest.json: what a folder of exported arrays holds.
//
//   {"format": "didact-export", "version": 1, "name": "two_layer_sweep",
//    "axes": [{"name": "multiplier", "field": "student.width_multiplier"}, ...],
//    "experiments": [
//      {"experiment": 7, "label": "007-...", "file": "007-....npz", "axes": {"multiplier": 1, ...},
//       "seeds": {"first": 1, "last": 32, "count": 32}, "statuses": {"finished": 32},
//       "epochs": [-1, 0, ...],
//       "arrays": {"eval.loss": {"dtype": "float64", "shape": [32, 101], "axes": ["seed", "epoch"]},
//                  ...}},
//      ...]}

#ifndef DIDACT_FRAMEWORK_EXPORT_MANIFEST_H_
#define DIDACT_FRAMEWORK_EXPORT_MANIFEST_H_

#include <string>

#include "framework/export/experiment_stack.h"
#include "framework/export/result_directory.h"

namespace didact {

inline constexpr const char* kManifestFile = "manifest.json";

// What comes before the experiments.
std::string ManifestBegin(const ResultDirectory& directory);

// An experiment, whose archive is `file`. Commas and newlines between are the caller's.
std::string ManifestEntry(const ResultDirectory& directory, const ExperimentStack& stack,
                          const std::string& file);

// What comes behind them.
std::string ManifestEnd();

// Whether the file at `path` begins as a manifest does.
bool IsManifest(const std::string& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPORT_MANIFEST_H_
