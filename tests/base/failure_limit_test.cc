// A test that never stops failing is ended.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace didact {
namespace {

// The failures occur in a separate process, since a recorded failure cannot be revoked.
TEST(FailureLimitTest, ATestEndsAtItsTwentiethFailure) {
  const pid_t process = fork();
  ASSERT_NE(process, -1);
  if (process == 0) {
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    int failures = 0;
    try {
      while (failures < 100) {
        ++failures;
        ADD_FAILURE();
      }
    } catch (const testing::AssertionException&) {
    }
    _exit(failures);
  }
  int status = 0;
  ASSERT_EQ(waitpid(process, &status, 0), process);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 20);
}

}  // namespace
}  // namespace didact
