// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Inputs for comparing two programs: drawn so that mistakes show and results stay finite. No two elements are alike by
// construction, signs vary unless a square root or a logarithm is reached, and indices lie within what they index.

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include <partita/interpret/array.hpp>
#include <partita/op.hpp>
#include <partita/support/split_mix.hpp>

namespace partita::interpret {

namespace detail {

/// What the uses of an argument say about the numbers that make sense for it.
struct number_range {
  bool positive = false;                                          // a root or a logarithm is taken of it
  std::int64_t below = std::numeric_limits<std::int64_t>::max();  // it chooses among so many
};

/// Follows values forward through ops that keep numbers what they are: moved, converted, scaled, shifted.
template <class Ops>
class range_finder {
 public:
  explicit range_finder(const basic_graph<Ops>& g) : g_(g), seen_(g.value_count(), 0) {
    first_use_.assign(g.value_count() + 1, 0);
    for (std::uint32_t o = 0; o < g.op_count(); ++o) {
      for (const value_id v : g.operands({o})) ++first_use_[v.index + 1];
    }
    for (std::size_t i = 1; i < first_use_.size(); ++i) first_use_[i] += first_use_[i - 1];
    uses_.resize(first_use_.back());
    std::vector<std::uint32_t> at(first_use_.begin(), first_use_.end());
    for (std::uint32_t o = 0; o < g.op_count(); ++o) {
      for (const value_id v : g.operands({o})) uses_[at[v.index]++] = {o};
    }
  }

  [[nodiscard]] number_range operator()(value_id start) {
    number_range range;
    ++round_;
    std::vector<value_id> work{start};
    seen_[start.index] = round_;
    while (!work.empty()) {
      const value_id v = work.back();
      work.pop_back();
      for (std::uint32_t i = first_use_[v.index]; i < first_use_[v.index + 1]; ++i) visit(uses_[i], v, range, work);
    }
    return range;
  }

 private:
  void push(value_id v, std::vector<value_id>& work) {
    if (seen_[v.index] == round_) return;
    seen_[v.index] = round_;
    work.push_back(v);
  }

  void visit(op_id o, value_id v, number_range& range, std::vector<value_id>& work) {
    constexpr std::string_view roots[] = {"sqrt", "rsqrt", "log", "log_plus_one", "power", "cbrt"};
    constexpr std::string_view keeps[] = {"convert", "reshape", "broadcast_in_dim", "transpose", "slice", "concatenate",
                                          "select", "add", "subtract", "multiply", "divide", "clamp", "minimum",
                                          "maximum", "dynamic_slice", "dynamic_update_slice", "reverse", "pad",
                                          "optimization_barrier", "all_gather"};
    std::string_view name = g_.info(o).name;
    if (name.starts_with("stablehlo.")) name.remove_prefix(10);
    const auto operands = g_.operands(o);
    const bool integer = !is_float(g_.type(v).element) && !is_complex(g_.type(v).element);
    for (const std::string_view root : roots) {
      if (!integer && name == root && operands[0] == v) range.positive = true;
    }
    if (name == "gather" && operands[1] == v) {
      for (const std::uint8_t d : g_.template attributes<op::gather>(o).dims.start_index_map)
        limit(range, g_.type(operands[0]).dims[d]);
    } else if (name == "scatter" && g_.template is<op::scatter>(o) && operands[(operands.size() - 1) / 2] == v) {
      for (const std::uint8_t d : g_.template attributes<op::scatter>(o).dims.scatter_dims_to_operand_dims)
        limit(range, g_.type(operands[0]).dims[d]);
    } else if (name == "dynamic_slice" || name == "dynamic_update_slice") {
      const std::size_t first = name == "dynamic_slice" ? 1 : 2;
      for (std::size_t i = first; i < operands.size(); ++i) {
        if (operands[i] == v) limit(range, g_.type(operands[0]).dims[i - first]);
      }
    } else if (name == "compare" && integer) {
      const value_id other = operands[0] == v ? operands[1] : operands[0];
      if (const std::int64_t n = counted(other); n > 0) limit(range, n);
    }
    if (name == "multiply" && operands[0] == operands[1]) return;
    if (name == "divide" && operands[0] != v) return;
    bool passes = false;
    for (const std::string_view keep : keeps) passes = passes || name == keep;
    if (name == "dynamic_slice" || name == "dynamic_update_slice") passes = operands[0] == v;
    if (name == "select") passes = operands[0] != v;
    if (name == "optimization_barrier" || name == "while") {
      for (std::size_t i = 0; i < operands.size(); ++i) {
        if (operands[i] != v) continue;
        push(g_.results(o)[i], work);
        for (const region_id r : g_.regions(o)) push(g_.arguments(r)[i], work);
      }
    } else if (passes) {
      push(g_.results(o)[0], work);
    }
  }

  static void limit(number_range& range, std::int64_t n) {
    if (n > 0 && n < range.below) range.below = n;
  }
  /// How far an iota counts that v comes from; 0 when it comes from none.
  std::int64_t counted(value_id v) const {
    for (int steps = 0; steps < 8; ++steps) {
      const op_id o = g_.definition(v);
      if (!o) return 0;
      if (g_.template is<op::iota>(o)) {
        return g_.type(v).dims[static_cast<std::size_t>(g_.template attributes<op::iota>(o).dimension)];
      }
      if (g_.operands(o).size() != 1) return 0;
      v = g_.operands(o)[0];
    }
    return 0;
  }

  const basic_graph<Ops>& g_;
  std::vector<std::uint32_t> first_use_;
  std::vector<op_id> uses_;
  std::vector<std::uint32_t> seen_;
  std::uint32_t round_ = 0;
};

}  // namespace detail

/// Draws the arguments of a program, each exactly representable in its own element type; as bytes in that type.
template <class Ops>
[[nodiscard]] std::vector<std::vector<std::uint8_t>> draw_arguments(const basic_graph<Ops>& g, std::uint64_t seed) {
  split_mix random(seed);
  detail::range_finder<Ops> ranges(g);
  std::vector<std::vector<std::uint8_t>> arguments;
  for (const value_id v : g.arguments()) {
    const type_view t = g.type(v);
    const detail::number_range range = ranges(v);
    array a(t, numerics::own);
    std::int64_t largest = 1;
    for (const std::int64_t d : t.dims) largest = d > largest ? d : largest;
    // Sums over the largest dim of products with numbers around one stay around one.
    const double scale = t.rank() < 2 ? 1.0 : std::sqrt(3.0 / static_cast<double>(largest));
    with_type(a.kind(), [&]<class T>() {
      const auto draw = [&] { return range.positive ? 0.25 + random.unit() : (2 * random.unit() - 1) * scale; };
      for (T& x : a.mutable_elements<T>()) {
        if constexpr (is_complex_v<T>) {
          using part = typename T::value_type;
          const double real = draw();
          x = T(static_cast<part>(real), static_cast<part>(draw()));
        } else if constexpr (std::is_same_v<T, bool>) {
          x = random.below(2) != 0;
        } else if constexpr (std::is_integral_v<T>) {
          const bool bounded = range.below != std::numeric_limits<std::int64_t>::max();
          x = static_cast<T>(bounded ? random.below(static_cast<std::uint64_t>(range.below)) : 1 + random.below(5));
        } else {
          x = static_cast<T>(draw());
        }
      }
    });
    a.normalize();
    arguments.push_back(to_bytes(a));
  }
  return arguments;
}

/// Arguments from their bytes, under either numerics.
template <class Ops>
[[nodiscard]] std::vector<array> arguments_from_bytes(const basic_graph<Ops>& g,
                                                      const std::vector<std::vector<std::uint8_t>>& bytes, numerics n) {
  std::vector<array> arguments;
  for (std::size_t i = 0; i < bytes.size(); ++i) arguments.push_back(array_from_bytes(g.type(g.arguments()[i]), bytes[i], n));
  return arguments;
}

}  // namespace partita::interpret
