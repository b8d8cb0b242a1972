# SPDX-License-Identifier: Apache-2.0
# One library a folder. DEPS names folders ("dataplane/api") or one header of a folder
# ("dataplane/config:runtime_config.h"); tests/architecture/check_includes.py holds the includes against them.
define_property(GLOBAL PROPERTY PALPO_DECLARED BRIEF_DOCS "folder=dep,dep lines" FULL_DOCS "folder=dep,dep lines")

function(_palpo_target_name out folder)
  string(REPLACE "/" "_" name ${folder})
  set(${out} palpo_${name} PARENT_SCOPE)
endfunction()

function(_palpo_use_pch target)
  if(PALPO_PCH AND NOT target STREQUAL palpo_base)
    target_precompile_headers(${target} REUSE_FROM palpo_base)
  endif()
endfunction()

function(_palpo_link target visibility)
  foreach(dep IN LISTS ARGN)
    string(REGEX REPLACE ":.*$" "" folder ${dep})
    _palpo_target_name(library ${folder})
    target_link_libraries(${target} ${visibility} ${library})
  endforeach()
endfunction()

# palpo_library(FOLDER SRCS a.cpp ... [DEPS folder ...] [LIBS third-party ...])
function(palpo_library folder)
  cmake_parse_arguments(arg "" "" "SRCS;DEPS;LIBS" ${ARGN})
  _palpo_target_name(target ${folder})
  add_library(${target} STATIC ${arg_SRCS})
  target_link_libraries(${target} PUBLIC palpo_options ${arg_LIBS})
  _palpo_link(${target} PUBLIC ${arg_DEPS})
  _palpo_use_pch(${target})
  list(JOIN arg_DEPS "," deps)
  set_property(GLOBAL APPEND PROPERTY PALPO_DECLARED "${folder}=${deps}")
endfunction()

# palpo_program(NAME FOLDER): the executable NAME from main.cpp of FOLDER's library.
function(palpo_program name folder)
  _palpo_target_name(library ${folder})
  add_executable(${name} main.cpp)
  target_link_libraries(${name} PRIVATE ${library})
  _palpo_use_pch(${name})
endfunction()

# palpo_test(FOLDER SRCS a_test.cpp ... [DEPS folder ...] [LABEL unit]): one executable; every case becomes a CTest test.
function(palpo_test folder)
  cmake_parse_arguments(arg "" "LABEL;NAME" "SRCS;DEPS;LIBS" ${ARGN})
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  _palpo_target_name(library ${folder})
  set(target ${library}_${arg_LABEL}_test)
  if(arg_NAME)
    set(target ${arg_NAME})
  endif()
  add_executable(${target} ${arg_SRCS})
  if(TARGET ${library})
    target_link_libraries(${target} PRIVATE ${library})
  endif()
  _palpo_link(${target} PRIVATE ${arg_DEPS})
  target_link_libraries(${target} PRIVATE palpo_options ${arg_LIBS} GTest::gtest GTest::gtest_main)
  _palpo_use_pch(${target})
  include(GoogleTest)
  gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
    TEST_PREFIX "${folder}." PROPERTIES LABELS ${arg_LABEL} TIMEOUT 120)
endfunction()

function(palpo_write_declared_dependencies)
  get_property(lines GLOBAL PROPERTY PALPO_DECLARED)
  list(JOIN lines "\n" text)
  file(WRITE ${CMAKE_BINARY_DIR}/declared_dependencies.txt "${text}\n")
endfunction()
