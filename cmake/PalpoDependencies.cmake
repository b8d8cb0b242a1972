# SPDX-License-Identifier: Apache-2.0
# Third parties, and the differences between the distributions' packages of them.
if(POLICY CMP0167)
  cmake_policy(SET CMP0167 OLD) # Debian's cpprestsdk config still wants FindBoost
endif()
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(cpprestsdk REQUIRED)
if(BUILD_TESTING)
  find_package(GTest REQUIRED)
endif()
if(NOT TARGET yaml-cpp::yaml-cpp) # 0.7 exports the bare name
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
