// Saves an object's state and restores it into another object, as a checkpoint does.

#ifndef DIDACT_FRAMEWORK_CONFORMANCE_STATE_COPY_H_
#define DIDACT_FRAMEWORK_CONFORMANCE_STATE_COPY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/any_array_view.h"
#include "didact/framework/plugin/state.h"

namespace didact {

// The state of an object with a method VisitState(StateVisitor&). A value.
class StateCopy {
 public:
  // Copies the state. Errors: INTERNAL if two pieces have the same name.
  template <class Object>
  absl::Status Save(Object& object) {
    pieces_.clear();
    Saver saver(pieces_);
    object.VisitState(saver);
    return saver.status();
  }

  // Restores the copy into another object of the same config, prepared in the same way. Errors:
  // INTERNAL if it does not have the same pieces: names, types and shapes in the same order.
  template <class Object>
  absl::Status Restore(Object& object) const {
    Restorer restorer(pieces_);
    object.VisitState(restorer);
    return restorer.status();
  }

  // True if both have the same pieces with the same bits.
  friend bool operator==(const StateCopy&, const StateCopy&) = default;

  int64_t pieces() const { return static_cast<int64_t>(pieces_.size()); }

 private:
  struct Piece {
    std::string name;
    std::vector<int64_t> shape;
    ScalarType type;
    std::string elements;  // bytes, row-major

    friend bool operator==(const Piece&, const Piece&) = default;
  };

  class Saver final : public StateVisitor {
   public:
    explicit Saver(std::vector<Piece>& pieces) : pieces_(pieces) {}
    void Visit(absl::string_view name, AnyArrayView array) override;
    const absl::Status& status() const { return status_; }

   private:
    std::vector<Piece>& pieces_;
    absl::Status status_;
  };

  class Restorer final : public StateVisitor {
   public:
    explicit Restorer(const std::vector<Piece>& pieces) : pieces_(pieces) {}
    void Visit(absl::string_view name, AnyArrayView array) override;
    absl::Status status() const;

   private:
    const std::vector<Piece>& pieces_;
    size_t next_ = 0;
    absl::Status status_;
  };

  std::vector<Piece> pieces_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFORMANCE_STATE_COPY_H_
