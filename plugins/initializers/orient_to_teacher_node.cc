#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/needs_teacher.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/initializer.pb.h"

namespace didact {
namespace {

// Changes the sign of fan-in weights of the student's first hidden layer, w_i -> -w_i, so that
// <w_i, w*> has the same sign for all nodes, with w* the fan-in weights of one teacher node. Biases
// and fan-out weights are unchanged.
//
// Config:   didact.OrientToTeacherNode; direction ADVERSARIAL (default: turns positive inner
//           products) or HELPFUL (turns negative ones), teacher_node (default: the last).
// Shapes:   weight [out, in] of layer 0 of the student and of the teacher, with the same `in`.
// Gradient: does not apply.
// Errors:   Apply fails with INVALID_ARGUMENT for the teacher itself, without a teacher, and when
//           the teacher has no such node.
// Threads:  immutable once built; may run concurrently on different networks.
// Numerics: inner products in double; a product of exactly 0 turns nothing.
// Source:   `adv_init` of the two-layer reference of Tian, ICML 2020.
// Example:  student { initializer { [didact/OrientToTeacherNode] { direction: HELPFUL } } }
template <class T>
class OrientToTeacherNodeInitializer final : public Initializer<T> {
 public:
  OrientToTeacherNodeInitializer(const OrientToTeacherNode& config, const BuildContext& context)
      : wanted_sign_(config.direction() == OrientToTeacherNode::HELPFUL ? 1 : -1),
        teacher_node_(config.has_teacher_node() ? std::optional<int64_t>(config.teacher_node())
                                                : std::nullopt),
        path_(context.path) {}

  absl::Status Apply(const InitializerContext<T>& context, NetworkView<T> weights) const override {
    if (context.teacher.empty()) return NeedsTeacherOfStudentError(path_);
    const ArrayView<const T>& teacher = context.teacher[0].weight;
    const ArrayView<T>& student = weights[0].weight;
    const int64_t node = teacher_node_.value_or(teacher.shape(0) - 1);
    if (node >= teacher.shape(0)) {
      return path_.Field("teacher_node")
          .Invalid(absl::StrCat("must be a node of the teacher's first hidden layer, 0 to ",
                                teacher.shape(0) - 1, ", got ", node));
    }
    if (teacher.shape(1) != student.shape(1)) {
      return path_.Invalid(absl::StrCat("must have as many inputs as the teacher, ",
                                        teacher.shape(1), ", got ", student.shape(1)));
    }
    for (int64_t i = 0; i < student.shape(0); ++i) {
      double product = 0;
      for (int64_t j = 0; j < student.shape(1); ++j) {
        product += static_cast<double>(teacher(node, j)) * static_cast<double>(student(i, j));
      }
      if (product * wanted_sign_ >= 0) continue;
      for (int64_t j = 0; j < student.shape(1); ++j) student(i, j) = -student(i, j);
    }
    return absl::OkStatus();
  }

 private:
  double wanted_sign_;
  std::optional<int64_t> teacher_node_;  // std::nullopt: the last
  FieldPath path_;
};

}  // namespace

absl::Status RegisterOrientToTeacherNode(PluginRegistry& registry) {
  return registry.Add<OrientToTeacherNode, OrientToTeacherNodeInitializer>();
}

}  // namespace didact
