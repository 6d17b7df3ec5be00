#include "didact/framework/base/control_groups.h"

#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

constexpr double kNone = std::numeric_limits<double>::infinity();

// Files below a folder that stands for the root of a machine.
class ControlGroupsTest : public testing::Test {
 protected:
  ControlGroupsTest()
      : root_(ScratchPath(testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(root_);
  }

  void Write(const std::string& path, const std::string& text) const {
    const std::string file = absl::StrCat(root_, path);
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file) << text;
  }

  // Version 2, of which `mounted` is visible.
  void MountV2(const std::string& mounted, const std::string& group) const {
    Write("/proc/self/cgroup", absl::StrCat("0::", group, "\n"));
    Write("/proc/self/mountinfo",
          absl::StrCat("22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 22 0:26 ", mounted,
                       " /sys/fs/cgroup ro,nosuid shared:4 - cgroup2 cgroup rw,nsdelegate\n"));
  }

  ControlGroupLimits Limits() const { return LimitsOfControlGroups(root_); }

 private:
  std::string root_;
};

TEST_F(ControlGroupsTest, WithoutFilesThereAreNoLimits) {
  EXPECT_EQ(Limits().processors, kNone);
  EXPECT_EQ(Limits().memory_bytes, kNone);
}

TEST_F(ControlGroupsTest, VersionTwoInAContainerOfItsOwnNamespace) {
  MountV2("/", "/");
  Write("/sys/fs/cgroup/cpu.max", "150000 100000\n");
  Write("/sys/fs/cgroup/memory.max", "1073741824\n");
  EXPECT_EQ(Limits().processors, 1.5);
  EXPECT_EQ(Limits().memory_bytes, 1073741824);
}

TEST_F(ControlGroupsTest, VersionTwoWithoutALimit) {
  MountV2("/", "/");
  Write("/sys/fs/cgroup/cpu.max", "max 100000\n");
  Write("/sys/fs/cgroup/memory.max", "max\n");
  EXPECT_EQ(Limits().processors, kNone);
  EXPECT_EQ(Limits().memory_bytes, kNone);
}

TEST_F(ControlGroupsTest, TheStrictestOfTheGroupsAroundTheProcessCounts) {
  MountV2("/", "/job/step/task");
  Write("/sys/fs/cgroup/job/cpu.max", "400000 100000\n");
  Write("/sys/fs/cgroup/job/step/cpu.max", "200000 100000\n");
  Write("/sys/fs/cgroup/job/step/task/cpu.max", "max 100000\n");
  Write("/sys/fs/cgroup/job/memory.max", "1000\n");
  Write("/sys/fs/cgroup/job/step/task/memory.max", "2000\n");
  Write("/sys/fs/cgroup/other/cpu.max", "1000 100000\n");
  EXPECT_EQ(Limits().processors, 2);
  EXPECT_EQ(Limits().memory_bytes, 1000);
}

TEST_F(ControlGroupsTest, AMountedPartOfTheHierarchyIsSearchedFromItsTop) {
  MountV2("/docker/ab", "/docker/ab/inner");
  Write("/sys/fs/cgroup/cpu.max", "100000 100000\n");
  Write("/sys/fs/cgroup/inner/cpu.max", "50000 100000\n");
  EXPECT_EQ(Limits().processors, 0.5);
  // A group elsewhere is that of the whole container.
  MountV2("/docker/ab", "/docker/cd");
  EXPECT_EQ(Limits().processors, 1);
}

TEST_F(ControlGroupsTest, VersionOneHasAHierarchyForEachController) {
  Write("/proc/self/cgroup", "4:memory:/docker/ab\n3:cpu,cpuacct:/docker/ab\n0::/\n");
  Write("/proc/self/mountinfo",
        "31 22 0:27 /docker/ab /sys/fs/cgroup/cpu,cpuacct ro shared:9 - cgroup cgroup "
        "rw,cpu,cpuacct\n"
        "32 22 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
        "33 22 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  Write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "100000\n");
  Write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  Write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  Write("/sys/fs/cgroup/memory/docker/ab/memory.limit_in_bytes", "3000000\n");
  EXPECT_EQ(Limits().processors, 1);
  EXPECT_EQ(Limits().memory_bytes, 3000000);
  Write("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(Limits().processors, kNone);
}

TEST_F(ControlGroupsTest, FilesWithOtherContentsSetNoLimit) {
  MountV2("/", "/../..");
  Write("/sys/fs/cgroup/cpu.max", "many\n");
  Write("/sys/fs/cgroup/memory.max", "");
  EXPECT_EQ(Limits().processors, kNone);
  EXPECT_EQ(Limits().memory_bytes, kNone);
  Write("/proc/self/mountinfo", "- cgroup2\n\n - \n1 2 - cgroup2 x y\n");
  EXPECT_EQ(Limits().processors, kNone);
}

}  // namespace
}  // namespace didact
