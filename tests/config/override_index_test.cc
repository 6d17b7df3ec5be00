// Tests overrides of single elements, `--set=LIST[INDEX]=VALUE`, for lists of every type.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/override.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/plugin/type_url.h"
#include "didact/protos/experiment.pb.h"
#include "didact/protos/plugins/initializer.pb.h"
#include "didact/protos/plugins/optimizer.pb.h"
#include "didact/protos/plugins/projection.pb.h"
#include "didact/protos/plugins/schedule.pb.h"
#include "didact/protos/sweep.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/config/config_registry.h"

namespace didact {
namespace {

using Texts = std::vector<std::string>;

// Messages with list fields: an experiment, and the axis of a sweep with its lists of texts.
struct Configs {
  Experiment experiment;
  Axis axis;
};

template <class Config>
Config Unpack(const google::protobuf::Any& any) {
  Config config;
  // Overrides leave names of plugins as they are written, "didact/ConstantBias" included.
  EXPECT_EQ(MessageNameOfTypeUrl(any.type_url()), Config::descriptor()->full_name());
  EXPECT_TRUE(config.ParseFromString(any.value()));
  return config;
}

template <class Numbers>
Texts TextsOf(const Numbers& numbers) {
  Texts texts;
  for (const auto& number : numbers) texts.push_back(absl::StrCat(number));
  return texts;
}

// A list of one type: the text of an element, and the texts in the list.
struct ListCase {
  std::string type;
  std::string path;
  std::function<std::string(const std::string&)> element;
  std::function<Texts(const Configs&)> read;
  bool is_of_axis = false;
};

std::vector<ListCase> Lists() {
  const auto plain = [](const std::string& number) { return number; };
  return {
      {"double", "teacher.initializer[0].choice", plain,
       [](const Configs& configs) {
         return TextsOf(
             Unpack<SeparatedWeights>(configs.experiment.teacher().initializer(0)).choice());
       }},
      {"int32", "projection[0].layer", plain,
       [](const Configs& configs) {
         return TextsOf(Unpack<Freeze>(configs.experiment.projection(0)).layer());
       }},
      {"string", "label", [](const std::string& number) { return absl::StrCat("'", number, "'"); },
       [](const Configs& configs) { return TextsOf(configs.axis.label()); }, /*is_of_axis=*/true},
      {"message", "student.hidden",
       [](const std::string& number) { return absl::StrCat("{ width: ", number, " }"); },
       [](const Configs& configs) {
         Texts widths;
         for (const HiddenLayer& layer : configs.experiment.student().hidden()) {
           widths.push_back(absl::StrCat(layer.width()));
         }
         return widths;
       }},
      {"plugin", "student.initializer",
       [](const std::string& number) {
         return absl::StrCat("{ [didact/ConstantBias] { value: ", number, " } }");
       },
       [](const Configs& configs) {
         Texts values;
         for (const auto& initializer : configs.experiment.student().initializer()) {
           values.push_back(absl::StrCat(Unpack<ConstantBias>(initializer).value()));
         }
         return values;
       }},
      {"message of a plugin within a plugin", "optimizer.learning_rate.point",
       [](const std::string& number) { return absl::StrCat("{ value: ", number, " }"); },
       [](const Configs& configs) {
         Texts values;
         const Sgd sgd = Unpack<Sgd>(configs.experiment.optimizer());
         const Piecewise rate = Unpack<Piecewise>(sgd.learning_rate());
         for (const auto& point : rate.point()) {
           values.push_back(absl::StrCat(point.value()));
         }
         return values;
       }},
  };
}

class OverrideIndexTest : public testing::Test {
 protected:
  OverrideIndexTest() : registry_(test::ConfigRegistry()) {
    EXPECT_EQ(ParseText(
                  R"(teacher { initializer { [didact/SeparatedWeights] {} } }
                     projection { [didact/Freeze] {} }
                     optimizer { [didact/Sgd] { learning_rate { [didact/Piecewise] {} } } })",
                  registry_, FieldPath("f.textproto"), start_.experiment),
              absl::OkStatus());
  }

  absl::Status Set(const std::string& assignment, bool is_of_axis = false) {
    DIDACT_ASSIGN_OR_RETURN(const Override change, ParseOverride(assignment));
    google::protobuf::Message& message =
        is_of_axis ? static_cast<google::protobuf::Message&>(configs_.axis) : configs_.experiment;
    return ApplyOverride(change, registry_, FieldPath("--set"), message);
  }

  // Starts again with the list 1, 2, ..., `size`, which is returned.
  Texts StartWith(const ListCase& list, int size) {
    configs_ = start_;
    Texts numbers, elements;
    for (int i = 1; i <= size; ++i) {
      numbers.push_back(absl::StrCat(i));
      elements.push_back(list.element(numbers.back()));
    }
    EXPECT_EQ(
        Set(absl::StrCat(list.path, "=[", absl::StrJoin(elements, ", "), "]"), list.is_of_axis),
        absl::OkStatus());
    EXPECT_EQ(list.read(configs_), numbers) << list.type;
    return numbers;
  }

  PluginRegistry registry_;
  Configs start_;
  Configs configs_;
};

TEST_F(OverrideIndexTest, ReplacesEveryElementOfAListOfAnyTypeTheLastToo) {
  for (const ListCase& list : Lists()) {
    for (int size = 1; size <= 4; ++size) {
      for (int index = 0; index < size; ++index) {
        Texts expected = StartWith(list, size);
        expected[index] = "7";
        EXPECT_EQ(
            Set(absl::StrCat(list.path, "[", index, "]=", list.element("7")), list.is_of_axis),
            absl::OkStatus());
        EXPECT_EQ(list.read(configs_), expected) << list.type << " " << index << " of " << size;
      }
    }
  }
}

TEST_F(OverrideIndexTest, AppendsToAListOfAnyTypeAtItsEndAlone) {
  for (const ListCase& list : Lists()) {
    for (int size = 0; size <= 3; ++size) {
      Texts expected = StartWith(list, size);
      expected.push_back("7");
      EXPECT_EQ(Set(absl::StrCat(list.path, "[", size, "]=", list.element("7")), list.is_of_axis),
                absl::OkStatus());
      EXPECT_EQ(list.read(configs_), expected) << list.type << " behind " << size;
      for (const int index : {size + 2, size + 10}) {
        const absl::Status status =
            Set(absl::StrCat(list.path, "[", index, "]=", list.element("8")), list.is_of_axis);
        EXPECT_EQ(status.message(), absl::StrCat("--set: ", list.path, ": index must be <= ",
                                                 size + 1, " (which appends), got ", index));
        EXPECT_EQ(list.read(configs_), expected) << list.type;
      }
    }
  }
}

TEST_F(OverrideIndexTest, ReplacesAMessageAsAWhole) {
  ASSERT_EQ(Set("student.hidden=[{ width: 1 activation { [didact/Relu] {} } }, { width: 2 }]"),
            absl::OkStatus());
  EXPECT_EQ(Set("student.hidden[0]={ width: 3 }"), absl::OkStatus());
  ASSERT_EQ(configs_.experiment.student().hidden_size(), 2);
  EXPECT_EQ(configs_.experiment.student().hidden(0).width(), 3);
  EXPECT_FALSE(configs_.experiment.student().hidden(0).has_activation());
  // An override of one field of an element leaves the other fields unchanged.
  EXPECT_EQ(Set("student.hidden[1].activation=[didact/Tanh] {}"), absl::OkStatus());
  EXPECT_EQ(configs_.experiment.student().hidden(1).width(), 2);
}

TEST_F(OverrideIndexTest, AValueThatIsNoneLeavesAListOfScalarsAsItIs) {
  for (const ListCase& list : Lists()) {
    if (list.type != "double" && list.type != "int32") continue;
    const Texts expected = StartWith(list, 3);
    for (const std::string value : {"", "x", "[]", "[7]", "[7, 8]", "{ 7 }", "7 8", "7, 8"}) {
      for (const int index : {0, 2, 3}) {
        const std::string field = absl::StrCat(list.path, "[", index, "]");
        EXPECT_EQ(Set(absl::StrCat(field, "=", value)).message(),
                  absl::StrCat("--set: ", field, ": must be a value of type ", list.type, ", got ",
                               value.empty() ? "nothing" : value));
        EXPECT_EQ(list.read(configs_), expected) << value;
      }
    }
  }
}

// Otherwise two axes of a sweep could set the same field.
TEST_F(OverrideIndexTest, TakesAnIndexInOneFormAlone) {
  configs_ = start_;
  ASSERT_EQ(Set("teacher.initializer[0].choice=[1, 2]"), absl::OkStatus());
  for (const char* index : {"[+1]",   "[ 1]",  "[1 ]",  "[-0]",         "[-1]",
                            "[01]",   "[00]",  "[0x1]", "[1e0]",        "[]",
                            "[ ]",    "[one]", "[1",    "[1]]",         "[[1]]",
                            "[0][1]", "[1]1",  "1]",    "[2147483648]", "[18446744073709551616]"}) {
    const std::string path = absl::StrCat("teacher.initializer[0].choice", index);
    EXPECT_EQ(Set(path + "=7").message(),
              absl::StrCat("--set: must be the path of a field, e.g. teacher.hidden[0].width, got "
                           "\"",
                           path, "\""));
    EXPECT_NE(Set(absl::StrCat("teacher.initializer", index, ".choice[0]=7")), absl::OkStatus());
  }
  EXPECT_EQ(
      TextsOf(Unpack<SeparatedWeights>(configs_.experiment.teacher().initializer(0)).choice()),
      (Texts{"1", "2"}));
  EXPECT_EQ(configs_.experiment.teacher().initializer_size(), 1);
}

}  // namespace
}  // namespace didact
