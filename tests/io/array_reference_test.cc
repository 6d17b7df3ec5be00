#include "didact/framework/io/array_reference.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/io/npz.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StrEq;

TEST(ArrayReference, SplitsAtTheArchivesColon) {
  const struct {
    const char* text;
    const char* path;
    const char* array;
  } cases[] = {
      {"f.npz:a", "f.npz", "a"},
      {"a/b.npz:teacher.0.weight", "a/b.npz", "teacher.0.weight"},
      {"f.npz:a:b", "f.npz", "a:b"},
      {"f.npz", "f.npz", ""},
      {"f.npy", "f.npy", ""},
      {"odd:name/f.npy", "odd:name/f.npy", ""},
      {"odd:name/f.npz:a", "odd:name/f.npz", "a"},
      {"archive:a", "archive", "a"},
      {"plain", "plain", ""},
  };
  for (const auto& [text, path, array] : cases) {
    const absl::StatusOr<ArrayReference> reference = ParseArrayReference(text);
    ASSERT_THAT(reference.status(), IsOk()) << text;
    EXPECT_EQ(reference->path, path) << text;
    EXPECT_EQ(reference->array, array) << text;
    EXPECT_EQ(reference->ToString(), text);
  }
}

TEST(ArrayReference, RefusesAMissingPathOrName) {
  for (const char* text : {"", ":a", "f.npz:", "archive:"}) {
    EXPECT_THAT(
        ParseArrayReference(text).status(),
        FailsWith(absl::StatusCode::kInvalidArgument,
                  StrEq(absl::StrCat("must be FILE.npz:ARRAY or FILE.npy, got \"", text, "\""))));
  }
}

class LoadArrayTest : public testing::Test {
 protected:
  void SetUp() override {
    const NpyArray one = MakeNpyArray<double>({1}, std::vector<double>{1});
    const NpyArray two = MakeNpyArray<double>({1}, std::vector<double>{2});
    ASSERT_THAT(WriteNpz(archive_, std::vector<NamedArray>{{"one", one}, {"two", two}}), IsOk());
    ASSERT_THAT(WriteNpyFile(plain_, one), IsOk());
  }

  const std::string archive_ = ScratchPath("f.npz");
  const std::string plain_ = ScratchPath("f.npy");
};

TEST_F(LoadArrayTest, ReadsFromBothKindsOfFiles) {
  EXPECT_THAT(*LoadArray({archive_, "two"})->ReadAs<double>(), ElementsAre(2));
  EXPECT_THAT(*LoadArray({plain_, ""})->ReadAs<double>(), ElementsAre(1));
}

TEST_F(LoadArrayTest, SaysWhichArraysThereAreWhenNoneIsNamed) {
  EXPECT_THAT(
      LoadArray({archive_, ""}).status(),
      FailsWith(absl::StatusCode::kInvalidArgument,
                StrEq(archive_ + ": no array is named; write f.npz:NAME; the file has: one, two")));
}

TEST_F(LoadArrayTest, HandsTheReadersErrorsOn) {
  EXPECT_THAT(LoadArray({archive_, "three"}).status(),
              FailsWith(absl::StatusCode::kNotFound,
                        StrEq(archive_ + ": no array \"three\"; the file has: one, two")));
  EXPECT_THAT(LoadArray({plain_, "one"}).status(),
              FailsWith(absl::StatusCode::kInvalidArgument, HasSubstr("not a zip archive")));
  EXPECT_THAT(LoadArray({ScratchPath("none.npz"), "a"}).status(),
              FailsWith(absl::StatusCode::kNotFound, HasSubstr("none.npz: cannot be opened")));
  EXPECT_THAT(LoadArray({archive_, "one"}, 10).status(),
              FailsWith(absl::StatusCode::kOutOfRange, HasSubstr("array \"one\"")));
}

TEST_F(LoadArrayTest, SaysWhichFieldNamesTheArray) {
  const FieldPath field = FieldPath("e.textproto").Field("train_data").Field("inputs");
  EXPECT_THAT(*LoadArray(archive_ + ":two", field)->ReadAs<double>(), ElementsAre(2));
  EXPECT_THAT(LoadArray(":one", field).status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        StrEq("e.textproto: train_data.inputs: must be FILE.npz:ARRAY or FILE.npy, "
                              "got \":one\"")));
  EXPECT_THAT(LoadArray(archive_ + ":three", field).status(),
              FailsWith(absl::StatusCode::kNotFound,
                        StrEq("e.textproto: train_data.inputs: " + archive_ +
                              ": no array \"three\"; the file has: one, two")));
}

}  // namespace
}  // namespace didact
