// Tests the macro embed_proto_documentation: comments are available to a running program.

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/descriptor_database.h"
#include "gtest/gtest.h"
#include "tests/tools/documentation.h"

namespace didact {
namespace {

google::protobuf::FileDescriptorSet EmbeddedFiles() {
  google::protobuf::FileDescriptorSet files;
  const absl::string_view bytes = TestDocumentation();
  EXPECT_TRUE(files.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return files;
}

TEST(EmbedProtoDocumentation, HoldsTheFilesOfItsProtosInOrder) {
  std::vector<std::string> names;
  const google::protobuf::FileDescriptorSet files = EmbeddedFiles();
  for (const auto& file : files.file()) names.push_back(file.name());
  EXPECT_THAT(names, testing::ElementsAre("tests/tools/documented_import.proto",
                                          "tests/tools/documented.proto"));
}

TEST(EmbedProtoDocumentation, KeepsTheCommentsOfMessagesAndFields) {
  google::protobuf::SimpleDescriptorDatabase database;
  const google::protobuf::FileDescriptorSet files = EmbeddedFiles();
  for (const auto& file : files.file()) ASSERT_TRUE(database.Add(file));
  google::protobuf::DescriptorPool pool(&database);
  const google::protobuf::Descriptor* message =
      pool.FindMessageTypeByName("didact.test.Documented");
  ASSERT_NE(message, nullptr);
  google::protobuf::SourceLocation location;
  ASSERT_TRUE(message->GetSourceLocation(&location));
  EXPECT_EQ(location.leading_comments, " What the test looks for.\n");
  ASSERT_TRUE(message->FindFieldByName("rate")->GetSourceLocation(&location));
  EXPECT_EQ(location.leading_comments,
            " A field with a comment, \"quotes\" and a non-ASCII letter: µ.\n");
  const google::protobuf::Descriptor* imported =
      message->FindFieldByName("imported")->message_type();
  ASSERT_TRUE(imported->FindFieldByName("count")->GetSourceLocation(&location));
  EXPECT_EQ(location.leading_comments, " How many.\n");
}

}  // namespace
}  // namespace didact
