// SPDX-License-Identifier: Apache-2.0
// What a program does to its own process before it serves. Main thread only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace palpo {

void ignore_sigpipe();
void disable_core_dumps();  // private keys live in memory: prctl(PR_SET_DUMPABLE, 0) and RLIMIT_CORE 0
std::size_t raise_open_file_limit();  // soft limit to the hard one; returns what holds now

// What the process may use: the machine's memory or, where it is less, the limit of a control group (version
// 1 or 2) that it is in. root: "/", or a copy of its layout. 0: unknown.
std::uint64_t memory_limit(const std::string& root);

}  // namespace palpo
