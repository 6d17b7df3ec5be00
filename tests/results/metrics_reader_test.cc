#include "didact/framework/results/metrics_reader.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/results/trial_writer.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

using testing::EndsWith;

// Reads a file with these bytes to its end; returns the first error, or OK.
absl::Status ReadAll(const std::string& bytes, std::vector<RecordedEvaluation>& evaluations) {
  absl::StatusOr<MetricsReader> reader = MetricsReader::Open(ScratchFile("metrics.jsonl", bytes));
  EXPECT_THAT(reader.status(), IsOk());
  for (;;) {
    RecordedEvaluation evaluation;
    const absl::StatusOr<bool> more = reader->Next(evaluation);
    if (!more.ok()) return more.status();
    if (!*more) return absl::OkStatus();
    evaluations.push_back(std::move(evaluation));
  }
}

TEST(MetricsReader, ReadsWhatTrialsWrite) {
  Record record;
  record.Add("train.loss", 0.1 + 0.2);
  record.Add("eval.count", int64_t{-7});
  record.Add("eval.whole", 3.0);
  record.Add("eval.small", 5e-324);
  record.Add("eval.nan", std::numeric_limits<double>::quiet_NaN());
  std::vector<RecordedEvaluation> evaluations;
  ASSERT_THAT(
      ReadAll(absl::StrCat(MetricsLine(-1, 0, record), "\n", MetricsLine(0, 10, Record()), "\n"),
              evaluations),
      IsOk());
  ASSERT_EQ(evaluations.size(), 2);
  EXPECT_EQ(evaluations[0].epoch, -1);
  EXPECT_EQ(evaluations[1].step, 10);
  EXPECT_TRUE(evaluations[1].values.empty());
  const std::vector<MetricValue>& values = evaluations[0].values;
  ASSERT_EQ(values.size(), 5);
  EXPECT_EQ(values[0].key, "train.loss");
  EXPECT_EQ(std::get<double>(values[0].number), 0.1 + 0.2);
  EXPECT_EQ(values[0].text, "0.30000000000000004");
  EXPECT_EQ(std::get<int64_t>(values[1].number), -7);
  EXPECT_EQ(values[1].text, "-7");
  EXPECT_EQ(std::get<double>(values[2].number), 3);
  EXPECT_EQ(values[2].text, "3.0");
  EXPECT_EQ(std::get<double>(values[3].number), 5e-324);
  EXPECT_TRUE(std::isnan(std::get<double>(values[4].number)));
  EXPECT_EQ(values[4].text, "null");
}

TEST(MetricsReader, PassesOverATornLastLine) {
  std::vector<RecordedEvaluation> evaluations;
  EXPECT_THAT(ReadAll("{\"epoch\":-1,\"step\":0}\n{\"epoch\":0,\"step\":1}", evaluations), IsOk());
  EXPECT_EQ(evaluations.size(), 1);
}

TEST(MetricsReader, SaysWhatIsWrongWithALine) {
  const std::string good = "{\"epoch\":-1,\"step\":0}\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{\"epoch\":0,\"step\":1", "is no JSON from byte 20 on"},
      {"", "is no JSON from byte 1 on"},
      {"{\"epoch\":0,\"step\":1} x", "is no JSON from byte 22 on"},
      {"\xff", "is no JSON from byte 1 on"},
      {"{\"epoch\":0,\"step\":1,\"a\":1e999}", "is no JSON from byte 29 on"},
      {"[]", "must be a JSON object"},
      {"7", "must be a JSON object"},
      {"null", "must be a JSON object"},
      {"{\"step\":1}", "has no \"epoch\""},
      {"{\"epoch\":1}", "has no \"step\""},
      {"{\"epoch\":0.5,\"step\":1}", "\"epoch\" must be a whole number, got 0.5"},
      {"{\"epoch\":0,\"step\":null}", "\"step\" must be a whole number, got null"},
      {"{\"epoch\":0,\"epoch\":0,\"step\":1}", "\"epoch\" is there twice"},
      {"{\"epoch\":0,\"step\":1,\"a\":1,\"a\":2}", "\"a\" is there twice"},
      {"{\"epoch\":0,\"step\":1,\"a\":\"b\"}", "\"a\" must be a number"},
      {"{\"epoch\":0,\"step\":1,\"a\":true}", "\"a\" must be a number"},
      {"{\"epoch\":0,\"step\":1,\"a\":[1]}", "\"a\" must be a number"},
      {"{\"epoch\":0,\"step\":1,\"a\":{}}", "\"a\" must be a number"},
      {"{\"epoch\":0,\"step\":18446744073709551615}",
       "the number 18446744073709551615 does not fit 63 bits"},
      {"{\"epoch\":-1,\"step\":1}", "epoch -1 must not come after -1"},
  };
  for (const auto& [line, problem] : cases) {
    std::vector<RecordedEvaluation> evaluations;
    EXPECT_THAT(ReadAll(absl::StrCat(good, line, "\n", good), evaluations),
                FailsWith(absl::StatusCode::kDataLoss,
                          EndsWith(absl::StrCat("metrics.jsonl:2: ", problem))))
        << line;
    EXPECT_EQ(evaluations.size(), 1);
  }
  std::vector<RecordedEvaluation> evaluations;
  EXPECT_THAT(ReadAll("{\"epoch\":-2,\"step\":0}\n", evaluations),
              FailsWith(absl::StatusCode::kDataLoss, EndsWith(":1: there is no epoch -2")));
}

}  // namespace
}  // namespace didact
