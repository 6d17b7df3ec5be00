// Compares all metrics with recorded runs of the reference (tests/parity/data): its weights are
// used in a forward and backward pass that is computed here, and the metrics must give the values
// that the reference recorded.

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/record.h"
#include "didact/plugins/metrics/metrics.h"
#include "gtest/gtest.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/metrics/evaluated.h"

namespace didact {
namespace {

// One recorded run. Weights are [in + 1, out], the bias last; see the data's README.
class Recorded {
 public:
  explicit Recorded(const std::string& name)
      : npz_(*NpzReader::Open(absl::StrCat("tests/parity/data/", name, ".npz"))) {}

  // Return all elements, or those of snapshot `s`.
  std::vector<double> Read(const std::string& name) const {
    const auto array = npz_.Read(name);
    EXPECT_TRUE(array.ok()) << array.status();
    return *array->ReadAs<double>();
  }
  std::vector<double> Read(const std::string& name, int64_t s) const {
    const std::vector<double> all = Read(name);
    const int64_t size = static_cast<int64_t>(all.size()) / npz_.Read(name)->shape[0];
    return std::vector<double>(all.begin() + s * size, all.begin() + (s + 1) * size);
  }
  int64_t Parameter(const std::string& name) const {
    return static_cast<int64_t>(Read(absl::StrCat("hp_", name))[0]);
  }
  int64_t snapshots() const { return npz_.Read("snap_steps")->shape[0]; }

 private:
  NpzReader npz_;
};

// One pass over a data set.
template <class T>
class Pass {
 public:
  Pass(const Recorded& run, const std::string& inputs, int64_t snapshot)
      : d_(run.Parameter("d")),
        m_(run.Parameter("m")),
        n_(run.Parameter("n")),
        c_(run.Parameter("c")),
        nonlinear_(run.Parameter("nonlinear") != 0) {
    const std::vector<double> x = run.Read(inputs);
    const int64_t samples = static_cast<int64_t>(x.size()) / d_;
    const std::vector<double> w1 = run.Read("W1_s", snapshot), w2 = run.Read("W2_s", snapshot);
    Rows<T> h_t(samples, m_), y_t(samples, c_), h_s(samples, n_), y_s(samples, c_);
    Forward(x, run.Read("W1_t"), run.Read("W2_t"), h_t, y_t);
    Forward(x, w1, w2, h_s, y_s);

    Rows<T> g1(samples, n_), g2(samples, c_);
    std::vector<double> dw1((d_ + 1) * n_), dw2((n_ + 1) * c_);
    for (int64_t i = 0; i < samples; ++i) {
      double loss = 0;
      for (int64_t k = 0; k < c_; ++k) {
        const double error = static_cast<double>(y_s(i, k)) - y_t(i, k);
        g2(i, k) = static_cast<T>(error);
        loss += error * error / 2;
        for (int64_t j = 0; j <= n_; ++j)
          dw2[j * c_ + k] += (j < n_ ? h_s(i, j) : T(1)) * error / samples;
      }
      evaluated_.losses.push_back(loss);
      for (int64_t j = 0; j < n_; ++j) {
        double gradient = 0;
        for (int64_t k = 0; k < c_; ++k) gradient += g2(i, k) * w2[j * c_ + k];
        if (nonlinear_ && !(h_s(i, j) > 0)) gradient = 0;
        g1(i, j) = static_cast<T>(gradient);
        for (int64_t a = 0; a <= d_; ++a)
          dw1[a * n_ + j] += (a < d_ ? x[i * d_ + a] : 1) * gradient / samples;
      }
    }
    evaluated_.samples = samples;
    evaluated_.teacher_activations = {h_t};
    evaluated_.student_activations = {h_s};
    evaluated_.teacher_outputs = y_t;
    evaluated_.student_outputs = y_s;
    evaluated_.gradients = {g1, g2};
    evaluated_.student = {Rows<T>(d_ + 1, n_, w1), Rows<T>(n_ + 1, c_, w2)};
    evaluated_.gradient = {Rows<T>(d_ + 1, n_, dw1), Rows<T>(n_ + 1, c_, dw2)};
  }

  const Evaluated<T>& evaluated() const { return evaluated_; }

 private:
  void Forward(const std::vector<double>& x, const std::vector<double>& w1,
               const std::vector<double>& w2, Rows<T>& h, Rows<T>& y) const {
    const int64_t nodes = h.columns();
    for (int64_t i = 0; i < h.rows(); ++i) {
      for (int64_t j = 0; j < nodes; ++j) {
        double sum = w1[d_ * nodes + j];
        for (int64_t a = 0; a < d_; ++a) sum += x[i * d_ + a] * w1[a * nodes + j];
        h(i, j) = static_cast<T>(nonlinear_ && sum < 0 ? 0 : sum);
      }
      for (int64_t k = 0; k < c_; ++k) {
        double sum = w2[nodes * c_ + k];
        for (int64_t j = 0; j < nodes; ++j) sum += h(i, j) * w2[j * c_ + k];
        y(i, k) = static_cast<T>(sum);
      }
    }
  }

  int64_t d_, m_, n_, c_;
  bool nonlinear_;
  Evaluated<T> evaluated_;
};

// Returns the transpose of a row-major matrix with this number of columns.
std::vector<double> Transposed(const std::vector<double>& matrix, int64_t columns) {
  const int64_t rows = static_cast<int64_t>(matrix.size()) / columns;
  std::vector<double> result;
  for (int64_t j = 0; j < columns; ++j) {
    for (int64_t i = 0; i < rows; ++i) result.push_back(matrix[i * columns + j]);
  }
  return result;
}

class ReferenceTest : public testing::TestWithParam<const char*> {
 protected:
  template <class T>
  Record Measure(RegisterFunction register_metric, const Pass<T>& pass,
                 const std::string& text = "") {
    auto metric = BuildPlugin<Metric<T>>(register_metric, text);
    EXPECT_TRUE(metric.ok()) << metric.status();
    return PrepareAndEvaluate(**metric, pass.evaluated(), 96);
  }
  void ExpectClose(const std::vector<double>& mine, const std::vector<double>& recorded,
                   double tolerance, const std::string& what) {
    EXPECT_LT(RelativeDifference(mine, recorded), tolerance) << GetParam() << ", " << what;
  }

  const Recorded run_{GetParam()};
};

TEST_P(ReferenceTest, CorrelationsAndCounts) {
  for (const std::string set : {"train", "eval"}) {
    for (int64_t s = 0; s < run_.snapshots(); ++s) {
      const Pass<double> pass(run_, "X_" + set, s);
      const Record record = Measure(RegisterSpecialization, pass);
      ExpectClose(ElementsIn(record, "specialization.layer0.correlation"),
                  run_.Read("corr_" + set, s), 1e-9, set);
      EXPECT_EQ(ElementsIn(record, "specialization.layer0.count"), run_.Read("counts_" + set, s))
          << set << " " << s;
    }
  }
}

TEST_P(ReferenceTest, CorrelationsInFloat) {
  const int64_t last = run_.snapshots() - 1;
  const Pass<float> pass(run_, "X_eval", last);
  const Record record = Measure(RegisterSpecialization, pass);
  ExpectClose(ElementsIn(record, "specialization.layer0.correlation"), run_.Read("corr_eval", last),
              1e-4, "float");
}

TEST_P(ReferenceTest, Observability) {
  for (const std::string set : {"train", "eval"}) {
    for (int64_t s = 0; s < run_.snapshots(); ++s) {
      const Record record =
          Measure(RegisterBoundaryObservability, Pass<double>(run_, "X_" + set, s));
      EXPECT_EQ(ElementsIn(record, "observability.layer0"), run_.Read("obs_" + set, s))
          << set << " " << s;
    }
  }
}

TEST_P(ReferenceTest, Losses) {
  for (const std::string set : {"train", "eval"}) {
    for (int64_t s = 0; s < run_.snapshots(); ++s) {
      const Record record = Measure(RegisterLoss, Pass<double>(run_, "X_" + set, s));
      const double mse = run_.Read(set + "_loss")[s];
      EXPECT_NEAR(NumberIn(record, "mse"), mse, 1e-9 * mse);
      const double loss = mse * static_cast<double>(run_.Parameter("c")) / 2;
      EXPECT_NEAR(NumberIn(record, "loss"), loss, 1e-9 * loss);
    }
  }
}

TEST_P(ReferenceTest, ActivationProducts) {
  for (int64_t s = 0; s < run_.snapshots(); ++s) {
    const Record record = Measure(RegisterActivationProduct, Pass<double>(run_, "X_train", s));
    ExpectClose(ElementsIn(record, "activation_product.layer0.teacher_student"),
                run_.Read("ts_prod", s), 1e-9, "ts_prod");
    ExpectClose(ElementsIn(record, "activation_product.layer0.student_student"),
                run_.Read("ss_prod", s), 1e-9, "ss_prod");
  }
}

TEST_P(ReferenceTest, PerSampleGradients) {
  for (int64_t s = 0; s < run_.snapshots(); ++s) {
    const Record record = Measure(RegisterPerSampleGradient, Pass<double>(run_, "X_train", s));
    std::vector<double> g1 = ElementsIn(record, "per_sample_gradient.layer0");
    g1.push_back(NumberIn(record, "per_sample_gradient.layer0.constant"));
    ExpectClose(g1, run_.Read("g1_train", s), 1e-9, "g1_train");
    ExpectClose(ElementsIn(record, "per_sample_gradient.layer1"), run_.Read("g2_train", s), 1e-9,
                "g2_train");
  }
}

// The reference records the direction of the update, and excludes the first layer's biases.
TEST_P(ReferenceTest, GradientsAndTheirNorms) {
  for (int64_t s = 0; s < run_.snapshots(); ++s) {
    const Record record =
        Measure(RegisterGradientNorm, Pass<double>(run_, "X_train", s), "arrays: true");
    std::vector<double> w1 = ElementsIn(record, "gradient.layer0.weight");
    std::vector<double> w2 =
        Transposed(ElementsIn(record, "gradient.layer1.weight"), run_.Parameter("n"));
    for (const double bias : ElementsIn(record, "gradient.layer1.bias")) w2.push_back(bias);
    for (double& x : w1) x = -x;
    for (double& x : w2) x = -x;
    ExpectClose(Transposed(w1, run_.Parameter("d")), run_.Read("deltaW1_s", s), 1e-9, "deltaW1_s");
    ExpectClose(w2, run_.Read("deltaW2_s", s), 1e-9, "deltaW2_s");
    ExpectClose({NumberIn(record, "gradient_norm.layer0.weight")}, run_.Read("gradW1_norm", s),
                1e-9, "gradW1_norm");
    ExpectClose({std::hypot(NumberIn(record, "gradient_norm.layer1.weight"),
                            NumberIn(record, "gradient_norm.layer1.bias"))},
                run_.Read("gradW2_norm", s), 1e-9, "gradW2_norm");
  }
}

TEST_P(ReferenceTest, WeightChanges) {
  const auto metric = *BuildPlugin<Metric<double>>(RegisterWeightChange, "");
  Evaluated<double> evaluated = Pass<double>(run_, "X_eval", 0).evaluated();
  Prepare(*metric, evaluated);
  Evaluate(*metric, evaluated, 1000);
  for (int64_t s = 1; s < run_.snapshots(); ++s) {
    // The data are written into the rows that the metric has a view of.
    const Pass<double> next(run_, "X_eval", s);
    for (size_t layer = 0; layer < 2; ++layer) {
      const Rows<double>& block = next.evaluated().student[layer];
      for (int64_t i = 0; i < block.rows(); ++i) {
        for (int64_t j = 0; j < block.columns(); ++j) evaluated.student[layer](i, j) = block(i, j);
      }
    }
    const Record record = Evaluate(*metric, evaluated, 1000);
    ExpectClose({NumberIn(record, "weight_change.layer0")}, run_.Read("epoch_deltaW1_norm", s - 1),
                1e-9, "W1");
    ExpectClose({NumberIn(record, "weight_change.layer1")}, run_.Read("epoch_deltaW2_norm", s - 1),
                1e-9, "W2");
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, ReferenceTest,
                         testing::Values("t1", "t2", "t3", "t5", "t8", "t10"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace didact
