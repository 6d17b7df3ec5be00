// Tests data files that are missing or damaged: each gives one clear message with the file and the
// place, and exit code 2, and nothing is written.

#include <sys/stat.h>
#include <zlib.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "didact/framework/io/npz.h"
#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr char kInputs[] = "[didact/GaussianInputs] { dimension: 6 size: 60 }";
constexpr char kEvalInputs[] = "[didact/GaussianInputs] { dimension: 6 size: 50 }";

// Returns `bytes` in gzip format.
std::string Gzip(absl::string_view bytes) {
  z_stream stream = {};
  constexpr int kGzipWindow = 15 + 16;
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string compressed(deflateBound(&stream, bytes.size()), '\0');
  std::string input(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  compressed.resize(stream.total_out);
  deflateEnd(&stream);
  return compressed;
}

std::string WithFlippedByte(std::string bytes, size_t place) {
  bytes[place] = static_cast<char>(~bytes[place]);
  return bytes;
}

class BadDataFilesTest : public ToolTest {
 protected:
  BadDataFilesTest() {
    std::vector<double> values;
    for (int i = 0; i < 60 * 6; ++i) values.push_back(0.01 * i);
    inputs_ = MakeNpyArray({60, 6}, absl::MakeConstSpan(values));
  }

  std::string Npy() const { return *SerializeNpy(inputs_); }
  std::string Npz() const {
    const NamedArray arrays[] = {{"x", inputs_}};
    return *SerializeNpz(arrays);
  }
  // Returns 60 images of 2 x 3 pixels.
  static std::string Images() {
    std::string bytes("\0\0\x08\3\0\0\0\x3c\0\0\0\2\0\0\0\3", 16);
    for (int i = 0; i < 60 * 6; ++i) bytes.push_back(static_cast<char>(i * 7));
    return bytes;
  }

  // Expects a run with `data` for training to be refused, with `problem` about the file `name`.
  void ExpectProblem(const std::string& data, const std::string& field, const std::string& name,
                     const std::string& problem) const {
    WriteConfig({{kInputs, data}});
    ExpectRefused({"run", "e.textproto"}, {absl::StrCat("e.textproto: train_data.", field, ": ",
                                                        PathOf(name), ": ", problem)});
  }
  void ExpectNpyProblem(const std::string& problem) const {
    ExpectProblem("[didact/NpyDataset] { inputs: \"x.npy\" }", "inputs", "x.npy", problem);
  }
  void ExpectNpzProblem(const std::string& problem) const {
    ExpectProblem("[didact/NpyDataset] { inputs: \"x.npz:x\" }", "inputs", "x.npz", problem);
  }
  void ExpectIdxProblem(const std::string& name, const std::string& problem) const {
    ExpectProblem(absl::StrCat("[didact/IdxDataset] { images: \"", name, "\" }"), "images", name,
                  problem);
  }

  NpyArray inputs_;
};

TEST_F(BadDataFilesTest, WholeFilesAreGood) {
  Write("x.npy", Npy());
  Write("x.npz", Npz());
  Write("x.idx", Images());
  Write("x.gz", Gzip(Images()));
  for (const char* data :
       {"[didact/NpyDataset] { inputs: \"x.npy\" }", "[didact/NpyDataset] { inputs: \"x.npz:x\" }",
        "[didact/IdxDataset] { images: \"x.idx\" }", "[didact/IdxDataset] { images: \"x.gz\" }"}) {
    WriteConfig({{kInputs, data}});
    const ToolResult result = Run({"validate", "e.textproto"});
    EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  }
}

TEST_F(BadDataFilesTest, MissingFiles) {
  const std::string problem = "cannot be opened: No such file or directory";
  ExpectNpyProblem(problem);
  ExpectNpzProblem(problem);
  ExpectIdxProblem("x.idx", problem);
  ExpectIdxProblem("x.gz", problem);
}

TEST_F(BadDataFilesTest, AllMissingFilesAreListedAtOnce) {
  WriteConfig(
      {{kInputs, "[didact/NpyDataset] { inputs: \"a.npy\" }"},
       {kEvalInputs, "[didact/IdxDataset] { images: \"b.idx\" }"},
       {"[didact/GaussianWeights] { stddev: 0.3 }", "[didact/NpzWeights] { path: \"c.npz\" }"}});
  const std::string problem = ": cannot be opened: No such file or directory";
  ExpectRefused({"run", "e.textproto"},
                {"e.textproto: train_data.inputs: " + PathOf("a.npy") + problem,
                 "e.textproto: eval_data.images: " + PathOf("b.idx") + problem,
                 "e.textproto: student.initializer[0].path: " + PathOf("c.npz") + problem});
}

TEST_F(BadDataFilesTest, FilesOfCifar10AreAllNamed) {
  const std::string record(3073, '\x07');
  Write("good.bin", record);
  Write("truncated.bin.gz", Gzip(record).substr(0, 20));
  Write("short.bin", record.substr(1));
  Write("label.bin", record + "\x0a" + record.substr(1));
  WriteConfig({{kInputs,
                "[didact/Cifar10Dataset] { file: ['good.bin', 'truncated.bin.gz', 'short.bin', "
                "'label.bin', 'missing.bin'] }"}});
  const auto file = [&](int place, const std::string& name) {
    return absl::StrCat("e.textproto: train_data.file[", place, "]: ", PathOf(name), ": ");
  };
  ExpectRefused(
      {"run", "e.textproto"},
      {file(1, "truncated.bin.gz") + "byte 20: the gzip data end early",
       file(2, "short.bin") +
           "byte 3072: the file ends 3072 bytes behind the beginning of record 0, expected records "
           "of 3073 bytes (the binary version of CIFAR-10)",
       file(3, "label.bin") + "byte 3073: the class of record 1 must be < 10, got 10",
       file(4, "missing.bin") + "cannot be opened: No such file or directory"});
}

// The tool must not wait for a writer of a pipe.
TEST_F(BadDataFilesTest, PipesInPlaceOfFiles) {
  for (const char* name : {"x.npy", "x.npz", "x.idx"}) {
    ASSERT_EQ(mkfifo(PathOf(name).c_str(), 0600), 0);
  }
  const std::string problem = "is a pipe, a regular file is wanted";
  ExpectNpyProblem(problem);
  ExpectNpzProblem(problem);
  ExpectIdxProblem("x.idx", problem);
}

TEST_F(BadDataFilesTest, DirectoriesInPlaceOfFiles) {
  for (const char* name : {"x.npy/file", "x.npz/file", "x.idx/file"}) Write(name, "");
  const std::string problem = "is a directory, a file is wanted";
  ExpectNpyProblem(problem);
  ExpectNpzProblem(problem);
  ExpectIdxProblem("x.idx", problem);
}

TEST_F(BadDataFilesTest, EmptyFiles) {
  for (const char* name : {"x.npy", "x.npz", "x.idx"}) Write(name, "");
  ExpectNpyProblem(
      "byte 0: not a .npy file: expected the magic number \\x93NUMPY, found no bytes at all");
  ExpectNpzProblem(
      "byte 0: not a zip archive, or one that was cut off: expected the end of a zip "
      "directory before this place");
  ExpectIdxProblem("x.idx", "byte 0: the file ends inside the magic number");
}

TEST_F(BadDataFilesTest, FilesOfAnotherKind) {
  Write("x.npy", Npz());
  ExpectNpyProblem(
      "byte 0: not a .npy file: expected the magic number \\x93NUMPY, found "
      "PK\\x03\\x04\\n\\x00 (a zip archive, .npz?)");
  Write("x.npz", Npy());
  ExpectNpzProblem(absl::StrCat("byte ", Npy().size(),
                                ": not a zip archive, or one that was cut off: expected the end "
                                "of a zip directory before this place (an array of NumPy, "
                                ".npy?)"));
  Write("x.idx", Npy());
  ExpectIdxProblem("x.idx",
                   "byte 0: not an IDX file: expected the magic number 0000TTNN, found 934e554d "
                   "(an array of NumPy, .npy?)");
}

TEST_F(BadDataFilesTest, TruncatedNpy) {
  Write("x.npy", Npy().substr(0, Npy().size() - 1));
  ExpectNpyProblem("byte 128: expected 2880 bytes for shape [60, 6] of float64, found 2879");
  Write("x.npy", Npy().substr(0, 50));
  ExpectNpyProblem("byte 8: the header claims 118 bytes, the file has 40 more");
}

TEST_F(BadDataFilesTest, CorruptNpy) {
  Write("x.npy", WithFlippedByte(Npy(), 6));
  ExpectNpyProblem("byte 6: expected version 1.0, 2.0 or 3.0, found 254.0");
  std::string shape = Npy();
  shape.replace(shape.find("(60, 6)"), 7, "(61, 6)");
  Write("x.npy", shape);
  ExpectNpyProblem("byte 128: expected 2928 bytes for shape [61, 6] of float64, found 2880");
  std::string type = Npy();
  type.replace(type.find("<f8"), 3, "<c8");
  Write("x.npy", type);
  ExpectNpyProblem(
      "byte 20: element type '<c8': not supported; expected bool, an integer type, "
      "float16, float32 or float64; save numbers that these hold with numpy.save(FILE, "
      "x.astype('float64'))");
}

TEST_F(BadDataFilesTest, NumbersThatAreNotFinite) {
  std::string bytes = Npy();
  // This byte is in the exponent of element 13, which is component 1 of sample 2.
  bytes[128 + 13 * 8 + 6] = '\xf0';
  bytes[128 + 13 * 8 + 7] = '\x7f';
  for (int i = 0; i < 6; ++i) bytes[128 + 13 * 8 + i] = 0;
  Write("x.npy", bytes);
  ExpectNpyProblem("sample 2, component 1: must be finite, got inf");
}

TEST_F(BadDataFilesTest, TruncatedNpz) {
  const std::string bytes = Npz();
  Write("x.npz", bytes.substr(0, bytes.size() / 2));
  ExpectNpzProblem(absl::StrCat("byte ", bytes.size() / 2,
                                ": not a zip archive, or one that was cut off: expected the end "
                                "of a zip directory before this place"));
}

TEST_F(BadDataFilesTest, CorruptNpz) {
  Write("x.npz", WithFlippedByte(Npz(), 1000));
  WriteConfig({{kInputs, "[didact/NpyDataset] { inputs: \"x.npz:x\" }"}});
  ExpectRefusal({"run", "e.textproto"},
                AllOf(StartsWith(absl::StrCat("didact: e.textproto: train_data.inputs: ",
                                              PathOf("x.npz"), ": array \"x\": byte ")),
                      EndsWith(": the data are damaged: their checksum is wrong\n")));
}

TEST_F(BadDataFilesTest, ArraysThatTheNpzDoesNotHave) {
  Write("x.npz", Npz());
  ExpectProblem("[didact/NpyDataset] { inputs: \"x.npz:inputs\" }", "inputs", "x.npz",
                "no array \"inputs\"; the file has: x");
  ExpectProblem("[didact/NpyDataset] { inputs: \"x.npz\" }", "inputs", "x.npz",
                "no array is named; write x.npz:NAME; the file has: x");
}

TEST_F(BadDataFilesTest, TruncatedIdx) {
  Write("x.idx", Images().substr(0, Images().size() - 1));
  ExpectIdxProblem(
      "x.idx", "byte 375: expected 360 bytes for shape [60, 2, 3] behind the header, found 359");
  Write("x.idx", Images().substr(0, 10));
  ExpectIdxProblem("x.idx", "byte 10: the file ends inside extent 1");
}

TEST_F(BadDataFilesTest, CorruptIdx) {
  std::string type = Images();
  type[2] = 0x0d;
  Write("x.idx", type);
  ExpectIdxProblem(
      "x.idx", "byte 376: expected 1440 bytes for shape [60, 2, 3] behind the header, found 360");
  type[2] = 0x0a;
  Write("x.idx", type);
  ExpectIdxProblem("x.idx",
                   "byte 2: expected an element type: 08, 09 (bytes), 0b, 0c (integers), 0d or 0e "
                   "(float, double), found 0a");
  // The header claims many more images than there are: no memory must be allocated for them.
  std::string samples = Images();
  samples[4] = 1;
  Write("x.idx", samples);
  ExpectIdxProblem("x.idx",
                   "byte 376: expected 100663656 bytes for shape [16777276, 2, 3] behind the "
                   "header, found 360");
  Write("x.idx", absl::StrCat(Images(), "more"));
  ExpectIdxProblem(
      "x.idx", "byte 376: expected 360 bytes for shape [60, 2, 3] behind the header, found more");
}

TEST_F(BadDataFilesTest, TruncatedGzip) {
  const std::string bytes = Gzip(Images());
  Write("x.gz", bytes.substr(0, bytes.size() - 5));
  ExpectIdxProblem("x.gz", absl::StrCat("byte ", bytes.size() - 5, ": the gzip data end early"));
  Write("x.gz", bytes.substr(0, bytes.size() / 2));
  ExpectIdxProblem("x.gz", absl::StrCat("byte ", bytes.size() / 2, ": the gzip data end early"));
}

TEST_F(BadDataFilesTest, CorruptGzip) {
  const std::string bytes = Gzip(Images());
  WriteConfig({{kInputs, "[didact/IdxDataset] { images: \"x.gz\" }"}});
  // The places are in the method, the compressed data, the checksum and the length.
  for (const size_t place : {size_t{2}, bytes.size() / 2, bytes.size() - 8, bytes.size() - 4}) {
    Write("x.gz", WithFlippedByte(bytes, place));
    ExpectRefusal({"run", "e.textproto"},
                  AllOf(StartsWith(absl::StrCat(
                            "didact: e.textproto: train_data.images: ", PathOf("x.gz"), ": byte ")),
                        HasSubstr("gzip data")));
  }
  Write("x.gz", absl::StrCat(bytes, "more"));
  ExpectIdxProblem("x.gz", absl::StrCat("byte ", bytes.size(),
                                        ": expected the end of the file behind the gzip data"));
}

TEST_F(BadDataFilesTest, DamagedWeights) {
  Write("w.npz", Npz().substr(0, 100));
  WriteConfig({{"[didact/GaussianWeights] { stddev: 0.3 }",
                "[didact/NpzWeights] { path: \"w.npz\" prefix: \"student.\" }"}});
  ExpectRefused({"run", "e.textproto"},
                {absl::StrCat("e.textproto: student.initializer[0].path: ", PathOf("w.npz"),
                              ": byte 100: not a zip archive, or one that was cut off: expected "
                              "the end of a zip directory before this place")});
}

TEST_F(BadDataFilesTest, DamagedBatches) {
  Write("b.npy", Npy().substr(0, 100));
  WriteConfig({{"with_replacement { steps_per_epoch: 10 }", "replay { batches: \"b.npy\" }"}});
  ExpectRefused({"run", "e.textproto"},
                {absl::StrCat("e.textproto: training.replay.batches: ", PathOf("b.npy"),
                              ": byte 8: the header claims 118 bytes, the file has 90 more")});
  Write("b.npy", Npy());
  ExpectRefused(
      {"run", "e.textproto"},
      {absl::StrCat(
          "e.textproto: training.replay.batches: ", PathOf("b.npy"),
          ": has element type float64, expected integers, which x.astype('int64') makes of "
          "whole numbers")});
}

}  // namespace
}  // namespace didact
