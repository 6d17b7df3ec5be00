#!/bin/bash
# Scripts interpret relative arguments relative to the folder from which they are called.

set -euo pipefail

sources="$(pwd)/tools"
cd "${TEST_TMPDIR:?}"
fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# Make a tree with the scripts, and programs that print their arguments and their folder.
mkdir -p tree/tools/sdk tree/tools/bazel tree/tests/base tree/tests/other tree/protos programs elsewhere
for script in install lint test; do cp "${sources}/${script}" tree/tools/; done
cp "${sources}"/sdk/* tree/tools/sdk/
cp "${sources}/bazel/didact.bzl" tree/tools/bazel/
touch tree/WORKSPACE tree/protos/field_rules.proto tree/tests/base/a.cc tree/tests/other/WORKSPACE
printf '#!/bin/bash\n' | tee tree/tools/setup > tree/tools/count_tests.py
cat > programs/bazel-4 << 'END'
#!/bin/bash
printf '%s in %s\n' "$*" "${PWD}" >> "${ASKED}"
if [[ "$*" == "info workspace" ]]; then
  while [[ ! -e WORKSPACE && "${PWD}" != / ]]; do cd ..; done
  pwd
elif [[ "$1" == info ]]; then
  echo "${BUILT}"
fi
END
cat > programs/clang-tidy-19 << 'END'
#!/bin/bash
printf '%s\n' "$*" >> "${ASKED}"
END
# The installed tool prints its version.
mkdir -p built/bin
printf '#!/bin/bash\necho didact 1.2.3\n' > built/bin/didact
chmod +x tree/tools/* programs/* built/bin/didact
tar --create --file=built/installation.tar --directory=built bin
export BUILT="${PWD}/built" ASKED="${PWD}/asked" PATH="${PWD}/programs:${PATH}"
tree="$(realpath tree)"

# expect_asked TEXT: a program was called with that.
expect_asked() {
  grep --fixed-strings --quiet -- "$1" asked || { cat asked >&2; fail "nothing was asked for: $1"; }
  rm asked
}

(cd elsewhere && ../tree/tools/install sdk > /dev/null)
[[ -x elsewhere/sdk/bin/didact ]] || fail "not installed where the caller wanted it: $(find . -name didact)"
[[ -e elsewhere/sdk/lib/pkgconfig/didact.pc ]] || fail "an installation without didact.pc"
[[ ! -e tree/sdk ]] || fail "installed into the tree"
(cd tree && tools/install ../elsewhere/other > /dev/null && tools/install "${PWD}/../absolute" > /dev/null)
[[ -x elsewhere/other/bin/didact && -x absolute/bin/didact ]] || fail "not installed from the tree"
expect_asked "build //:installation.tar in ${tree}"

(cd tree/tests && ../tools/test base/...)
expect_asked "base/... in ${tree}/tests"
for folder in elsewhere tree/tests/other; do
  (cd "${folder}" && "${tree}/tools/test" //tests/...)
  expect_asked "//tests/... in ${tree}"
done

(cd tree/tests && ../tools/lint --tidy base/a.cc > /dev/null)
expect_asked "--quiet tests/base/a.cc --"
(cd elsewhere && ../tree/tools/lint --tidy ../tree/tests/base/a.cc > /dev/null)
expect_asked "--quiet tests/base/a.cc --"
echo "passed"
