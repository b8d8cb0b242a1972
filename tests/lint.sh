#!/usr/bin/env bash
# clang-format and clang-tidy as the project keeps them: tests/lint.sh [FILE.cpp ...]; without files, all that programs are built from.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
deploy/install-packages.sh build lint

git ls-files '*.cpp' '*.h' | xargs clang-format --dry-run --Werror
# A build folder of its own: clang reads no headers that GCC has precompiled.
cmake --preset dev -B build/lint -DPALPO_PCH=OFF >/dev/null
[ $# -gt 0 ] || mapfile -t sources < <(git ls-files '*.cpp' | grep -E '^(base|controller|dataplane)/' | grep -v '_test\.cpp$')
[ $# -eq 0 ] || sources=("$@")
printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -n 1 clang-tidy -p build/lint --quiet
