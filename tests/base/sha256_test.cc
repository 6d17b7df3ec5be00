#include "didact/framework/base/sha256.h"

#include <string>

#include "tests/base/test_files.h"

namespace didact {
namespace {

// The examples are those of NIST's "Cryptographic Standards and Guidelines: SHA-256", and the empty
// message.
TEST(Sha256, IsThatOfTheStandard) {
  EXPECT_EQ(Sha256("abc").value(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").value(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256(std::string(1000000, 'a')).value(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(Sha256("").value(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, CountsEveryByte) {
  const std::string zeros(100, '\0');
  EXPECT_NE(Sha256(zeros).value(), Sha256(zeros + '\0').value());
}

}  // namespace
}  // namespace didact
