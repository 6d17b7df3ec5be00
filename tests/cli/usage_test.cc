// Tests what the tool prints about itself, and for a command line that is not valid.

#include <string>

#include "tests/cli/tool_test.h"

namespace didact {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

class UsageTest : public ToolTest {};

TEST_F(UsageTest, HelpListsTheCommandsAndExitCodes) {
  const ToolResult result = Run({"--help"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_error, "");
  for (const char* command : {"\n  run ", "\n  sweep ", "\n  resume ", "\n  extend ", "\n  export ",
                              "\n  validate ", "\n  plugins ", "\n  selftest ", "\n  bench "}) {
    EXPECT_THAT(result.standard_output, HasSubstr(command));
  }
  EXPECT_THAT(result.standard_output,
              HasSubstr("Exit codes: 0 all well, 1 a trial failed or diverged, 2 the request was "
                        "wrong, 3 interrupted."));
}

TEST_F(UsageTest, HelpOfRunNamesEveryFlag) {
  const ToolResult result = Run({"run", "--help"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_error, "");
  for (const char* flag :
       {"CONFIG", "--set", "--plugin", "--out", "--threads", "--simd", "--force", "--quiet"}) {
    EXPECT_THAT(result.standard_output, HasSubstr(flag));
  }
}

TEST_F(UsageTest, HelpOfExtendNamesEveryFlag) {
  const ToolResult result = Run({"extend", "--help"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_error, "");
  for (const char* flag : {"DIR", "CONFIG", "--set", "--plugin", "--threads", "--simd", "--quiet",
                           "--executor", "--dry-run", "--prepare"}) {
    EXPECT_THAT(result.standard_output, HasSubstr(flag));
  }
}

TEST_F(UsageTest, VersionIsOneLineWithTheCommit) {
  const ToolResult result = Run({"--version"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.standard_error, "");
  EXPECT_THAT(result.standard_output, MatchesRegex("didact [0-9][^ \n]* \\([^ \n]+\\)\n"));
}

TEST_F(UsageTest, WantsACommand) {
  ExpectRefusal({},
                "didact: a command must be given, got nothing; there are: run, sweep, resume, "
                "extend, export, validate, plugins, selftest, bench\n"
                "'didact --help' lists what there is.\n");
}

TEST_F(UsageTest, RefusesAnUnknownCommand) {
  for (const std::string given : {"simulate", "--frob"}) {
    ExpectRefusal({given, "e.textproto"},
                  "didact: a command must be given, got \"" + given +
                      "\"; there are: run, sweep, resume, extend, export, validate, plugins, "
                      "selftest, bench\n'didact --help' lists what there is.\n");
  }
  ExpectRefusal({"rnu", "e.textproto"},
                StartsWith("didact: a command must be given, got \"rnu\"; did you mean run? "));
  ExpectRefusal({"exprot"},
                StartsWith("didact: a command must be given, got \"exprot\"; did you mean export? "
                           "There are: run, sweep, "));
}

TEST_F(UsageTest, RefusesAnUnknownFlag) {
  WriteConfig();
  ExpectRefusal({"run", "e.textproto", "--thread=2"},
                "didact: The following argument was not expected: --thread=2; did you mean "
                "--threads?\n"
                "'didact run --help' lists what there is.\n");
  ExpectRefusal({"run", "e.textproto", "-threads=2"}, HasSubstr("; did you mean --threads?\n"));
  ExpectRefusal({"sweep", "e.textproto", "--dryrun"}, HasSubstr("; did you mean --dry-run?\n"));
  ExpectRefusal({"run", "e.textproto", "--tensorboard"},
                "didact: The following argument was not expected: --tensorboard\n"
                "'didact run --help' lists what there is.\n");
}

TEST_F(UsageTest, HelpAndVersionAreCommandsToo) {
  EXPECT_EQ(Run({"help"}).standard_output, Run({"--help"}).standard_output);
  EXPECT_EQ(Run({"help", "sweep"}).standard_output, Run({"sweep", "--help"}).standard_output);
  EXPECT_EQ(Run({"version"}).standard_output, Run({"--version"}).standard_output);
  EXPECT_THAT(Run({"version"}).standard_output, StartsWith("didact "));
  ExpectRefusal({"help", "rnu"},
                StartsWith("didact: a command must be given, got \"rnu\"; did you mean run? "));
}

TEST_F(UsageTest, SaysWhatHasShards) {
  WriteConfig();
  ExpectRefusal({"run", "e.textproto", "--shard=1/2"},
                StartsWith("didact: --shard: is for sweeps: 'didact sweep SWEEP --shard=I/N' "));
  for (const char* command : {"resume", "extend"}) {
    ExpectRefusal({command, "out", "--shard=1/2"}, HasSubstr("sweep SWEEP --out=DIR --shard=I/N'"));
  }
}

TEST_F(UsageTest, RefusesASecondConfig) {
  WriteConfig();
  Write("f.textproto", SmallExperiment());
  ExpectRefusal({"run", "e.textproto", "f.textproto"},
                HasSubstr("argument was not expected: f.textproto\n"));
}

TEST_F(UsageTest, WantsAConfig) {
  for (const char* command : {"run", "validate"}) {
    ExpectRefusal({command}, StartsWith("didact: CONFIG is required\n"));
  }
}

TEST_F(UsageTest, WantsAWholeNumberOfThreads) {
  WriteConfig();
  for (const char* threads : {"0", "-1", "4097", "1.5", "many", "99999999999999999999"}) {
    ExpectRefusal({"run", "e.textproto", std::string("--threads=") + threads},
                  StartsWith(std::string("didact: --threads: must be a whole number from 1 to "
                                         "4096, got \"") +
                             threads + "\"\n"));
  }
}

}  // namespace
}  // namespace didact
