// Tests the shapes of layers, and the errors where they do not meet.

#include "didact/framework/network/layer_plan.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/network/sample_shape.h"
#include "gtest/gtest.h"
#include "tests/network/plain_layers.h"

namespace didact {
namespace {

std::string ErrorOf(const SampleShape& input, const std::vector<PlainLayer>& layers) {
  const auto plans = PlansOf<double>(layers);
  const absl::Status status =
      CheckShapes<double>(input, plans, FieldPath().Field("student").Field("hidden"));
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status));
  return std::string(status.message());
}

TEST(LayerShapes, FollowTheImageThroughConvolutionsAndPooling) {
  const auto plans = PlansOf<double>(
      {{.width = 4, .convolution = ConvolutionPlan{3, 1, 0}},
       {.width = 5, .convolution = ConvolutionPlan{3, 2, 1}, .pooling = PoolingPlan{true, 2, 2}},
       {.width = 6, .convolution = ConvolutionPlan{1, 1, 0}, .pooling = PoolingPlan{false, 3, 1}},
       {.width = 7}});
  const std::vector<SampleShape> shapes = LayerShapes<double>(SampleShape(3, 14, 17), plans);
  ASSERT_EQ(shapes.size(), 4u);
  const auto expect = [](const SampleShape& shape, int64_t channels, int64_t rows,
                         int64_t columns) {
    EXPECT_EQ(shape.channels, channels);
    EXPECT_EQ(shape.rows, rows);
    EXPECT_EQ(shape.columns, columns);
    EXPECT_EQ(shape.features(), channels * rows * columns);
  };
  expect(shapes[0], 4, 12, 15);  // 14 - 3 + 1, 17 - 3 + 1
  expect(shapes[1], 5, 3, 4);    // (12 + 2 - 3) / 2 + 1 = 6 rows, 8 columns, halved
  expect(shapes[2], 6, 1, 2);
  expect(shapes[3], 7, 1, 1);
  EXPECT_TRUE(shapes[2].is_image);
  EXPECT_FALSE(shapes[3].is_image);
  EXPECT_EQ(FanIn(plans[0], SampleShape(3, 14, 17)), 27);
  EXPECT_EQ(FanIn(plans[3], shapes[2]), 12);
  EXPECT_EQ(
      ErrorOf(SampleShape(3, 14, 17), {{.width = 4, .convolution = ConvolutionPlan{14, 1, 0}}}),
      "");
}

TEST(LayerShapes, RefuseAConvolutionOfWhatIsNoImageByTheNameOfItsLayer) {
  EXPECT_EQ(ErrorOf(20, {{.width = 4}, {.width = 4}}), "");
  EXPECT_EQ(ErrorOf(20, {{.width = 4, .convolution = ConvolutionPlan{3, 1, 0}}}),
            "student.hidden[0].conv: must have images as inputs, which data sets of inputs "
            "[channels, rows, columns] have, got inputs of 20 features");
  EXPECT_EQ(ErrorOf(SampleShape(1, 6, 6), {{.width = 4, .convolution = ConvolutionPlan{3, 1, 0}},
                                           {.width = 9},
                                           {.width = 2, .convolution = ConvolutionPlan{1, 1, 0}}}),
            "student.hidden[2].conv: must have images as inputs, which convolutional layers give, "
            "got a fully connected layer below, of 9 nodes");
}

TEST(LayerShapes, RefuseWhatLeavesNothingByTheNameOfItsLayer) {
  EXPECT_EQ(ErrorOf(SampleShape(1, 6, 4), {{.width = 4, .convolution = ConvolutionPlan{3, 1, 0}},
                                           {.width = 4, .convolution = ConvolutionPlan{3, 1, 0}}}),
            "student.hidden[1].conv.kernel: must fit into the layer's inputs of 4 rows and 2 "
            "columns, padding included, got 3");
  EXPECT_EQ(ErrorOf(SampleShape(1, 6, 4), {{.width = 4, .convolution = ConvolutionPlan{3, 1, 0}},
                                           {.width = 4, .convolution = ConvolutionPlan{4, 1, 1}}}),
            "");
  EXPECT_EQ(ErrorOf(SampleShape(1, 6, 6), {{.width = 4,
                                            .convolution = ConvolutionPlan{3, 2, 0},
                                            .pooling = PoolingPlan{true, 3, 1}}}),
            "student.hidden[0].pool.kernel: must fit into the convolution's outputs of 2 rows and "
            "2 columns, got 3, which leaves nothing");
  EXPECT_EQ(ErrorOf(SampleShape(1, 6, 6), {{.width = 4, .pooling = PoolingPlan{true, 1, 1}}}),
            "student.hidden[0].pool: must be left out of a layer without conv, whose nodes have "
            "one output");
}

}  // namespace
}  // namespace didact
