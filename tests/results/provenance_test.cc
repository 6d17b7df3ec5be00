#include "didact/framework/results/provenance.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "didact/framework/io/file.h"
#include "nlohmann/json.hpp"
#include "tests/base/allocation_meter.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

using nlohmann::json;

std::string Path() {
  return ScratchPath(
      absl::StrCat(testing::UnitTest::GetInstance()->current_test_info()->name(), ".json"));
}

json Written(const Provenance& provenance) {
  const std::string path = Path();
  EXPECT_THAT(WriteProvenance(path, provenance), IsOk());
  const auto text = ReadFile(path);
  EXPECT_THAT(text.status(), IsOk());
  return text.ok() ? json::parse(*text, nullptr, false) : json();
}

Provenance WithTrials(uint64_t count) {
  Provenance provenance;
  for (uint64_t seed = 1; seed <= count; ++seed) {
    TrialProvenance& trial = provenance.trials.emplace_back();
    trial.seed = seed;
    trial.status = TrialStatus::kFinished;
    trial.steps = 10;
  }
  return provenance;
}

TEST(Provenance, IsJsonWithAsManyTrialsAsThereWere) {
  for (const int count : {0, 1, 3}) {
    const json written = Written(WithTrials(count));
    ASSERT_TRUE(written.is_object()) << count;
    ASSERT_EQ(written["trials"].size(), count);
    if (count > 0) {
      EXPECT_EQ(written["trials"][count - 1],
                json({{"seed", count}, {"status", "finished"}, {"steps", 10}, {"seconds", 0.0}}));
    }
  }
}

TEST(Provenance, KeepsWhatLooksLikeItself) {
  Provenance provenance = WithTrials(2);
  provenance.command = {"didact", "\n  \"trials\": []", "\xff"};
  provenance.trials[0].status = TrialStatus::kFailed;
  provenance.trials[0].message = "it said \"trials\": [\n]";
  provenance.trials[0].notes = {"one", "\xfe two"};
  provenance.earlier = R"([{"outcome": "interrupted", "trials": []}])";
  const json written = Written(provenance);
  ASSERT_TRUE(written.is_object());
  EXPECT_EQ(written["command"][1], provenance.command[1]);
  EXPECT_EQ(written["command"][2], "\xef\xbf\xbd") << "U+FFFD for what is not UTF-8";
  EXPECT_EQ(written["trials"].size(), 2);
  EXPECT_EQ(written["trials"][0]["message"], provenance.trials[0].message);
  EXPECT_EQ(written["trials"][0]["notes"][0], "one");
  EXPECT_EQ(written["earlier"], json::parse(provenance.earlier));
}

TEST(Provenance, SaysWhatMetricsWrite) {
  Provenance provenance = WithTrials(2);
  provenance.metric_keys = {{"loss", {}, "objective", true},
                            {"overlap.layer*", {"teacher", "student"}, ""},
                            {"\xff", {}, "\"quoted\""}};
  EXPECT_EQ(Written(provenance)["metrics"][1],
            json({{"key", "overlap.layer*"}, {"axes", {"teacher", "student"}}}));
  const std::vector<MetricKey> read = ReadMetricKeys(Path());
  ASSERT_EQ(read.size(), 3);
  EXPECT_EQ(read[0].key, "loss");
  EXPECT_EQ(read[0].axes.size(), 0);
  EXPECT_EQ(read[0].unit, "objective");
  EXPECT_TRUE(read[0].is_headline);
  EXPECT_EQ(read[1].key, "overlap.layer*");
  EXPECT_EQ(read[1].axes, std::vector<std::string>({"teacher", "student"}));
  EXPECT_EQ(read[1].unit, "");
  EXPECT_FALSE(read[1].is_headline);
  EXPECT_EQ(read[2].unit, "\"quoted\"");
  // The records of earlier processes do not repeat the descriptions.
  provenance.earlier = ReadProvenance(Path()).earlier;
  EXPECT_FALSE(Written(provenance)["earlier"][0].contains("metrics"));
  EXPECT_EQ(ReadMetricKeys(Path() + ".not_there").size(), 0);
}

TEST(Provenance, IsReadAsItWasWritten) {
  Provenance provenance = WithTrials(3);
  provenance.plugin_libraries = {
      {{"/x/libmine.so", "/y/libmine.so", "mine", "1.2", "0a1b"}, true},
      {{"/x/liblate.so", "/x/liblate.so", "late", "0.1", "2c3d"}, false}};
  provenance.data_files = {{"train_data.inputs", "/x/data.npz", "4e5f", {}}};
  provenance.trials[1].notes = {"a checkpoint was damaged"};
  provenance.trials[2].resumed_at = 7;
  Written(provenance);
  const EarlierProvenance read = ReadProvenance(Path());
  ASSERT_TRUE(read.used_libraries.has_value());
  ASSERT_EQ(read.used_libraries->size(), 1);
  EXPECT_EQ(read.used_libraries->at(0).path, "/x/libmine.so");
  EXPECT_EQ(read.used_libraries->at(0).name, "mine");
  EXPECT_EQ(read.used_libraries->at(0).version, "1.2");
  EXPECT_EQ(read.used_libraries->at(0).sha256, "0a1b");
  ASSERT_TRUE(read.data_files.has_value());
  ASSERT_EQ(read.data_files->size(), 1);
  EXPECT_EQ(read.data_files->at(0).field, "train_data.inputs");
  EXPECT_EQ(read.data_files->at(0).path, "/x/data.npz");
  EXPECT_EQ(read.data_files->at(0).sha256, "4e5f");
  ASSERT_EQ(read.trials.size(), 3);
  EXPECT_EQ(read.trials[1].notes, provenance.trials[1].notes);
  EXPECT_EQ(read.trials[1].resumed_at, -1);
  EXPECT_EQ(read.trials[2].seed, 3);
  EXPECT_EQ(read.trials[2].resumed_at, 7);
}

TEST(Provenance, AddsItsProcessToTheEarlierOnes) {
  Provenance provenance = WithTrials(2);
  provenance.command = {"first"};
  Written(provenance);
  for (const char* const command : {"second", "third"}) {
    provenance.earlier = ReadProvenance(Path()).earlier;
    provenance.command = {command};
    Written(provenance);
  }
  const json earlier = json::parse(ReadProvenance(Path()).earlier);
  ASSERT_EQ(earlier.size(), 3);
  EXPECT_EQ(earlier[0]["command"], json({"first"}));
  EXPECT_EQ(earlier[1]["command"], json({"second"}));
  EXPECT_EQ(earlier[2]["command"], json({"third"}));
  for (const json& process : earlier) {
    EXPECT_FALSE(process.contains("trials"));
    EXPECT_FALSE(process.contains("earlier"));
  }
}

TEST(Provenance, OfASweepIsThatOfTheProcessThatStartedLast) {
  const std::string folder = ScratchPath("latest");
  ASSERT_THAT(CreateDirectories(folder), IsOk());
  EXPECT_EQ(ReadLatestProvenance(folder).start, "");
  Provenance provenance;
  for (const auto& [name, day] : {std::pair("provenance.json", 2),
                                  {"provenance.shard-0-of-2.json", 3},
                                  {"provenance.shard-1-of-2.json", 1},
                                  {"other.json", 9}}) {
    provenance.start = absl::FromUnixSeconds(0) + absl::Hours(24 * day);
    EXPECT_THAT(WriteProvenance(JoinPath(folder, name), provenance), IsOk());
  }
  EXPECT_EQ(ReadLatestProvenance(folder).start, "1970-01-04T00:00:00.000Z");
}

TEST(RunEnded, IsSaidByTheOutcomeOfTheFileAlone) {
  EXPECT_FALSE(RunEnded(Path()));
  Provenance provenance = WithTrials(2);
  provenance.earlier = R"([{"outcome": "finished"}])";
  for (const TrialStatus outcome : {TrialStatus::kRunning, TrialStatus::kInterrupted,
                                    TrialStatus::kFinished, TrialStatus::kFailed}) {
    provenance.outcome = outcome;
    Written(provenance);
    EXPECT_EQ(RunEnded(Path()),
              outcome == TrialStatus::kFinished || outcome == TrialStatus::kFailed)
        << TrialStatusName(outcome);
  }
  ASSERT_THAT(WriteFileAtomically(Path(), "{\"outcome\": \"finished\", \"trials\": ["), IsOk());
  EXPECT_FALSE(RunEnded(Path()));
}

TEST(Provenance, OfManyTrialsNeedsLittleMoreMemoryThanItsText) {
  constexpr int64_t kTrials = 20'000;
  const Provenance provenance = WithTrials(kTrials);
  const AllocationMeter meter;
  ASSERT_THAT(WriteProvenance(Path(), provenance), IsOk());
  const auto text = ReadFile(Path(), int64_t{1} << 28);
  ASSERT_THAT(text.status(), IsOk());
  // The bound allows for the text, a copy while the trials are inserted, and the growth of strings.
  EXPECT_LT(meter.peak(), 5 * static_cast<int64_t>(text->size()));
  const AllocationMeter again;
  EXPECT_FALSE(RunEnded(Path()));
  EXPECT_LT(again.peak(), 2 * static_cast<int64_t>(text->size()));
}

}  // namespace
}  // namespace didact
