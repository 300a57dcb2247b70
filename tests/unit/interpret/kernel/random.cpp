// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Known answers of the generators are those of the authors' reference implementation (Random123); order of the results
// and new states were taken from XLA 0.10 on CPU.
#include <partita/interpret/kernel/random.hpp>

#include "matrix_testing.hpp"

using namespace matrix_testing;
namespace detail = partita::interpret::detail;

namespace {

std::vector<doubles> bits(const std::string& algorithm, const std::string& dims, const std::string& state) {
  const std::string type = "tensor<" + dims + "xui32>", of = "tensor<2xui64>";
  const auto results = run_all("() -> (" + of + ", " + type + ")",
                               "%s = stablehlo.constant dense<" + state + "> : " + of +
                                   "\n%n, %b = stablehlo.rng_bit_generator %s, algorithm = " + algorithm + " : (" + of +
                                   ") -> (" + of + ", " + type + ")\nreturn %n, %b : " + of + ", " + type);
  return {numbers(results[0]), numbers(results[1])};
}

}  // namespace

TEST_CASE("generators: known answers") {
  using detail::philox, detail::threefry, detail::words_2, detail::words_4;
  constexpr std::uint32_t all = 0xffffffffu;
  static_assert(threefry({0, 0}, {0, 0}) == words_2{0x6b200159u, 0x99ba4efeu});
  static_assert(threefry({all, all}, {all, all}) == words_2{0x1cb996fcu, 0xbb002be7u});
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == words_4{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u});
  CHECK(philox({all, all, all, all}, {all, all}) == words_4{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu});
}

TEST_CASE("rng_bit_generator: XLA's order and new state") {
  // Key 0x2222222211111111, counter 2^64 - 2.
  const std::string state = "[2459565876208275729, 18446744073709551614]";
  CHECK(bits("THREE_FRY", "3x2", state) ==
        std::vector<doubles>{{2459565876208275729.0, 1},
                             {0x3d6a1f9e, 0x25908914, 0xacaf633e, 0xb2e44b2d, 0xf242819b, 0x0e6e85fa}});
  CHECK(bits("THREE_FRY", "3x3", state)[1] == doubles{0x3d6a1f9e, 0xacaf633e, 0xf242819b, 0x25908914, 0xb2e44b2d,
                                                      0x0e6e85fa, 0x9e8bc6e4, 0x18844dae, 0x1b5977af});
  const std::vector<doubles> philox = {
      {2459565876208275729.0, 1},
      {0x85d13639, 0xd9593ec1, 0x7e8cecda, 0xe39fc4ad, 0x71581d48, 0x1f20a012, 0xaca8c5b2, 0x5d80a5cf, 0xf961edf5}};
  CHECK(bits("PHILOX", "3x3", state) == philox);
  CHECK(bits("DEFAULT", "3x3", state) == philox);
}

TEST_CASE("rng: numbers of the distribution, the same each time") {
  const auto draw = [](const std::string& type, const std::string& low, const std::string& high,
                       const std::string& kind) {
    return run("() -> tensor<1000x" + type + ">",
               "%a = stablehlo.constant dense<" + low + "> : tensor<" + type + ">\n%b = stablehlo.constant dense<" +
                   high + "> : tensor<" + type + ">\n%s = stablehlo.constant dense<1000> : tensor<1xi64>\n" +
                   "%r = \"stablehlo.rng\"(%a, %b, %s) {rng_distribution = #stablehlo<rng_distribution " + kind +
                   ">} : (tensor<" + type + ">, tensor<" + type + ">, tensor<1xi64>) -> tensor<1000x" + type +
                   ">\nreturn %r : tensor<1000x" + type + ">");
  };
  double mean = 0, square = 0;
  for (const double x : draw("f64", "2.0", "3.0", "NORMAL")) mean += x / 1000, square += (x - 2) * (x - 2) / 1000;
  // Four deviations of the mean and of the variance of 1000 numbers.
  CHECK(std::abs(mean - 2) < 4 * 3 / std::sqrt(1000.0));
  CHECK(std::abs(square - 9) < 4 * 9 * std::sqrt(2 / 1000.0));
  for (const double x : draw("bf16", "0.0", "1.0", "UNIFORM")) CHECK((x >= 0 && x < 1));
  for (const double x : draw("i8", "-128", "127", "UNIFORM")) CHECK((x >= -128 && x < 127));
  CHECK(draw("f64", "0.0", "1.0", "UNIFORM") == draw("f64", "0.0", "1.0", "UNIFORM"));
}
