#include "didact/framework/conformance/sample_files.h"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/conformance/sample_network.h"
#include "didact/framework/io/cifar10.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"

namespace didact {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kSamples = 9;
constexpr int64_t kClasses = 4;

NpyArray NormalArray(std::vector<int64_t> shape, absl::string_view stream) {
  int64_t size = 1;
  for (const int64_t extent : shape) size *= extent;
  const RandomStream random(1, stream);
  std::vector<double> numbers;
  for (int64_t i = 0; i < size; ++i) numbers.push_back(random.Normal(static_cast<uint64_t>(i)));
  return MakeNpyArray<double>(std::move(shape), numbers);
}

NpyArray Labels() {
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < kSamples; ++i) labels.push_back(i % kClasses);
  return MakeNpyArray<int64_t>({kSamples}, labels);
}

// Returns the weights of the suite's teacher in the form in which a run writes them.
std::vector<NamedArray> Weights() {
  std::vector<NamedArray> arrays;
  const std::vector<int64_t> sizes = TeacherSizes();
  for (size_t l = 0; l + 1 < sizes.size(); ++l) {
    for (const absl::string_view part : {"weight", "bias"}) {
      std::vector<int64_t> shape = {sizes[l + 1]};
      if (part == "weight") shape.push_back(sizes[l]);
      const std::string name = absl::StrCat(l, ".", part);
      arrays.push_back({name, NormalArray(std::move(shape), name)});
    }
  }
  return arrays;
}

// Returns unsigned bytes below `limit` in the idx format: a magic number, the extents in big
// endian, the elements.
std::string Idx(const std::vector<int64_t>& shape, int64_t limit) {
  std::string bytes = {0, 0, 8, static_cast<char>(shape.size())};
  int64_t size = 1;
  for (const int64_t extent : shape) {
    bytes += {0, 0, 0, static_cast<char>(extent)};
    size *= extent;
  }
  for (int64_t i = 0; i < size; ++i) bytes += static_cast<char>(37 * i % limit);
  return bytes;
}

// Returns records of the binary version of CIFAR-10: a label, then the pixels of an image.
std::string Cifar10() {
  std::string bytes;
  for (int64_t i = 0; i < kSamples; ++i) {
    bytes += static_cast<char>(i % kClasses);
    for (int64_t pixel = 0; pixel < kCifar10ImageBytes; ++pixel) {
      bytes += static_cast<char>((37 * pixel + 11 * i) % 251);
    }
  }
  return bytes;
}

absl::Status Write(const std::string& path, const absl::StatusOr<std::string>& bytes) {
  DIDACT_RETURN_IF_ERROR(bytes.status());
  std::ofstream file(path, std::ios::binary);
  file.write(bytes->data(), static_cast<std::streamsize>(bytes->size()));
  file.close();
  return file ? absl::OkStatus()
              : absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
}

}  // namespace

absl::StatusOr<SampleFiles> SampleFiles::Create() {
  std::error_code error;
  std::string pattern = JoinPath(fs::temp_directory_path(error).string(), "didact_samples_XXXXXX");
  if (error || mkdtemp(pattern.data()) == nullptr) {
    return absl::UnavailableError(absl::StrCat(
        pattern, ": cannot be made; the environment variable TMPDIR names another place"));
  }
  SampleFiles files(pattern);
  const auto path = [&](absl::string_view name) { return JoinPath(files.folder(), name); };
  DIDACT_RETURN_IF_ERROR(Write(path("cifar10.bin"), Cifar10()));
  DIDACT_RETURN_IF_ERROR(Write(path("images.idx"), Idx({kSamples, 4, 3}, 251)));
  DIDACT_RETURN_IF_ERROR(Write(path("labels.idx"), Idx({kSamples}, kClasses)));
  DIDACT_RETURN_IF_ERROR(Write(path("inputs.npy"),
                               SerializeNpy(NormalArray({kSamples, TeacherSizes()[0]}, "inputs"))));
  DIDACT_RETURN_IF_ERROR(Write(path("labels.npy"), SerializeNpy(Labels())));
  DIDACT_RETURN_IF_ERROR(
      Write(path("targets.npy"),
            SerializeNpy(NormalArray({kSamples, TeacherSizes().back()}, "targets"))));
  DIDACT_RETURN_IF_ERROR(Write(path("weights.npz"), SerializeNpz(Weights())));
  return files;
}

SampleFiles::~SampleFiles() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

}  // namespace didact
