#include "didact/framework/base/control_groups.h"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <optional>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace didact {
namespace {

std::vector<std::string> Lines(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// Returns number `i` of the first line, or nullopt if there is none (`max`).
std::optional<double> Number(const std::string& path, size_t i = 0) {
  const std::vector<std::string> lines = Lines(path);
  if (lines.empty()) return std::nullopt;
  const std::vector<std::string> words = absl::StrSplit(lines[0], ' ', absl::SkipEmpty());
  double number = 0;
  if (i >= words.size() || !absl::SimpleAtod(words[i], &number)) return std::nullopt;
  return number;
}

// A mounted hierarchy of control groups.
struct Hierarchy {
  bool is_v2 = false;
  std::vector<std::string> controllers;  // of version 1
  std::string mounted_group;             // the group that is visible at `folder`
  std::string folder;
};

// Reads `proc/self/mountinfo`, whose lines are
// `31 23 0:28 /group /sys/fs/cgroup/cpu rw shared:9 - cgroup cgroup rw,cpu,cpuacct`.
std::vector<Hierarchy> Hierarchies(const std::string& root) {
  std::vector<Hierarchy> hierarchies;
  for (const std::string& line : Lines(absl::StrCat(root, "/proc/self/mountinfo"))) {
    const std::vector<std::string> halves = absl::StrSplit(line, absl::MaxSplits(" - ", 1));
    if (halves.size() != 2) continue;
    const std::vector<std::string> mount = absl::StrSplit(halves[0], ' ');
    const std::vector<std::string> system = absl::StrSplit(halves[1], ' ');
    if (mount.size() < 5 || system.size() < 3 || !absl::StartsWith(system[0], "cgroup")) continue;
    hierarchies.push_back({.is_v2 = system[0] == "cgroup2",
                           .controllers = absl::StrSplit(system[2], ','),
                           .mounted_group = absl::StrReplaceAll(mount[3], {{"\\040", " "}}),
                           .folder = absl::StrReplaceAll(mount[4], {{"\\040", " "}})});
  }
  return hierarchies;
}

// Returns the group of this process for `controller` in version 1, or in version 2 if that is
// empty. The lines of `proc/self/cgroup` are `4:cpu,cpuacct:/group`, and `0::/group` for version 2.
std::optional<std::string> GroupOf(const std::string& root, absl::string_view controller) {
  for (const std::string& line : Lines(absl::StrCat(root, "/proc/self/cgroup"))) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() != 3) continue;
    const std::vector<std::string> controllers = absl::StrSplit(parts[1], ',');
    if (absl::c_linear_search(controllers, controller)) return parts[2];
  }
  return std::nullopt;
}

// Returns the folders of a group and of those around it, as far as they are mounted, innermost
// first.
std::vector<std::string> Folders(const std::string& root, const Hierarchy& hierarchy,
                                 absl::string_view group) {
  // In a container whose groups have a namespace of their own, or that sees the files of its own
  // group only, the group is the mounted one.
  const absl::string_view mounted = absl::StripSuffix(hierarchy.mounted_group, "/");
  if (!absl::ConsumePrefix(&group, mounted) || absl::StrContains(group, "..")) group = "";
  std::vector<std::string> folders;
  for (std::string inner(absl::StripSuffix(group, "/")); !inner.empty();
       inner.resize(inner.rfind('/') == std::string::npos ? 0 : inner.rfind('/'))) {
    folders.push_back(absl::StrCat(root, hierarchy.folder, inner));
  }
  folders.push_back(absl::StrCat(root, hierarchy.folder));
  return folders;
}

void Tighten(double& limit, std::optional<double> other) {
  if (other && *other > 0) limit = std::min(limit, *other);
}

std::optional<double> Quotient(std::optional<double> quota, std::optional<double> period) {
  if (!quota || !period || *period <= 0) return std::nullopt;
  return *quota / *period;
}

void ReadV2(const std::string& folder, ControlGroupLimits& limits) {
  const std::string quota = absl::StrCat(folder, "/cpu.max");
  Tighten(limits.processors, Quotient(Number(quota, 0), Number(quota, 1)));
  Tighten(limits.memory_bytes, Number(absl::StrCat(folder, "/memory.max")));
}

}  // namespace

ControlGroupLimits LimitsOfControlGroups(const std::string& root) {
  ControlGroupLimits limits;
  for (const Hierarchy& hierarchy : Hierarchies(root)) {
    if (hierarchy.is_v2) {
      const std::optional<std::string> group = GroupOf(root, "");
      if (!group) continue;
      for (const std::string& folder : Folders(root, hierarchy, *group)) ReadV2(folder, limits);
      continue;
    }
    for (const absl::string_view controller : {"cpu", "memory"}) {
      const std::optional<std::string> group = GroupOf(root, controller);
      if (!group || !absl::c_linear_search(hierarchy.controllers, controller)) continue;
      for (const std::string& folder : Folders(root, hierarchy, *group)) {
        if (controller == "cpu") {
          Tighten(limits.processors, Quotient(Number(absl::StrCat(folder, "/cpu.cfs_quota_us")),
                                              Number(absl::StrCat(folder, "/cpu.cfs_period_us"))));
        } else {
          Tighten(limits.memory_bytes, Number(absl::StrCat(folder, "/memory.limit_in_bytes")));
        }
      }
    }
  }
  return limits;
}

}  // namespace didact
