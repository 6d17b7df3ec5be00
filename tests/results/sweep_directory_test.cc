#include "didact/framework/results/sweep_directory.h"

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/io/file.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

using State = SweepDirectory::State;

std::string Path() {
  return ScratchPath(testing::UnitTest::GetInstance()->current_test_info()->name());
}

void Touch(const std::string& path) { ASSERT_THAT(WriteFileAtomically(path, ""), IsOk()); }

State StateOf(const std::string& path, const std::string& text) {
  const absl::StatusOr<State> state = SweepDirectory::Look(path, text);
  EXPECT_THAT(state.status(), IsOk());
  return state.value_or(State::kOther);
}

TEST(SweepDirectory, IsNewUntilItHoldsASweep) {
  EXPECT_EQ(StateOf(Path(), "a"), State::kNew);
  ASSERT_THAT(CreateDirectories(Path()), IsOk());
  EXPECT_EQ(StateOf(Path(), "a"), State::kNew);
  for (const char* leftover : {"lock", "lock.shard-0-of-2", "sweep.textproto.tmp-1-2"}) {
    Touch(JoinPath(Path(), leftover));
  }
  EXPECT_EQ(StateOf(Path(), "a"), State::kNew);
  ASSERT_THAT(SweepDirectory::Open(Path(), "a", /*clear=*/false).status(), IsOk());
  EXPECT_EQ(StateOf(Path(), "a"), State::kSame);
  EXPECT_EQ(StateOf(Path(), "b"), State::kOther);
  EXPECT_EQ(SweepDirectory::Open(Path(), "b", /*clear=*/false).status().code(),
            absl::StatusCode::kAlreadyExists);
}

TEST(SweepDirectory, IsNoFolderOfSomethingElse) {
  ASSERT_THAT(CreateDirectories(Path()), IsOk());
  Touch(JoinPath(Path(), "thesis.tex"));
  EXPECT_EQ(SweepDirectory::Look(Path(), "a").status().message(),
            Path() + ": is not empty and not a sweep directory; choose another with --out=DIR");
  EXPECT_EQ(SweepDirectory::Look(JoinPath(Path(), "thesis.tex"), "a").status().code(),
            absl::StatusCode::kAlreadyExists);
}

TEST(SweepDirectory, ThatIsReplacedKeepsNothingOfAnyPart) {
  ASSERT_THAT(SweepDirectory::Open(Path(), "a", /*clear=*/false).status(), IsOk());
  ASSERT_THAT(CreateDirectories(JoinPath(Path(), "experiments/000-x=1/trials/1")), IsOk());
  for (const char* const name :
       {"index.jsonl", "index.shard-0-of-2.jsonl", "provenance.json",
        "provenance.shard-0-of-2.json", "experiments/000-x=1/trials/1/outcome.json"}) {
    Touch(JoinPath(Path(), name));
  }
  ASSERT_THAT(SweepDirectory::Open(Path(), "b", /*clear=*/true).status(), IsOk());
  EXPECT_THAT(*ListDirectory(Path()), testing::ElementsAre("experiments", "sweep.textproto"));
  EXPECT_THAT(*ListDirectory(JoinPath(Path(), "experiments")), testing::IsEmpty());
  EXPECT_EQ(*ReadFile(JoinPath(Path(), "sweep.textproto")), "b");
  std::filesystem::remove_all(Path());
}

// Parts of a sweep may create the directory at the same time.
TEST(SweepDirectory, IsNeverTakenForSomethingElseWhileItIsCreated) {
  constexpr int kDirectories = 300;
  std::atomic<int> created = -1;
  const auto path_of = [](int i) { return absl::StrCat(Path(), i); };
  const std::string folder = Path();
  std::thread creator([&] {
    for (int i = 0; i < kDirectories; ++i) {
      const std::string path = absl::StrCat(folder, i);
      EXPECT_THAT(CreateDirectories(path), IsOk());
      created = i;
      EXPECT_THAT(SweepDirectory::Open(path, "a", /*clear=*/false).status(), IsOk());
      EXPECT_THAT(WriteFileAtomically(JoinPath(path, "index.jsonl"), ""), IsOk());
    }
  });
  for (int i = 0; i < kDirectories; ++i) {
    while (created < i) std::this_thread::yield();
    while (StateOf(path_of(i), "a") == State::kNew) {
    }
  }
  creator.join();
  for (int i = 0; i < kDirectories; ++i) std::filesystem::remove_all(path_of(i));
}

}  // namespace
}  // namespace didact
