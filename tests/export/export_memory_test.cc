// The memory of an export grows with the number of trials by no more than one byte for each.

#include <atomic>
#include <string>

#include "absl/strings/str_cat.h"
#include "didact/framework/export/export.h"
#include "tests/base/allocation_meter.h"
#include "tests/base/test_files.h"
#include "tests/export/result_tree.h"

namespace didact {
namespace {

// Returns the peak memory of an export, in bytes.
int64_t PeakOf(const std::string& directory, ExportFormat format) {
  ExportOptions options;
  options.directory = directory;
  options.format = format;
  options.out = absl::StrCat(directory, "-exported-", static_cast<int>(format));
  options.force = true;
  const std::atomic<bool> stop = false;
  const AllocationMeter meter;
  EXPECT_THAT(Export(options, stop).status(), IsOk());
  return meter.peak();
}

constexpr ExportFormat kFormats[] = {ExportFormat::kCsv, ExportFormat::kJsonLines,
                                     ExportFormat::kNpz};

// A trial has 230 bytes of results and 200 of index, and more in memory: 3000 of them would be
// noticed.
constexpr int64_t kFew = 30;
constexpr int64_t kMany = 3000;

// Returns the memory that more trials may take in all. Buffers are as large as their contents, up
// to 64 KiB: one for an index and, in an archive, one for each of its eight arrays.
int64_t Allowance(ExportFormat format) {
  return kMany + (int64_t{format == ExportFormat::kNpz ? 9 : 1} << 16) + (16 << 10);
}

void ExpectSamePeak(const std::string& few, const std::string& many) {
  for (const ExportFormat format :
       {ExportFormat::kCsv, ExportFormat::kJsonLines, ExportFormat::kNpz}) {
    // Libraries allocate permanent memory at the first export.
    PeakOf(few, format);
    const int64_t peak = PeakOf(few, format);
    EXPECT_LT(PeakOf(many, format), peak + Allowance(format)) << static_cast<int>(format);
  }
}

TEST(ExportMemory, DoesNotGrowWithTheTrialsOfARun) {
  const std::string folder = ScratchPath("run");
  WriteTreeRun(folder + "few", kFew);
  WriteTreeRun(folder + "many", kMany);
  ExpectSamePeak(folder + "few", folder + "many");
}

TEST(ExportMemory, DoesNotGrowWithTheTrialsOfASweep) {
  const std::string folder = ScratchPath("sweep");
  WriteTreeSweep(folder + "few", 10, kFew / 10);
  WriteTreeSweep(folder + "many", 10, kMany / 10);
  ExpectSamePeak(folder + "few", folder + "many");
}

}  // namespace
}  // namespace didact
