// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Named dimensions: which dims of a program split together. Every dim of every value has a name. An op gives one name
// to the dims that a factor of its rule runs through (identities); what defines a value and what uses it call the same
// dim by names of their own, which the value joins (maps). What is joined has one colour. Splitting the dims of one
// colour over an axis moves no data, except to reduce, where the colour has neither conflicts (conflicts.hpp) nor
// walls.
//
// The names are those that propagation sees (evidence.hpp): a dim made of several factors goes by its major one, and a
// factor that cannot be split on its own joins nothing. Time and memory are linear in the size of the program.
// Source: TOAST (arXiv 2508.15010), for names, identities, maps and colours.

#include <cstddef>
#include <cstdint>

#include <partita/propagate/evidence.hpp>
#include <partita/propagate/layer_stack.hpp>
#include <partita/support/checked.hpp>
#include <partita/support/key_table.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

/// Index of a colour; false for what has none.
using colour_id = detail::index_of<struct colour_tag>;

struct dim_of_value {
  value_id value;
  std::uint8_t dim = 0;
  [[nodiscard]] friend constexpr bool operator==(const dim_of_value&, const dim_of_value&) = default;
};

/// What is known of the dims of one colour.
struct colour {
  std::int64_t size = 0;         ///< greatest common divisor of all sizes: what an axis must divide to split all of it
  std::int64_t largest = 0;      ///< size of the largest dim
  std::int64_t bytes = 0;        ///< of all values that have such a dim
  std::uint32_t values = 0;      ///< how many these are
  std::uint32_t arguments = 0;   ///< how many of them are arguments of the program
  std::uint32_t units = 0;       ///< units of decision that split along it; with none, no op can use a split
  std::uint32_t reductions = 0;  ///< of these, how many reduce over it
  std::uint32_t walls = 0;       ///< uses that want the dim whole: a split is gathered there
  bool stacks_layers = false;    ///< a loop takes one slice of it per trip
  std::uint64_t likeness = 0;    ///< equal for colours of the same structure, as in repeated layers
};

namespace detail {

[[nodiscard]] constexpr std::int64_t common_divisor(std::int64_t a, std::int64_t b) {
  while (b != 0) {
    const std::int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/// A key with a type mixed in.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t h, const type_view& t) {
  h = mixed(h, static_cast<std::uint64_t>(t.element));
  for (const std::int64_t d : t.dims) h = mixed(h, static_cast<std::uint64_t>(d));
  return h;
}

/// The rule of a unit as a number: equal for equal ops on equal shapes.
template <class Graph>
[[nodiscard]] constexpr std::uint64_t likeness_of(const Graph& g, const rule_table& rules, unit_id u) {
  std::uint64_t h = mixed(rules.slots(u).size(), g.code(rules[u].op));
  for (const slot& s : rules.slots(u)) h = mixed(h, g.type(s.value));
  return h;
}

}  // namespace detail

class named_dims {
 public:
  template <class Graph>
  constexpr named_dims(const Graph& g, const rule_table& rules, const dataflow& flow, const layer_stacks& stacks)
      : rules_(&rules) {
    make_names(g, flow);
    join_names(flow);
    number_colours();
    describe(g, flow, stacks);
  }

  [[nodiscard]] constexpr std::size_t size() const { return colours_.size(); }
  [[nodiscard]] constexpr const colour& operator[](colour_id c) const { return colours_[c.index]; }
  [[nodiscard]] constexpr id_range<colour_id> colours() const {
    return {0, static_cast<std::uint32_t>(colours_.size())};
  }

  /// Colour of a dim. None has a dim of size 1, one whose size is not known, and any dim of a value that follows from
  /// constants alone, since each use makes its own.
  [[nodiscard]] constexpr colour_id of(value_id v, std::size_t d) const { return colour_at(first_name_[v.index] + d); }
  /// Colour of a factor. None has one that cannot be split alone, or that only constants hold.
  [[nodiscard]] constexpr colour_id of(unit_id u, factor_index f) const {
    return colour_at(factors_begin() + (*rules_)[u].first_factor + f);
  }
  /// The factor by which unit u names dim d of slot s, if it can be split alone; else no_factor.
  [[nodiscard]] constexpr int factor_of(unit_id u, const slot& s, std::size_t d) const {
    const int f = major_factor(*rules_, u, s, d);
    return f != no_factor && names_[factors_begin() + (*rules_)[u].first_factor + static_cast<std::size_t>(f)] != none
               ? f
               : no_factor;
  }

  /// Dims of a colour in order of values: arguments of the program come first.
  [[nodiscard]] constexpr list_view<dim_of_value> dims(colour_id c) const {
    const std::uint32_t begin = first_dim_[c.index];
    return {dims_.data() + begin, first_dim_[c.index + 1] - begin};
  }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  [[nodiscard]] constexpr std::size_t factors_begin() const { return first_name_[first_name_.size() - 1]; }
  [[nodiscard]] constexpr colour_id colour_at(std::size_t name) const {
    return names_[name] == none ? colour_id{} : colour_id{colour_of_[name]};
  }

  /// The factor that a split of the dim fills first.
  [[nodiscard]] static constexpr int major_factor(const rule_table& rules, unit_id u, const slot& s, std::size_t d) {
    for (const factor_index f : rules.dim(s, d)) {
      if (rules.factors(u)[f].size != 1) return f;
    }
    return no_factor;
  }

  // A name is a dim of a value or a factor of a unit. names_ is a forest: a name's parent, itself at a root, none for
  // what has no name.
  template <class Graph>
  constexpr void make_names(const Graph& g, const dataflow& flow) {
    first_name_.assign(g.value_count() + 1, 0);
    for (std::uint32_t i = 0; i < g.value_count(); ++i) {
      const type_view t = g.type(value_id{i});
      const bool free = t.is_tensor() && !flow.is_constant(value_id{i});
      first_name_[i] = static_cast<std::uint32_t>(names_.size());
      for (std::size_t d = 0; d < (t.is_tensor() ? t.rank() : 0); ++d) {
        names_.push_back(free && t.dims[d] > 1 ? static_cast<std::uint32_t>(names_.size()) : none);
      }
    }
    first_name_[g.value_count()] = static_cast<std::uint32_t>(names_.size());
    for (const unit_id u : rules_->units()) {
      for (const factor& f : rules_->factors(u)) {
        const bool free = f.splits() && !f.blocked && f.size > 1;
        names_.push_back(free ? static_cast<std::uint32_t>(names_.size()) : none);
      }
      // A factor that is minor in some dim can be split only once the major ones are.
      for (const slot& s : rules_->slots(u)) {
        for (std::size_t d = 0; d < s.rank; ++d) {
          if (rules_->dim(s, d).size() < 2) continue;
          const int major = major_factor(*rules_, u, s, d);
          for (const factor_index f : rules_->dim(s, d)) {
            if (f != major) names_[factors_begin() + (*rules_)[u].first_factor + f] = none;
          }
        }
      }
    }
  }

  [[nodiscard]] constexpr std::uint32_t root_of(std::uint32_t name) {
    while (names_[name] != name) {
      names_[name] = names_[names_[name]];
      name = names_[name];
    }
    return name;
  }

  constexpr void join_names(const dataflow& flow) {
    for (const unit_id u : rules_->units()) {
      for (const slot& s : rules_->slots(u)) {
        if (flow.is_constant(s.value)) continue;
        for (std::size_t d = 0; d < s.rank; ++d) {
          const std::uint32_t dim = first_name_[s.value.index] + static_cast<std::uint32_t>(d);
          const int f = factor_of(u, s, d);
          if (f == no_factor || names_[dim] == none) continue;
          const std::uint32_t a = root_of(dim);
          const std::uint32_t b = root_of(static_cast<std::uint32_t>(factors_begin()) + (*rules_)[u].first_factor +
                                          static_cast<std::uint32_t>(f));
          // The smaller is the root, so that a root is a dim, and the first of its colour.
          names_[a < b ? b : a] = a < b ? a : b;
        }
      }
    }
  }

  constexpr void number_colours() {
    colour_of_.assign(names_.size(), none);
    std::uint32_t count = 0;
    for (std::uint32_t name = 0; name < names_.size(); ++name) {
      if (names_[name] == none) continue;
      const std::uint32_t root = root_of(name);
      if (root == name && name < factors_begin()) colour_of_[name] = count++;
      colour_of_[name] = colour_of_[root];
    }
    colours_.assign(count, {});
  }

  template <class Graph>
  constexpr void describe(const Graph& g, const dataflow& flow, const layer_stacks& stacks) {
    first_dim_.assign(colours_.size() + 1, 0);
    for (std::size_t name = 0; name < factors_begin(); ++name) {
      if (names_[name] != none) ++first_dim_[colour_of_[name] + 1];
    }
    for (std::size_t c = 0; c < colours_.size(); ++c) first_dim_[c + 1] += first_dim_[c];
    dims_.assign(first_dim_[colours_.size()], {});
    plain_vector<std::uint32_t> next = first_dim_;
    for (std::uint32_t i = 0; i < g.value_count(); ++i) {
      const type_view t = g.type(value_id{i});
      for (std::uint32_t d = 0; d < first_name_[i + 1] - first_name_[i]; ++d) {
        const colour_id c = of(value_id{i}, d);
        if (!c) continue;
        colour& e = colours_[c.index];
        e.size = detail::common_divisor(e.size, t.dims[d]);
        e.largest = e.largest < t.dims[d] ? t.dims[d] : e.largest;
        e.stacks_layers = e.stacks_layers || stacks(value_id{i}, d);
        const bool first_of_value =
            next[c.index] == first_dim_[c.index] || !(dims_[next[c.index] - 1].value == value_id{i});
        dims_[next[c.index]++] = {value_id{i}, static_cast<std::uint8_t>(d)};
        if (!first_of_value) continue;
        ++e.values;
        e.bytes = checked_add(e.bytes, t.bytes());
        if (g.argument_of(value_id{i}) == g.body()) {
          ++e.arguments;
          e.likeness += detail::mixed(detail::mixed(1, t), d);
        }
      }
    }
    for (const unit_id u : rules_->units()) describe_unit(g, flow, u);
    for (std::uint32_t i = 0; i < g.op_count(); ++i) {
      // Regions that combine or compare elements see whole values.
      if (!rules_->units(op_id{i}).empty()) continue;
      for (const value_id v : g.operands(op_id{i})) {
        for (std::uint32_t d = 0; d < first_name_[v.index + 1] - first_name_[v.index]; ++d) add_wall(v, d);
      }
    }
    for (colour& e : colours_) e.likeness = detail::mixed(e.likeness, static_cast<std::uint64_t>(e.size));
  }

  template <class Graph>
  constexpr void describe_unit(const Graph& g, const dataflow& flow, unit_id u) {
    const auto factors = rules_->factors(u);
    std::uint64_t likeness = 0;
    for (std::size_t i = 0; i < factors.size(); ++i) {
      const colour_id c = of(u, static_cast<factor_index>(i));
      if (!c) continue;
      if (likeness == 0) likeness = detail::likeness_of(g, *rules_, u);
      colour& e = colours_[c.index];
      e.size = detail::common_divisor(e.size, factors[i].size);
      ++e.units;
      e.reductions += factors[i].kind == factor_kind::reduction ? 1u : 0u;
      e.likeness += detail::mixed(likeness, i);
    }
    for (const slot& s : rules_->slots(u)) {
      if (!s.is_use() || flow.is_constant(s.value)) continue;
      for (std::size_t d = 0; d < s.rank; ++d) {
        if (factor_of(u, s, d) == no_factor) add_wall(s.value, d);
      }
    }
  }
  constexpr void add_wall(value_id v, std::size_t d) {
    if (const colour_id c = of(v, d)) ++colours_[c.index].walls;
  }

  const rule_table* rules_;
  plain_vector<std::uint32_t> first_name_, names_, colour_of_;
  plain_vector<colour> colours_;
  plain_vector<std::uint32_t> first_dim_;
  plain_vector<dim_of_value> dims_;
};

}  // namespace partita
