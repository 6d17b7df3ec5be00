#!/bin/bash
# No file that is compiled for one instruction set may define a symbol that another file could
# define too: the linker would keep one of them, and a processor without that instruction set might
# execute it.
#
# Usage: isa_symbols_test.sh ARCHITECTURE LIBRARY...
# Fails if a LIBRARY defines a weak or unique symbol whose demangled name lacks ARCHITECTURE, or no
# symbol at all with it.

set -uo pipefail

architecture="$1"
shift
if (($# == 0)); then
  echo "there is no LIBRARY to look at"
  exit 1
fi

for library in "$@"; do
  symbols="$(nm -C --defined-only "${library}" | sed -n 's/^[0-9a-f]* \([A-Za-z]\) /\1 /p')"
  shared="$(grep '^[WVwvu] ' <<< "${symbols}" | grep -v '^. DW\.ref\.')"
  if ! grep -qF "${architecture}" <<< "${shared}"; then
    echo "${library}: defines nothing for ${architecture}; is it the right file?"
    exit 1
  fi
  leaked="$(grep -vF "${architecture}" <<< "${shared}")"
  if [[ -n "${leaked}" ]]; then
    echo "${library}: symbols that other files may share:"
    echo "${leaked}"
    exit 1
  fi
done
