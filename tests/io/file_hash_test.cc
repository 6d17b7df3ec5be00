#include "didact/framework/io/file_hash.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>

#include "didact/framework/base/sha256.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

namespace fs = std::filesystem;

TEST(HashFile, IsTheHashOfAllBytes) {
  // The sizes are around that of the pieces in which a file is read.
  for (const size_t size : {0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (3 << 20) + 7}) {
    std::string bytes(size, 'a');
    for (size_t i = 0; i < size; i += 1000) bytes[i] = static_cast<char>(i / 1000);
    const std::string path = ScratchFile("hashed", bytes);
    const auto hashed = HashFile(path);
    ASSERT_THAT(hashed.status(), IsOk());
    EXPECT_EQ(hashed->sha256, Sha256(bytes).value());
    EXPECT_EQ(hashed->stamp.size, size);
    EXPECT_TRUE(HasStamp(path, hashed->stamp));
  }
}

TEST(HashFile, SeesWhatIsWrittenMeanwhile) {
  const std::string path = ScratchFile("file", "one");
  const HashedFile one = *HashFile(path);
  const fs::file_time_type time = fs::last_write_time(path);
  usleep(20000);
  ScratchFile("file", "two");
  EXPECT_FALSE(HasStamp(path, one.stamp));
  EXPECT_EQ(HashFile(path)->sha256, Sha256("two").value());
  // A change is found even if neither size nor time shows it.
  usleep(20000);
  ScratchFile("file", "six");
  fs::last_write_time(path, time);
  EXPECT_EQ(HashFile(path)->sha256, Sha256("six").value());
  fs::remove(path);
  EXPECT_FALSE(HasStamp(path, one.stamp));
  EXPECT_EQ(HashFile(path).status().code(), absl::StatusCode::kNotFound);
}

TEST(HashFile, ReadsAFileOnce) {
  const std::string path = ScratchFile("large", std::string(100 << 20, 'x'));
  ASSERT_THAT(HashFile(path).status(), IsOk());
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) ASSERT_THAT(HashFile(path).status(), IsOk());
  // Reading the file takes 50 ms on the fastest machines.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  fs::remove(path);
}

TEST(HashFile, TakesNothingFromAPipe) {
  const std::string path = ScratchPath("pipe");
  fs::remove(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(HashFile(path).status(),
              FailsWith(absl::StatusCode::kInvalidArgument, path + ": is no regular file"));
  EXPECT_THAT(
      HashFile(testing::TempDir()).status(),
      FailsWith(absl::StatusCode::kInvalidArgument, testing::EndsWith("is no regular file")));
}

TEST(HashFile, EndsSoonAfterItIsStopped) {
  const std::atomic<bool> stop = true;
  const std::string path = ScratchFile("stopped", "bytes");
  EXPECT_EQ(HashFile(path, &stop).status().code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(HashFile(path).status(), IsOk());
}

}  // namespace
}  // namespace didact
