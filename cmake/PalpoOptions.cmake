# SPDX-License-Identifier: Apache-2.0
# Language level, warnings, hardening, sanitizers: one interface target that every project target links.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

option(PALPO_WERROR "Warnings are errors" OFF)
option(PALPO_HARDENING "Hardening flags of a release build" OFF)
option(PALPO_LTO "Link-time optimisation" OFF)
option(PALPO_PCH "Precompile the standard library and Asio once" ON)
set(PALPO_SANITIZE "" CACHE STRING "Value of -fsanitize=, empty for none")

add_library(palpo_options INTERFACE)
target_include_directories(palpo_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(palpo_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wno-mismatched-new-delete)
# What gcc 12 claims of std::string and std::vector once they are inlined (gcc bugs 105329, 105651).
set(palpo_inlining_noise -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
target_compile_options(palpo_options INTERFACE "$<$<NOT:$<CONFIG:Debug>>:${palpo_inlining_noise}>")
# Without BOOST_ASIO_NO_DEPRECATED: it changes what Asio's handler hooks return, and our compiled copy of them takes the
# place of the one that libcpprest.so was built with.
target_compile_definitions(palpo_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_BIND_GLOBAL_PLACEHOLDERS _TURN_OFF_PLATFORM_STRING
  PALPO_VERSION="${PROJECT_VERSION}")
if(PALPO_WERROR)
  target_compile_options(palpo_options INTERFACE -Werror)
endif()
# What a program says of its sources does not depend on the folder it was built in.
target_compile_options(palpo_options INTERFACE "$<$<NOT:$<CONFIG:Debug>>:-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.>")
if(PALPO_HARDENING)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|amd64")
    set(palpo_branch_protection -fcf-protection)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    set(palpo_branch_protection -mbranch-protection=standard)
  endif()
  # -fPIE for libraries too: they end in programs only, and the precompiled header has to fit both.
  target_compile_options(palpo_options INTERFACE
    -fPIE -fstack-protector-strong -fstack-clash-protection ${palpo_branch_protection}
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS)
  target_link_options(palpo_options INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
if(PALPO_SANITIZE)
  target_compile_options(palpo_options INTERFACE -fsanitize=${PALPO_SANITIZE} -fno-omit-frame-pointer
    ${palpo_inlining_noise} -Wno-maybe-uninitialized) # gcc's manual: sanitizers make it guess wrong
  target_link_options(palpo_options INTERFACE -fsanitize=${PALPO_SANITIZE})
  if(PALPO_SANITIZE MATCHES thread)
    target_compile_options(palpo_options INTERFACE -Wno-tsan) # Asio's fences; gcc 12 warns about each
  endif()
endif()
if(PALPO_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  target_link_options(palpo_options INTERFACE ${palpo_inlining_noise}) # inlining happens at the link
endif()
