// Metrics allocate their memory when they are prepared: adding samples allocates nothing.

#include <cstdint>
#include <memory>
#include <typeinfo>
#include <utility>
#include <vector>

#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/metric.h"
#include "didact/plugins/metrics/metrics.h"
#include "gtest/gtest.h"
#include "tests/base/allocation_meter.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/metrics/evaluated.h"

namespace didact {
namespace {

template <class T>
class AllocationTest : public testing::Test {};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(AllocationTest, Precisions);

TYPED_TEST(AllocationTest, AddingSamplesAllocatesNothing) {
  constexpr int64_t kSamples = 200;
  const RandomStream random(1, "allocation");
  Evaluated<TypeParam> evaluated;
  evaluated.samples = kSamples;
  evaluated.teacher_activations = {RandomRows<TypeParam>(kSamples, 3, random.Split(0))};
  evaluated.student_activations = {RandomRows<TypeParam>(kSamples, 9, random.Split(1))};
  evaluated.teacher_outputs = RandomRows<TypeParam>(kSamples, 2, random.Split(2));
  evaluated.student_outputs = RandomRows<TypeParam>(kSamples, 2, random.Split(3));
  evaluated.gradients = {RandomRows<TypeParam>(kSamples, 9, random.Split(4)),
                         RandomRows<TypeParam>(kSamples, 2, random.Split(5))};
  evaluated.student = {RandomRows<TypeParam>(5, 9, random.Split(6)),
                       RandomRows<TypeParam>(10, 2, random.Split(7))};

  std::vector<ArrayView<const TypeParam>> teacher = {
      std::as_const(evaluated.teacher_activations[0]).view()};
  std::vector<ArrayView<const TypeParam>> student = {
      std::as_const(evaluated.student_activations[0]).view()};
  std::vector<ArrayView<const TypeParam>> gradients = {
      std::as_const(evaluated.gradients[0]).view(), std::as_const(evaluated.gradients[1]).view()};
  EvaluationBatch<TypeParam> batch;
  batch.size = kSamples;
  batch.teacher_activations = teacher;
  batch.student_activations = student;
  batch.teacher_outputs = std::as_const(evaluated.teacher_outputs).view();
  batch.student_outputs = std::as_const(evaluated.student_outputs).view();
  batch.student_gradients = gradients;

  for (const RegisterFunction register_metric :
       {RegisterActivationProduct, RegisterBoundaryObservability, RegisterFanOutNorm,
        RegisterGradientNorm, RegisterLoss, RegisterPerSampleGradient, RegisterSpecialization,
        RegisterWeightChange, RegisterWeightNorm}) {
    const auto metric = *BuildPlugin<Metric<TypeParam>>(register_metric, "");
    Prepare(*metric, evaluated);
    const AllocationMeter meter;
    metric->Begin();
    metric->Add(batch);
    metric->Add(batch);
    EXPECT_EQ(meter.largest(), 0) << typeid(*metric).name();
  }
}

}  // namespace
}  // namespace didact
