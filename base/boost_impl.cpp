// SPDX-License-Identifier: Apache-2.0
// Asio, Asio's SSL part and Beast, compiled once for both programs.
#include <utility>

#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
