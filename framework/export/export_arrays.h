// Exports a run or a sweep as arrays stacked over seeds.

#ifndef DIDACT_FRAMEWORK_EXPORT_EXPORT_ARRAYS_H_
#define DIDACT_FRAMEWORK_EXPORT_EXPORT_ARRAYS_H_

#include <atomic>

#include "absl/status/status.h"
#include "didact/framework/export/export.h"
#include "didact/framework/export/metric_filter.h"
#include "didact/framework/results/result_directory.h"

namespace didact {

// See Export. Writes into the existing, empty folder `folder`.
absl::Status ExportArrays(const ResultDirectory& directory, const std::string& folder,
                          MetricFilter& filter, const std::atomic<bool>& stop,
                          ExportReport& report);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPORT_EXPORT_ARRAYS_H_
