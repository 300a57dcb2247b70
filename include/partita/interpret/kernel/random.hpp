// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Random numbers (StableHLO specification: rng, rng_bit_generator). The specification leaves the numbers open;
// rng_bit_generator gives those that XLA gives, so that results can be compared bit by bit: Threefry-2x32 with 20
// rounds and Philox-4x32 with 10 (Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011), DEFAULT being
// Philox.

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include <partita/interpret/kernel/strides.hpp>
#include <partita/interpret/machine.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

namespace detail {

/// Words of a generator, the low one of a pair first.
using words_2 = std::array<std::uint32_t, 2>;
using words_4 = std::array<std::uint32_t, 4>;

[[nodiscard]] constexpr words_2 words_of(std::uint64_t x) {
  return {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(x >> 32)};
}

[[nodiscard]] constexpr words_2 threefry(words_2 x, const words_2& key) {
  constexpr int rotations[] = {13, 15, 26, 6, 17, 29, 16, 24};
  const std::uint32_t keys[] = {key[0], key[1], 0x1bd11bdau ^ key[0] ^ key[1]};
  x[0] += keys[0];
  x[1] += keys[1];
  for (std::uint32_t group = 0; group < 5; ++group) {
    for (std::uint32_t i = 0; i < 4; ++i) {
      x[0] += x[1];
      x[1] = std::rotl(x[1], rotations[4 * (group % 2) + i]) ^ x[0];
    }
    x[0] += keys[(group + 1) % 3];
    x[1] += keys[(group + 2) % 3] + group + 1;
  }
  return x;
}

[[nodiscard]] constexpr words_4 philox(words_4 x, words_2 key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xd2511f53u} * x[0], b = std::uint64_t{0xcd9e8d57u} * x[2];
    x = {static_cast<std::uint32_t>(b >> 32) ^ x[1] ^ key[0], static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ x[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9e3779b9u;
    key[1] += 0xbb67ae85u;
  }
  return x;
}

/// Random bits, one word of 32 or 64 bits for each element, and the state after them.
struct random_bits {
  std::vector<std::uint64_t> words;
  std::vector<std::uint64_t> state;
};

/// State is key and counter. Words of 64 bits take one step each. Of 32 bits a step gives two: neighbours along the
/// first dim of even size, or else along the largest dim, as if that had one index more.
[[nodiscard]] inline random_bits threefry_bits(std::span<const std::uint64_t> state, const size_list& dims, bool wide) {
  const words_2 key = words_of(state[0]);
  random_bits r{{}, {state[0], state[1]}};
  const std::size_t count = product(dims.view());
  r.words.resize(count);
  if (wide || dims.empty()) {
    for (std::size_t i = 0; i < count; ++i) {
      const words_2 x = threefry(words_of(state[1] + i), key);
      r.words[i] = wide ? x[0] | std::uint64_t{x[1]} << 32 : x[0];
    }
    r.state[1] += count;
    return r;
  }
  std::size_t split = 0;
  while (split < dims.size() && dims[split] % 2 != 0) ++split;
  if (split == dims.size()) {
    split = 0;
    for (std::size_t d = 1; d < dims.size(); ++d) {
      if (dims[d] > dims[split]) split = d;
    }
  }
  std::size_t outer = 1, inner = 1;
  for (std::size_t d = 0; d < dims.size(); ++d) {
    if (d != split) (d < split ? outer : inner) *= static_cast<std::size_t>(dims[d]);
  }
  const auto size = static_cast<std::size_t>(dims[split]), half = (size + 1) / 2;
  for (std::size_t step = 0; step < outer * half * inner; ++step) {
    const words_2 x = threefry(words_of(state[1] + step), key);
    const std::size_t o = step / (half * inner), h = step / inner % half, i = step % inner;
    const std::size_t at = (o * size + 2 * h) * inner + i;
    r.words[at] = x[0];
    if (2 * h + 1 < size) r.words[at + inner] = x[1];
  }
  r.state[1] += outer * half * inner;
  return r;
}

/// State is key and counter of two words, or key and the counter's low word, whose high word is the key. A step gives
/// four words of 32 bits or two of 64.
[[nodiscard]] inline random_bits philox_bits(std::span<const std::uint64_t> state, std::size_t count, bool wide) {
  const words_2 key = words_of(state[0]);
  const std::uint64_t low = state[1], high = state.size() == 3 ? state[2] : state[0];
  random_bits r{{}, {state.begin(), state.end()}};
  r.words.resize(count);
  const std::size_t per_step = wide ? 2 : 4, steps = (count + per_step - 1) / per_step;
  for (std::size_t step = 0; step < steps; ++step) {
    const std::uint64_t at = low + step;
    const words_2 a = words_of(at), b = words_of(high + (at < low ? 1 : 0));
    const words_4 x = philox({a[0], a[1], b[0], b[1]}, key);
    for (std::size_t k = 0; k < per_step && step * per_step + k < count; ++k)
      r.words[step * per_step + k] = wide ? x[2 * k] | std::uint64_t{x[2 * k + 1]} << 32 : x[k];
  }
  r.state[1] = low + steps;
  if (state.size() == 3) r.state[2] = high + (r.state[1] < low ? 1 : 0);
  return r;
}

/// A number in [0, 1) with all bits of a double's significand.
[[nodiscard]] inline double unit_interval(std::uint32_t high, std::uint32_t low) {
  return std::ldexp(static_cast<double>((std::uint64_t{high} << 32 | low) >> 11), -53);
}

/// Element i of what rng gives: always the same for one place in the program, and different for another.
class counted_numbers {
 public:
  explicit counted_numbers(std::uint32_t place) : place_(place) {}
  [[nodiscard]] double uniform(std::uint64_t i) const {
    const words_4 x = draw(i);
    return unit_interval(x[0], x[1]);
  }
  [[nodiscard]] std::uint64_t integer(std::uint64_t i) const {
    const words_4 x = draw(i);
    return x[0] | std::uint64_t{x[1]} << 32;
  }
  /// Box-Muller transform.
  [[nodiscard]] double normal(std::uint64_t i) const {
    const words_4 x = draw(i);
    const double radius = std::sqrt(-2 * std::log(1 - unit_interval(x[0], x[1])));
    return radius * std::cos(6.283185307179586 * unit_interval(x[2], x[3]));
  }

 private:
  [[nodiscard]] words_4 draw(std::uint64_t i) const {
    const words_2 at = words_of(i);
    return philox({at[0], at[1], place_, 0}, {0, 0});
  }
  std::uint32_t place_;
};

}  // namespace detail

template <>
struct kernel<op::rng_bit_generator> {
  static void run(invocation& call, const op::rng_bit_generator::attributes& a) {
    const auto state = call.operand(0).elements<std::uint64_t>();
    const bool counter = a.rng_algorithm == op::rng_algorithm::THREE_FRY;
    if (counter ? state.size() != 2 : state.size() != 2 && state.size() != 3)
      call.fail("the state has " + std::to_string(state.size()) + " words but must have " + (counter ? "2" : "2 or 3"));
    if (!call.result_type(1).is_static()) call.fail("the size of the result must be known");
    array bits = call.make_result(1);
    const bool wide = bits_of(bits.element()) == 64;
    const detail::random_bits random =
        counter ? detail::threefry_bits(state, bits.dims(), wide) : detail::philox_bits(state, bits.size(), wide);
    // The low bits of each word, read as an element of the result's type.
    with_type(bits.kind(), [&]<class T>() {
      const auto out = bits.mutable_elements<T>();
      for (std::size_t i = 0; i < out.size(); ++i) {
        std::uint8_t bytes[8];
        for (std::size_t k = 0; k < 8; ++k) bytes[k] = static_cast<std::uint8_t>(random.words[i] >> (8 * k));
        if constexpr (!is_complex_v<T>) out[i] = element_from_bits<T>(bits.element(), bytes);
      }
    });
    array next = call.make_result(0);
    std::copy(random.state.begin(), random.state.end(), next.mutable_elements<std::uint64_t>().begin());
    call.set(0, std::move(next));
    call.set(1, std::move(bits));
  }
};

/// Numbers of a generator that counts elements: every execution of an op gives the same.
template <>
struct kernel<op::rng> {
  static void run(invocation& call, const op::rng::attributes& a) {
    array out(call.result_type().element, detail::sizes_of(call, 2).view(), call.precision());
    const detail::counted_numbers numbers(call.op().id().index);
    with_type(out.kind(), [&]<class T>() {
      const T first = call.operand(0).elements<T>()[0], second = call.operand(1).elements<T>()[0];
      const auto to = out.mutable_elements<T>();
      for (std::size_t i = 0; i < to.size(); ++i) {
        if constexpr (std::is_same_v<T, bool>) {
          to[i] = first == second ? first : numbers.integer(i) % 2 != 0;
        } else if constexpr (std::is_integral_v<T>) {
          // From [first, second); all of it when that is empty.
          const auto width = static_cast<std::uint64_t>(second) - static_cast<std::uint64_t>(first);
          const std::uint64_t x = first < second ? numbers.integer(i) % width : 0;
          to[i] = static_cast<T>(static_cast<std::uint64_t>(first) + x);
        } else if constexpr (std::is_floating_point_v<T>) {
          const auto low = static_cast<double>(first), high = static_cast<double>(second);
          to[i] = static_cast<T>(a.rng_distribution == op::rng_distribution::NORMAL
                                     ? low + high * numbers.normal(i)
                                     : low + (high - low) * numbers.uniform(i));
        }
      }
    });
    out.normalize();
    // Rounding may have reached the upper bound, which does not belong to the interval.
    if (a.rng_distribution == op::rng_distribution::UNIFORM) {
      with_type(out.kind(), [&]<class T>() {
        if constexpr (std::is_floating_point_v<T>) {
          const T low = call.operand(0).elements<T>()[0], high = call.operand(1).elements<T>()[0];
          for (T& x : out.mutable_elements<T>()) x = x == high ? low : x;
        }
      });
    }
    call.set(std::move(out));
  }
};

}  // namespace partita::interpret
