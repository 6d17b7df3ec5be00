// Tests values of a sweep whose texts would break a table if they were not quoted.

#include <atomic>
#include <string>

#include "absl/strings/str_cat.h"
#include "didact/framework/export/export.h"
#include "didact/framework/io/file.h"
#include "tests/base/test_files.h"
#include "tests/export/result_tree.h"

namespace didact {
namespace {

// Returns the last evaluation of each experiment of a sweep over four texts.
std::string Exported(ExportFormat format) {
  const std::string folder =
      ScratchPath(testing::UnitTest::GetInstance()->current_test_info()->name());
  WriteTreeFile(folder + "/sweep.textproto", R"(name: "tree" base { } axis { field: "student.note"
    value: "plain" value: "a, b" value: "5\" disk" value: "two\nlines"
    label: "plain" label: "comma" label: "quote" label: "lines" })");
  for (const char* experiment : {"000-plain", "001-comma", "002-quote", "003-lines"}) {
    WriteTreeRun(absl::StrCat(folder, "/experiments/", experiment), /*trials=*/1);
  }
  ExportOptions options;
  options.directory = folder;
  options.format = format;
  options.last = true;
  options.out = folder + "/table";
  const std::atomic<bool> stop = false;
  EXPECT_THAT(Export(options, stop).status(), IsOk());
  return ReadFile(options.out).value();
}

// RFC 4180, section 2: a cell with a comma, a quote or a line break is quoted, and each quote
// within it is doubled.
TEST(QuotedCells, AreThoseThatCsvNeedsQuotesFor) {
  EXPECT_EQ(Exported(ExportFormat::kCsv),
            R"(experiment,note,note.label,seed,status,epoch,step,train.loss,eval.found,eval.late
000-plain,plain,plain,1,finished,0,10,1.5,1,0.25
001-comma,"a, b",comma,1,finished,0,10,1.5,1,0.25
002-quote,"5"" disk",quote,1,finished,0,10,1.5,1,0.25
003-lines,"two
lines",lines,1,finished,0,10,1.5,1,0.25
)");
}

TEST(QuotedCells, AreEscapedInJsonLines) {
  EXPECT_EQ(
      Exported(ExportFormat::kJsonLines),
      R"({"experiment":"000-plain","note":"plain","note.label":"plain","seed":1,"status":"finished","epoch":0,"step":10,"train.loss":1.5,"eval.found":1,"eval.late":0.25}
{"experiment":"001-comma","note":"a, b","note.label":"comma","seed":1,"status":"finished","epoch":0,"step":10,"train.loss":1.5,"eval.found":1,"eval.late":0.25}
{"experiment":"002-quote","note":"5\" disk","note.label":"quote","seed":1,"status":"finished","epoch":0,"step":10,"train.loss":1.5,"eval.found":1,"eval.late":0.25}
{"experiment":"003-lines","note":"two\nlines","note.label":"lines","seed":1,"status":"finished","epoch":0,"step":10,"train.loss":1.5,"eval.found":1,"eval.late":0.25}
)");
}

}  // namespace
}  // namespace didact
