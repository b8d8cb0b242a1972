// SPDX-License-Identifier: Apache-2.0
// The one door to Asio. Debian 12's Boost 1.74 needs <utility> first (std::exchange in awaitable.hpp).
// Asio and Beast are compiled once, in boost_impl.cpp. Nothing newer than Asio 1.18 without #if
// BOOST_VERSION.
#pragma once
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace palpo {
namespace asio = boost::asio;
using tcp = boost::asio::ip::tcp;
using boost::system::error_code;
}  // namespace palpo
