// SPDX-License-Identifier: Apache-2.0
// What a program does to its own process before it serves. Main thread only.
#pragma once
#include <cstddef>
#include <string>

namespace palpo {

void ignore_sigpipe();
void disable_core_dumps();  // private keys live in memory: prctl(PR_SET_DUMPABLE, 0) and RLIMIT_CORE 0
std::size_t raise_open_file_limit();  // soft limit to the hard one; returns what holds now
// Bytes this process may use: the smallest limit of its control groups (version 2 or 1), or the machine's
// memory. root: where /proc and /sys are.
std::size_t memory_limit(const std::string& root = "");

}  // namespace palpo
