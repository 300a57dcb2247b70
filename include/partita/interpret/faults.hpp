// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Faults by choice in collectives, as real networks and wrong compilers make them: what checks a partitioned program
// must notice each of them.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/interpret/machine.hpp>

namespace partita::interpret {

/// One fault in one collective: the one that is the n-th, from 0, for a device.
struct fault {
  enum class kind : std::uint8_t {
    drop,       ///< the device's contribution is left out of a reduction; elsewhere zeros take its place
    duplicate,  ///< it counts twice in a reduction; elsewhere it takes the place of the other device's
    corrupt,    ///< one element of it is changed
    skip,       ///< the collective does not take place: each member keeps its own operands
    swap,       ///< the device and the other get each other's results
  };
  kind of = kind::drop;
  std::size_t collective = 0;  ///< how many collectives the device takes part in before
  std::uint32_t device = 0;
  std::uint32_t other = 0;     ///< of duplicate and swap: another device of the group
};

[[nodiscard]] constexpr std::string_view name_of(fault::kind k) {
  constexpr std::string_view names[] = {"drop", "duplicate", "corrupt", "skip", "swap"};
  return names[static_cast<std::size_t>(k)];
}

/// An array of zeros.
[[nodiscard]] inline array zeros(const type_view& t, numerics n) {
  array a(t, n);
  if (a.byte_count() != 0) std::memset(a.mutable_data(), 0, a.byte_count());
  return a;
}

namespace detail {

template <class T>
[[nodiscard]] T corrupted(T x) {
  if constexpr (is_complex_v<T>) {
    return {corrupted(x.real()), x.imag()};
  } else if constexpr (std::is_floating_point_v<T>) {
    return std::isfinite(x) ? x + 1 + std::fabs(x) : T{0};
  } else if constexpr (std::is_same_v<T, bool>) {
    return !x;
  } else {
    return static_cast<T>(x ^ T{1});
  }
}

inline void corrupt_one(array& a) {
  if (a.size() == 0) return;
  const std::size_t at = a.size() / 2;
  with_type(a.kind(), [&]<class T>() {
    const T before = a.elements<T>()[at];
    a.mutable_elements<T>()[at] = corrupted(before);
    a.normalize();
    // The largest of a narrow format stays what it is.
    if (a.elements<T>()[at] == before) a.mutable_elements<T>()[at] = T{0};
  });
}

[[nodiscard]] inline std::size_t other_member(const exchange& e, const fault& f, std::size_t member) {
  for (std::size_t i = 0; i < e.size(); ++i) {
    if (i != member && e.device(i).number() == f.other) return i;
  }
  e.fail("a fault of kind " + std::string(name_of(f.of)) + " needs another device of the group of device " +
         std::to_string(f.device) + ", and device " + std::to_string(f.other) + " is none");
}

/// Makes a fault in what members contribute. `reduces`: the collective combines them.
inline void make_fault_before(exchange& e, const fault& f, std::size_t member, bool reduces) {
  std::vector<std::size_t>& order = e.contributors();
  switch (f.of) {
    case fault::kind::drop:
      if (reduces) {
        std::erase(order, member);
      } else {
        for (array& a : e.operands(member)) a = zeros(a.type(), e.precision());
      }
      break;
    case fault::kind::duplicate:
      if (reduces) {
        order.insert(std::find(order.begin(), order.end(), member), member);
      } else {
        e.operands(other_member(e, f, member)) = e.operands(member);
      }
      break;
    case fault::kind::corrupt:
      if (!e.operands(member).empty()) corrupt_one(e.operands(member)[0]);
      break;
    default: break;
  }
}

/// Makes a fault in what members receive.
inline void make_fault_after(exchange& e, const fault& f, std::size_t member) {
  if (f.of == fault::kind::swap) {
    std::swap(e.results(member), e.results(other_member(e, f, member)));
  } else if (f.of == fault::kind::skip) {
    for (std::size_t m = 0; m < e.size(); ++m) {
      for (std::size_t i = 0; i < e.results(m).size(); ++i) {
        if (!(e.operand(m, i).type() == e.results(m)[i].type()))
          e.fail("this collective cannot be skipped: its results have other types than its operands");
        e.results(m)[i] = e.operand(m, i);
      }
    }
  }
}

}  // namespace detail
}  // namespace partita::interpret
