#include "didact/framework/base/problem.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "didact/framework/base/problems.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

const FieldPath kWidth = FieldPath("a.textproto").Field("hidden").Index(1).Field("width");

TEST(Problem, IsWrittenAsPathAndText) {
  EXPECT_EQ((Problem{kWidth, "must be > 0", ""}).ToString(),
            "a.textproto: hidden[1].width: must be > 0");
  EXPECT_EQ((Problem{FieldPath(), "must be > 0", ""}).ToString(), "must be > 0");
  EXPECT_EQ((Problem{kWidth, "writes nothing", "my.Metric"}).ToString(),
            "a.textproto: hidden[1].width (my.Metric) writes nothing");
}

TEST(ProblemsOf, AreThoseThatTheStatusWasMadeOf) {
  // These texts look like paths, counts and line ends.
  const std::vector<Problem> problems = {
      {kWidth, "b.textproto: other: 3:abc,", ""},
      {FieldPath("c:1:2: axis[0]").Field("x"), "two\nlines: ,\n", "my.Plugin"},
      {FieldPath(), "", ""},
      {FieldPath().Field("x"), std::string("a\0b", 3), ""}};
  const absl::Status status = StatusOf(absl::StatusCode::kNotFound, problems);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ProblemsOf(status), problems);
  EXPECT_TRUE(ProblemsOf(absl::OkStatus()).empty());
}

TEST(ProblemsOf, IsTheMessageWhereNoProblemsAreKnown) {
  const std::vector<Problem> message = {{FieldPath(), "a.textproto: x: is wrong\nand more", ""}};
  EXPECT_EQ(ProblemsOf(absl::InternalError("a.textproto: x: is wrong\nand more")), message);
}

TEST(ProblemsOf, IsTheMessageWhereItIsNotThatOfTheProblems) {
  absl::Status other = absl::InternalError("other");
  kWidth.Invalid("must be > 0")
      .ForEachPayload([&other](absl::string_view name, const absl::Cord& payload) {
        other.SetPayload(name, payload);
        EXPECT_EQ(ProblemsOf(other), (std::vector<Problem>{{FieldPath(), "other", ""}}));
        // None of these payloads belongs to a status of problems.
        for (const char* bytes :
             {"", "1", ":", "1:", "99999999999999999999999:a,", "-1:,", "5:a,",
              "18446744073709551615:a,", "0:,0:,0:,5:other", "0:,0:,0:,5:other;"}) {
          other.SetPayload(name, absl::Cord(bytes));
          EXPECT_EQ(ProblemsOf(other), (std::vector<Problem>{{FieldPath(), "other", ""}})) << bytes;
        }
      });
}

TEST(AppendText, KeepsThePlacesOfProblems) {
  const absl::Status status =
      StatusOf(absl::StatusCode::kUnknown, {{kWidth, "one", ""}, {kWidth.Index(0), "two", ""}});
  const absl::Status longer = AppendText(status, " (seed 3)");
  EXPECT_EQ(longer.message(),
            "a.textproto: hidden[1].width: one\na.textproto: hidden[1].width[0]: two (seed 3)");
  EXPECT_EQ(longer.code(), absl::StatusCode::kUnknown);
  EXPECT_EQ(ProblemsOf(longer)[1], (Problem{kWidth.Index(0), "two (seed 3)", ""}));
  EXPECT_TRUE(AppendText(absl::OkStatus(), "x").ok());
}

TEST(Problems, AreCollectedOnceEach) {
  Problems problems;
  problems.Add(absl::OkStatus());
  EXPECT_TRUE(problems.ToStatus().ok());
  problems.Add(kWidth.Error(absl::StatusCode::kNotFound, "one"));
  Problems others;
  others.Add(kWidth.Invalid("two"));
  others.Add(kWidth.Invalid("one"));
  problems.Add(others.ToStatus());
  EXPECT_EQ(problems.size(), 2u);
  const absl::Status status = problems.ToStatus();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(),
            "a.textproto: hidden[1].width: one\na.textproto: hidden[1].width: two");
  EXPECT_EQ(ProblemsOf(status)[1].path, kWidth);
}

}  // namespace
}  // namespace didact
