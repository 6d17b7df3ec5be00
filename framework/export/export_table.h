// Exports a run or a sweep as one table.

#ifndef DIDACT_FRAMEWORK_EXPORT_EXPORT_TABLE_H_
#define DIDACT_FRAMEWORK_EXPORT_EXPORT_TABLE_H_

#include <atomic>

#include "absl/status/status.h"
#include "didact/framework/export/export.h"
#include "didact/framework/export/metric_filter.h"
#include "didact/framework/results/result_directory.h"

namespace didact {

// See Export. `options.out` may be overwritten.
absl::Status ExportTable(const ResultDirectory& directory, const ExportOptions& options,
                         MetricFilter& filter, const std::atomic<bool>& stop, ExportReport& report);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPORT_EXPORT_TABLE_H_
