#include "tools/bench/input_tasks.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/io/cifar10.h"
#include "didact/framework/io/file.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/registry.h"
#include "didact/plugins/builtin.h"
#include "didact/protos/experiment.pb.h"
#include "tools/bench/temporary_folder.h"

namespace didact {
namespace {

constexpr int64_t kBatch = 64;

constexpr char kPlugins[] = R"pb(
  train_data {
    [didact/Cifar10Dataset] { file: "$0" }
  }
  train_augmentation {
    [didact/RandomCrop] { padding: 4 }
  }
  train_augmentation {
    [didact/RandomHorizontalFlip] {}
  }
  train_augmentation {
    [didact/Normalize] {
      mean: [ 0.4914, 0.4822, 0.4465 ]
      stddev: [ 0.2470, 0.2435, 0.2616 ]
    }
  }
)pb";

// Returns records of random classes and pixels.
std::string RandomRecords() {
  const RandomStream random(1, "images");
  std::string bytes;
  for (int64_t i = 0; i < kPreparedImages * kCifar10RecordBytes; ++i) {
    const bool is_label = i % kCifar10RecordBytes == 0;
    bytes.push_back(static_cast<char>(random.UniformInteger(i, is_label ? kCifar10Classes : 256)));
  }
  return bytes;
}

template <class T>
class ImagePreparation {
 public:
  absl::Status Create() {
    const TemporaryFolder folder;
    if (folder.name().empty()) return absl::InternalError("no temporary folder");
    const std::string file = absl::StrCat(folder.name(), "/images.bin");
    DIDACT_RETURN_IF_ERROR(WriteFileAtomically(file, RandomRecords()));
    PluginRegistry registry;
    DIDACT_RETURN_IF_ERROR(RegisterBuiltinPlugins(registry));
    Experiment plugins;
    const FieldPath path("bench");
    DIDACT_RETURN_IF_ERROR(ParseText(absl::Substitute(kPlugins, file), registry, path, plugins));
    DIDACT_ASSIGN_OR_RETURN(images_, registry.Create<Dataset<T>>(plugins.train_data(), path));
    const std::vector<int64_t> shape = images_->sample_shape();
    for (const google::protobuf::Any& config : plugins.train_augmentation()) {
      DIDACT_ASSIGN_OR_RETURN(augmentations_.emplace_back(),
                              registry.Create<Augmentation<T>>(config, path));
      DIDACT_RETURN_IF_ERROR(augmentations_.back()->Prepare(shape));
    }
    return absl::OkStatus();
  }

  // Prepares all images once.
  absl::Status Run(bool augments) {
    for (int64_t first = 0; first < kPreparedImages; first += kBatch) {
      DIDACT_RETURN_IF_ERROR(images_->Read(first, batch_.view()));
      if (!augments) continue;
      const RandomStream random = random_.Split(static_cast<uint64_t>(step_++));
      for (size_t a = 0; a < augmentations_.size(); ++a) {
        augmentations_[a]->Apply(random.Split(a), batch_.view());
      }
    }
    return absl::OkStatus();
  }

 private:
  std::unique_ptr<Dataset<T>> images_;
  std::vector<std::unique_ptr<Augmentation<T>>> augmentations_;
  Matrix<T> batch_ = Matrix<T>(kBatch, kCifar10ImageBytes);
  RandomStream random_ = RandomStream(1, "augmentation");
  int64_t step_ = 0;
};

template <class T>
void AddTasks(const char* precision, std::vector<Task>& tasks) {
  // Created when the first of the lines is measured.
  const auto shared = std::make_shared<std::unique_ptr<ImagePreparation<T>>>();
  const auto add = [&](const char* label, bool augments) {
    tasks.push_back({.section = "images of 3 x 32 x 32, in mini-batches of 64",
                     .label = label,
                     .precision = precision,
                     .contender = kOurs,
                     .work = Work::kNumbers,
                     .amount = static_cast<double>(kPreparedImages * kCifar10ImageBytes),
                     .run = [shared, augments](int64_t iterations) -> absl::StatusOr<double> {
                       if (*shared == nullptr) {
                         auto created = std::make_unique<ImagePreparation<T>>();
                         DIDACT_RETURN_IF_ERROR(created->Create());
                         *shared = std::move(created);
                       }
                       const double start = ThreadSeconds();
                       for (int64_t i = 0; i < iterations; ++i) {
                         DIDACT_RETURN_IF_ERROR((*shared)->Run(augments));
                       }
                       return ThreadSeconds() - start;
                     }});
  };
  add("decode", false);
  add("decode, crop, flip, normalize", true);
}

}  // namespace

std::vector<Task> InputTasks() {
  std::vector<Task> tasks;
  AddTasks<double>("double", tasks);
  AddTasks<float>("float", tasks);
  return tasks;
}

}  // namespace didact
