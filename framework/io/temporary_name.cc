#include "didact/framework/io/temporary_name.h"

#include <sys/random.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace didact {
namespace {

constexpr absl::string_view kTemporaryMark = ".tmp-";

// A number unlike that of any other process that writes to the same directory. Process ids do not
// suffice: processes on other machines or in other containers, where they are often 1, may share
// them.
uint64_t NumberOfThisProcess() {
  static const uint64_t drawn = [] {
    uint64_t number = 0;
    const bool complete = getrandom(&number, sizeof(number), GRND_NONBLOCK) == sizeof(number);
    return complete ? number : 0;
  }();
  // A forked process has inherited the same random number.
  return drawn + static_cast<uint64_t>(getpid());
}

}  // namespace

std::string TemporaryName(const std::string& path) {
  static std::atomic<int64_t> counter{0};
  return absl::StrCat(path, kTemporaryMark, NumberOfThisProcess(), "-", counter.fetch_add(1));
}

bool IsTemporaryName(absl::string_view name) {
  const size_t mark = name.rfind(kTemporaryMark);
  if (mark == absl::string_view::npos) return false;
  const std::vector<absl::string_view> numbers =
      absl::StrSplit(name.substr(mark + kTemporaryMark.size()), '-');
  const auto is_number = [](absl::string_view text) {
    return !text.empty() && absl::c_all_of(text, absl::ascii_isdigit);
  };
  return numbers.size() == 2 && absl::c_all_of(numbers, is_number);
}

}  // namespace didact
