#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/results/metrics_reader.h"
#include "gtest/gtest.h"
#include "tests/base/test_files.h"
#include "tests/fuzz/mutation.h"
#include "tests/fuzz/reader_fuzz.h"

namespace didact {
namespace {

constexpr uint64_t kInputs = 10000;

std::vector<std::string> Metrics() {
  std::string text;
  for (int epoch = -1; epoch < 4; ++epoch) {
    absl::StrAppend(&text, "{\"epoch\":", epoch, ",\"step\":", 10 * (epoch + 1),
                    ",\"train.loss\":0.25,\"eval.loss\":1e-05,\"eval.found_0.9\":3,"
                    "\"eval.nan\":null}\n");
  }
  return {text, "{\"epoch\":-1,\"step\":0}\n"};
}

std::vector<std::string> Words() {
  return {"\n",   "{",     "}",    "[",       "]",         "\"",
          ":",    ",",     "null", "-",       "1e",        "999",
          "true", "\\u00", "\xff", "\"epoch", "\"step\":", "99999999999999999999"};
}

// Reads all evaluations, or up to the first failure.
absl::Status Read(const std::string& input) {
  absl::StatusOr<MetricsReader> reader =
      MetricsReader::Open(ScratchFile(std::string(kFuzzFileName), input));
  if (!reader.ok()) return reader.status();
  RecordedEvaluation evaluation;
  int64_t last_epoch = -2;
  for (;;) {
    const absl::StatusOr<bool> more = reader->Next(evaluation);
    if (!more.ok()) return more.status();
    if (!*more) return absl::OkStatus();
    EXPECT_GT(evaluation.epoch, last_epoch);
    last_epoch = evaluation.epoch;
    for (const MetricValue& value : evaluation.values) EXPECT_FALSE(value.text.empty());
  }
}

TEST(MetricsFuzz, BrokenMetricsAreRefusedOrRead) {
  FuzzReader(Mutation(Metrics(), Words()), kInputs, Read);
}

}  // namespace
}  // namespace didact
