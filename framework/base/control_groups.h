// The limits on processors and memory that control groups (Linux's cgroups, versions 1 and 2) set for
// this process. Containers and batch systems limit processes in this way.

#ifndef DIDACT_FRAMEWORK_BASE_CONTROL_GROUPS_H_
#define DIDACT_FRAMEWORK_BASE_CONTROL_GROUPS_H_

#include <limits>
#include <string>

namespace didact {

// Limits of a process; infinite where there is none.
struct ControlGroupLimits {
  // Processor time per time, e.g. 1.5 for the quota of `docker run --cpus=1.5`.
  double processors = std::numeric_limits<double>::infinity();
  double memory_bytes = std::numeric_limits<double>::infinity();
};

// Returns the strictest limits of the control groups that this process is in and of those around
// them. A group that cannot be read sets no limit. `root` is put before /proc and /sys; tests have
// files of their own.
// Source: Linux, Documentation/admin-guide/cgroup-v2.rst (`cpu.max`, `memory.max`) and
// cgroup-v1/memory.rst, scheduler/sched-bwc.rst (`cpu.cfs_quota_us`).
ControlGroupLimits LimitsOfControlGroups(const std::string& root = "");

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_CONTROL_GROUPS_H_
