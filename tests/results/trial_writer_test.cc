#include "didact/framework/results/trial_writer.h"

#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

namespace didact {
namespace {

TEST(MetricsLine, HasEpochAndStepFirstAndKeysInOrder) {
  Record record;
  record.Add("train.loss", 0.1);
  record.Add("eval.specialization.layer0.found_0.95", int64_t{7});
  EXPECT_EQ(MetricsLine(-1, 0, record),
            "{\"epoch\":-1,\"step\":0,\"train.loss\":0.1,"
            "\"eval.specialization.layer0.found_0.95\":7}");
}

TEST(MetricsLine, KeepsEveryBitOfANumber) {
  Record record;
  const double number = 0.1 + 0.2;
  record.Add("x", number);
  const std::string line = MetricsLine(0, 1, record);
  EXPECT_EQ(std::strtod(line.c_str() + line.find("\"x\":") + 4, nullptr), number);
}

TEST(MetricsLine, WritesNullForWhatIsNotANumber) {
  Record record;
  record.Add("nan", std::numeric_limits<double>::quiet_NaN());
  record.Add("infinite", -std::numeric_limits<double>::infinity());
  EXPECT_EQ(MetricsLine(2, 30, record), "{\"epoch\":2,\"step\":30,\"nan\":null,\"infinite\":null}");
}

}  // namespace
}  // namespace didact
