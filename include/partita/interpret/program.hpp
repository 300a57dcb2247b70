// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A graph made ready for execution: its kernels, and after which op each value is no longer needed.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <partita/interpret/kernel.hpp>

namespace partita::interpret {

class program_set;

/// Refers to the graph, which must outlive it.
class program {
 public:
  template <class Ops>
  explicit program(const basic_graph<Ops>& g)
      : graph_(&g), table_(basic_graph<Ops>::table().data()), kernels_(kernel_table<Ops>()) {
    find_last_uses();
  }

  [[nodiscard]] const graph_base& graph() const { return *graph_; }
  [[nodiscard]] op_view view(op_id o) const { return {*graph_, table_, o}; }
  [[nodiscard]] const kernel_row& kernel(op_id o) const { return kernels_[graph_->code(o)]; }
  /// Whether a region of o reads values from outside of it.
  [[nodiscard]] bool reads_outer_values(op_id o) const { return reads_outer_values_[o.index]; }
  /// Values that no op after o, and no result, reads.
  [[nodiscard]] std::span<const value_id> last_used_by(op_id o) const {
    return {dying_.data() + first_dying_[o.index], dying_.data() + first_dying_[o.index + 1]};
  }

 private:
  // A value lives as long as its region runs at most. Use inside a nested region counts for the op that owns it.
  void find_last_uses() {
    const graph_base& g = *graph_;
    constexpr std::uint32_t unused = ~std::uint32_t{0}, result = unused - 1;
    std::vector<std::uint32_t> last(g.value_count(), unused);
    reads_outer_values_.assign(g.op_count(), false);
    const auto home = [&](value_id v) {
      const op_id o = g.definition(v);
      return o ? g.parent(o) : g.argument_of(v);
    };
    for (std::uint32_t i = 0; i < g.op_count(); ++i) {
      for (const value_id v : g.operands({i})) {
        op_id at{i};
        while (g.parent(at) != home(v)) {
          at = g.owner(g.parent(at));
          reads_outer_values_[at.index] = true;
        }
        last[v.index] = at.index;
      }
      for (const value_id v : g.results(op_id{i})) last[v.index] = i;  // until an op uses it
    }
    for (std::uint32_t i = 0; i < g.region_count(); ++i) {
      for (const value_id v : g.results(region_id{i})) {
        region_id r{i};
        op_id at;
        while (r != home(v)) {
          at = g.owner(r);
          reads_outer_values_[at.index] = true;
          r = g.parent(at);
        }
        if (!at) {
          last[v.index] = result;
        } else if (last[v.index] != result && (last[v.index] == unused || last[v.index] < at.index)) {
          last[v.index] = at.index;
        }
      }
    }
    first_dying_.assign(g.op_count() + 1, 0);
    for (const std::uint32_t o : last) {
      if (o < result) ++first_dying_[o + 1];
    }
    for (std::size_t i = 1; i < first_dying_.size(); ++i) first_dying_[i] += first_dying_[i - 1];
    dying_.resize(first_dying_.back());
    std::vector<std::uint32_t> at(first_dying_.begin(), first_dying_.end());
    for (std::uint32_t v = 0; v < last.size(); ++v) {
      if (last[v] < result) dying_[at[last[v]]++] = {v};
    }
  }

  const graph_base* graph_;
  const op_info* table_;
  std::span<const kernel_row> kernels_;
  std::vector<std::uint32_t> first_dying_;
  std::vector<value_id> dying_;
  std::vector<bool> reads_outer_values_;
};

/// The functions of a module, by name.
class program_set {
 public:
  program_set() = default;
  /// Those of a module, which must outlive them: of anything whose `functions` have a `name` and a `graph` each.
  template <class Module>
    requires requires(const Module& m) { m.functions; }
  explicit program_set(const Module& m) {
    for (const auto& f : m.functions) add(f.name, program(f.graph));
  }

  void add(std::string_view name, program p) { programs_.emplace(std::string(name), std::move(p)); }
  /// Null when there is none of this name.
  [[nodiscard]] const program* find(std::string_view name) const {
    const auto it = programs_.find(std::string(name));
    return it == programs_.end() ? nullptr : &it->second;
  }

 private:
  std::map<std::string, program> programs_;
};

}  // namespace partita::interpret
