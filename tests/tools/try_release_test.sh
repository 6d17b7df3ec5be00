#!/bin/bash
# Tests the arguments of tools/try_release, and its checks before it does anything.

set -euo pipefail

script="$(pwd)/tools/try_release"
cd "${TEST_TMPDIR:?}"

# Stands in for the real debootstrap, which takes long and must not be called.
mkdir -p with_debootstrap
printf '#!/bin/bash\ntouch "%s/reached"\n' "${PWD}" > with_debootstrap/debootstrap
chmod +x with_debootstrap/debootstrap
PATH="${PWD}/with_debootstrap:${PATH}"

# expect CODE TEXT COMMAND...: the command must end with this code and print this on standard error.
expect() {
  local code="$1" text="$2" got=0 said
  shift 2
  said="$("$@" 2>&1 > /dev/null)" || got=$?
  if ((got != code)) || [[ "${said}" != *"${text}"* ]]; then
    echo "FAILED: $* ended with ${got} in place of ${code} and said: ${said}" >&2
    exit 1
  fi
}

expect 2 "must be a code name like trixie, got ''; usage: tools/try_release RELEASE" "${script}"
expect 2 "got '13'" "${script}" 13
expect 2 "got 'Trixie'" "${script}" Trixie
expect 2 "got '../trixie'" "${script}" ../trixie
expect 2 "got two releases, trixie and bookworm" "${script}" trixie bookworm
expect 2 "there is no option --keep" "${script}" trixie --keep
expect 2 "there is no option --root" "${script}" trixie --root
expect 2 "there is no option --root=" "${script}" trixie --root=
expect 2 "after -- there must be a command" "${script}" trixie --

if ((EUID == 0)); then
  as_user=(setpriv --reuid=65534 --clear-groups)
  # Make a folder that has the programs of this script but not debootstrap.
  mkdir -p without_debootstrap
  ln -s "$(command -v bash)" "$(command -v dirname)" without_debootstrap/
  expect 1 "needs debootstrap: apt-get install debootstrap" \
    env PATH="${PWD}/without_debootstrap" "${script}" trixie
  mkdir full
  echo precious > full/file
  expect 1 "full is neither empty nor a root that an earlier run made" \
    "${script}" trixie --root=full
  [[ "$(cat full/file)" == precious ]]
  mkdir -p bookworm/etc
  echo bookworm > bookworm/etc/made_by_try_release
  expect 1 "holds bookworm and not trixie" "${script}" trixie --root=bookworm
else
  echo "NOTE: this user is not root, so nothing behind the question for root has been tested"
  as_user=(env)
fi
# A sandbox may have no second user. The second user may not be able to read the script.
! "${as_user[@]}" true 2> /dev/null || expect 1 "needs root, for debootstrap, mounts and chroot: sudo tools/try_release" \
  "${as_user[@]}" bash -s trixie < "${script}"
[[ ! -e reached ]]
