// SPDX-License-Identifier: Apache-2.0
#include "dataplane/matrix/paths.h"

#include <gtest/gtest.h>

namespace palpo::matrix {
namespace {

TEST(MatrixPaths, AreWholeElements) {
  for (const char* target :
       {"/_matrix", "/_matrix/", "/_matrix?a", "/_matrix/client/versions?x=/y", "/.well-known/matrix",
        "/.well-known/matrix/server", "/_synapse/client/x", "/_synapse/admin/v1", "/_palpo/admin"}) {
    EXPECT_TRUE(is_matrix_path(target)) << target;
  }
  for (const char* target : {"", "*", "/", "/_matrixx", "/_Matrix", "_matrix/", "/x/_matrix/", "/?/_matrix/",
                             "/.well-known/acme-challenge/t", "/.well-known", "/_synapsex"}) {
    EXPECT_FALSE(is_matrix_path(target)) << target;
  }
}

}  // namespace
}  // namespace palpo::matrix
