#include "didact/framework/results/run_directory.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

// The message must not be that of an unfinished run: it proposes `didact resume`, which would be
// refused too.
TEST(RunDirectory, ThatIsInUseSaysSoWhetherForcedOrNot) {
  const std::string path = ScratchPath("in_use");
  std::optional<absl::StatusOr<RunDirectory>> run(RunDirectory::Create(path, false, "name: 'a'"));
  ASSERT_THAT(run->status(), IsOk());
  for (const bool force : {false, true}) {
    EXPECT_THAT(
        RunDirectory::Check(path, force),
        FailsWith(absl::StatusCode::kFailedPrecondition,
                  testing::StartsWith(absl::StrCat(
                      path, ": another process is working on it: ", path, "/lock: is held by "))));
  }
  run.reset();
  EXPECT_EQ(RunDirectory::Check(path, false).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(RunDirectory::Check(path, true), IsOk());
}

}  // namespace
}  // namespace didact
