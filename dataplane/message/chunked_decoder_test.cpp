// SPDX-License-Identifier: Apache-2.0
#include "dataplane/message/chunked_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace palpo::http {
namespace {

struct Decoded {
  std::string body;
  std::string rest;
  ChunkedDecoder::Status status = ChunkedDecoder::Status::more;
  auto operator<=>(const Decoded&) const = default;
};

Decoded decode(const std::string& input, const std::vector<std::size_t>& cuts) {
  ChunkedDecoder decoder;
  Decoded result;
  std::size_t from = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const std::size_t to = i < cuts.size() ? cuts[i] : input.size();
    std::string piece = input.substr(from, to - from);
    if (result.status == ChunkedDecoder::Status::more) {
      const auto step = decoder.decode(piece.data(), piece.size());
      result.body.append(piece, 0, step.data);
      result.status = step.status;
      piece.erase(0, step.used);
    }
    if (result.status != ChunkedDecoder::Status::bad) result.rest += piece;
    from = to;
  }
  return result;
}

TEST(ChunkedDecoder, TakesTheCodingOff) {
  using enum ChunkedDecoder::Status;
  const std::string two = "3\r\nabc\r\n00A;name=\"v\"\r\n0123456789\r\n";
  EXPECT_EQ(decode(two + "0\r\n\r\nnext", {}), (Decoded{"abc0123456789", "next", done}));
  EXPECT_EQ(decode(two + "0\r\nX-Auth: admin\r\nB: c\r\n\r\n", {}), (Decoded{"abc0123456789", "", done}));
  EXPECT_EQ(decode(two + "0\r\nx-!#$%:\r\nB:\t\xc3\xa9 : GET / HTTP/1.1\r\n\r\nGET", {}),
            (Decoded{"abc0123456789", "GET", done}));
  EXPECT_EQ(decode("0\r\n\r\n", {}), (Decoded{"", "", done}));
  EXPECT_EQ(decode(two, {}), (Decoded{"abc0123456789", "", more}));
}

TEST(ChunkedDecoder, SaysTheSameWhereverTheBytesAreCut) {
  const std::string input =
      "b;x=y\r\n\r\n0\r\n\r\nabcd\r\n1F\r\n" + std::string(31, 'z') + "\r\n0\r\nT: v\r\n\r\nGET /";
  const Decoded whole = decode(input, {});
  ASSERT_EQ(whole.status, ChunkedDecoder::Status::done);
  for (std::size_t a = 0; a <= input.size(); ++a) {
    for (std::size_t b = a; b <= input.size(); ++b) ASSERT_EQ(decode(input, {a, b}), whole) << a << "," << b;
  }
}

TEST(ChunkedDecoder, RefusesEverythingElse) {
  for (const std::string& bad : {std::string("+3\r\nabc\r\n"),
                                 std::string(" 3\r\nabc"),
                                 std::string("3 \r\nabc"),
                                 std::string("0x3\r\nabc"),
                                 std::string("\r\n"),
                                 std::string("g\r\n"),
                                 std::string("3\nabc"),
                                 std::string("3\r\nabcd\r\n"),
                                 std::string("3\r\nabc\n0\r\n"),
                                 std::string("3\r\nabc0\r\n"),
                                 std::string("3;a\nb\r\n"),
                                 std::string("3;\0\r\n", 5),
                                 std::string("3;a\rb"),
                                 std::string("1000000000000000\r\n"),
                                 std::string("0000000000000001\r\n"),
                                 std::string("0\r\nA: b\n\r\n"),
                                 std::string("0\r\nA\x01: b\r\n\r\n"),
                                 std::string("0\r\n\rX"),
                                 std::string("0\r\nGET /admin HTTP/1.1\r\nHost: h\r\n\r\n"),
                                 std::string("0\r\nGET http://h/ HTTP/1.1\r\n\r\n"),
                                 std::string("0\r\nA\r\n\r\n"),
                                 std::string("0\r\n: b\r\n\r\n"),
                                 std::string("0\r\nA : b\r\n\r\n"),
                                 std::string("0\r\n A: b\r\n\r\n"),
                                 std::string("0\r\nA: b\r\n c\r\n\r\n"),
                                 std::string("0\r\nA: b\rc\r\n\r\n"),
                                 std::string("0\r\nA: \0\r\n\r\n", 11),
                                 std::string("0\r\n\xc3\xa9: b\r\n\r\n"),
                                 "0\r\nA: " + std::string(9000, 'a') + "\r\n\r\n",
                                 "3;" + std::string(300, 'a') + "\r\n",
                                 "0\r\n" + std::string(9000, 'a') + "\r\n\r\n",
                                 std::string("-1\r\n")}) {
    EXPECT_EQ(decode(bad, {}).status, ChunkedDecoder::Status::bad) << bad.substr(0, 20);
  }
}

}  // namespace
}  // namespace palpo::http
