// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The most memory that a program needs at once when its ops run in program order, every value is freed after
// its last use, and fused values are never stored.

#include <cstdint>
#include <vector>

#include <partita/ir/graph.hpp>
#include <partita/simulate/fusion.hpp>
#include <partita/support/list_view.hpp>

namespace partita {

namespace detail {

template <class Ops>
class liveness {
 public:
  constexpr liveness(const basic_graph<Ops>& g, const fusion_plan& fusion, list_view<std::uint8_t> donated)
      : g_(g), fusion_(fusion) {
    buffers_.assign(g.value_count(), {});
    assign(g.body());
    const auto arguments = g.arguments();
    for (std::size_t i = 0; i < arguments.size(); ++i) own(arguments[i]);
    find_last_uses(g.body());
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      buffer& b = buffers_[arguments[i].index];
      if (donated[i] == 0 || b.last_use == never) b.last_use = always;
    }
    first_death_.assign(g.op_count(), none);
    next_death_.assign(g.value_count(), none);
    for (std::uint32_t v = 0; v < buffers_.size(); ++v) {
      const std::uint32_t last = buffers_[v].last_use;
      if (buffers_[v].owner != v || last == never || last == always) continue;
      next_death_[v] = first_death_[last];
      first_death_[last] = v;
    }
  }

  [[nodiscard]] constexpr std::int64_t peak() {
    live_ = peak_ = 0;
    grow(constants_);
    for (const value_id v : g_.arguments()) grow(fusion_.bytes(g_, v));
    run(g_.body());
    return peak_;
  }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  static constexpr std::uint32_t never = none, always = none - 1;

  struct buffer {
    std::uint32_t owner = none;      // value whose memory this is; none: not stored
    std::uint32_t last_use = never;  // op, in the owner's region, after which the memory is free
    bool freed = false;
  };

  constexpr void own(value_id v) { buffers_[v.index].owner = v.index; }
  constexpr void share(value_id v, value_id with) { buffers_[v.index].owner = buffers_[with.index].owner; }
  [[nodiscard]] constexpr bool owns(value_id v) const { return buffers_[v.index].owner == v.index; }
  [[nodiscard]] constexpr bool transparent(op_id o) const {
    return g_.info(o).traits.transparent && !g_.regions(o).empty();
  }
  [[nodiscard]] constexpr bool loops(op_id o) const { return g_.info(o).traits.loop && g_.regions(o).size() == 2; }
  [[nodiscard]] constexpr bool carries_unchanged(op_id loop, std::size_t k) const {
    const region_id body = g_.regions(loop)[1];
    return g_.results(body)[k] == g_.arguments(body)[k];
  }

  // --- who owns the memory of a value ----------------------------------------------------------------------

  constexpr void assign(region_id r) {
    if (r == g_.body()) {
      for (const value_id v : g_.arguments(r)) own(v);
    }
    for (op_id o = g_.first_op(r); !(o == g_.end_op(r)); o = g_.next(o)) assign(o);
  }

  constexpr void assign(op_id o) {
    const auto operands = g_.operands(o);
    const auto results = g_.results(o);
    if (loops(o)) {
      const region_id condition = g_.regions(o)[0], body = g_.regions(o)[1];
      for (std::size_t k = 0; k < operands.size(); ++k) {
        const bool unchanged = carries_unchanged(o, k);
        share(g_.arguments(condition)[k], operands[k]);
        for (const value_id v : {g_.arguments(body)[k], results[k]}) {
          if (unchanged) {
            share(v, operands[k]);
          } else {
            own(v);
          }
        }
      }
      assign(condition);
      assign(body);
      return;
    }
    if (transparent(o)) {
      for (const region_id r : g_.regions(o)) assign(r);
    }
    const op_info& info = g_.info(o);
    if (info.constant != nullptr && !info.constant(g_.view(o)).splat) {
      constants_ = checked_add(constants_, fusion_.result_bytes(g_, o));
      return;
    }
    if (fusion_.fused(o)) return;
    for (std::size_t k = 0; k < results.size(); ++k) {
      if (fusion_.is_view(o)) {
        share(results[k], operands[k]);
      } else {
        own(results[k]);
      }
    }
  }

  // --- last uses, from the last op back --------------------------------------------------------------------

  /// v is used by op `at` or, if v is from further out, by the op of v's region around it.
  constexpr void use(value_id v, op_id at) {
    const op_id made = g_.definition(v);
    const region_id home = made ? g_.parent(made) : g_.argument_of(v);
    while (!(g_.parent(at) == home)) at = g_.owner(g_.parent(at));
    extend(v, at.index);
  }
  constexpr void extend(value_id v, std::uint32_t at) {
    const auto later = [at](std::uint32_t& last) { last = last == never || (last != always && last < at) ? at : last; };
    later(buffers_[v.index].last_use);
    const std::uint32_t owner = buffers_[v.index].owner;
    if (owner == none || owner == v.index) return;
    // The owner may be from further out than v.
    const value_id o{owner};
    const op_id made = g_.definition(o);
    if (at == always || (made ? g_.parent(made) : g_.argument_of(o)) == g_.parent({at})) {
      later(buffers_[owner].last_use);
    } else {
      use(o, {at});
    }
  }

  constexpr void find_last_uses(region_id r) {
    for (const value_id v : g_.results(r)) {
      if (r == g_.body()) {
        extend(v, always);
      } else if (const op_id made = g_.definition(v); made ? g_.parent(made) == r : g_.argument_of(v) == r) {
        buffers_[v.index].last_use = always;
        if (buffers_[v.index].owner != none && !owns(v)) keep_to_end(v, r);
      } else {
        use(v, g_.owner(r));
      }
    }
    // Ops of a region are linked forward only.
    const std::size_t first = stack_.size();
    for (op_id o = g_.first_op(r); !(o == g_.end_op(r)); o = g_.next(o)) stack_.push_back(o);
    while (stack_.size() > first) {
      const op_id o = stack_.back();
      stack_.pop_back();
      const bool fused = fusion_.fused(o);
      const std::uint32_t at = fused ? buffers_[g_.results(o)[0].index].last_use : o.index;
      for (const value_id v : g_.operands(o)) use(v, {at});
      if (!fused) {
        for (const value_id v : g_.results(o)) {
          if (owns(v) && buffers_[v.index].last_use == never) buffers_[v.index].last_use = o.index;
        }
      }
      if (transparent(o)) {
        for (const region_id inner : g_.regions(o)) find_last_uses(inner);
      }
    }
  }

  /// The buffer behind v, a result of region r, is needed until r ends.
  constexpr void keep_to_end(value_id v, region_id r) {
    const value_id owner{buffers_[v.index].owner};
    const op_id made = g_.definition(owner);
    if ((made ? g_.parent(made) : g_.argument_of(owner)) == r) {
      buffers_[owner.index].last_use = always;
    } else {
      use(owner, g_.owner(r));
    }
  }

  // --- running ---------------------------------------------------------------------------------------------

  constexpr void grow(std::int64_t bytes) {
    live_ = checked_add(live_, bytes);
    if (live_ > peak_) peak_ = live_;
  }
  constexpr void release(std::uint32_t v) {
    buffer& b = buffers_[v];
    if (!b.freed) live_ -= fusion_.bytes(g_, {v});
    b.freed = true;
  }
  constexpr void release_dead(op_id o) {
    for (std::uint32_t v = first_death_[o.index]; v != none; v = next_death_[v]) release(v);
  }

  constexpr void run(region_id r) {
    for (op_id o = g_.first_op(r); !(o == g_.end_op(r)); o = g_.next(o)) {
      if (fusion_.fused(o)) continue;
      if (loops(o)) {
        run_loop(o);
      } else {
        if (transparent(o)) run_branches(o);
        write_results(o);
      }
      release_dead(o);
    }
  }

  constexpr void write_results(op_id o) {
    const op_traits& traits = g_.info(o).traits;
    const bool overwrites = traits.elementwise || traits.collective || (!g_.regions(o).empty() && !traits.transparent);
    for (const value_id v : g_.results(o)) {
      if (!owns(v)) continue;
      if (overwrites) release_one(o, fusion_.bytes(g_, v));
      grow(fusion_.bytes(g_, v));
    }
  }
  /// Frees one buffer of this size that dies at o.
  constexpr void release_one(op_id o, std::int64_t bytes) {
    for (std::uint32_t v = first_death_[o.index]; v != none; v = next_death_[v]) {
      if (buffers_[v].freed || g_.definition({v}) == o || fusion_.bytes(g_, {v}) != bytes) continue;
      release(v);
      return;
    }
  }

  constexpr void run_branches(op_id o) {
    const std::int64_t before = live_;
    for (const region_id r : g_.regions(o)) {
      run(r);
      live_ = before;
    }
  }

  constexpr void run_loop(op_id o) {
    const region_id condition = g_.regions(o)[0], body = g_.regions(o)[1];
    const auto operands = g_.operands(o);
    const auto arguments = g_.arguments(body);
    std::int64_t carried = 0;
    for (std::size_t k = 0; k < operands.size(); ++k) {
      if (!owns(arguments[k])) continue;
      const std::uint32_t owner = buffers_[operands[k].index].owner;
      // Taken over when nothing else uses it, copied otherwise.
      if (owner != none && buffers_[owner].last_use == o.index) release(owner);
      grow(fusion_.bytes(g_, arguments[k]));
      carried = checked_add(carried, fusion_.bytes(g_, arguments[k]));
    }
    const std::int64_t before = live_;
    run(condition);
    live_ = before;
    for (const value_id v : arguments) {
      if (owns(v) && buffers_[v.index].last_use == never) release(v.index);
    }
    run(body);
    live_ = before - carried;
    for (const value_id v : g_.results(o)) {
      if (owns(v)) grow(fusion_.bytes(g_, v));
    }
  }

  const basic_graph<Ops>& g_;
  const fusion_plan& fusion_;
  std::vector<buffer> buffers_;
  std::vector<std::uint32_t> first_death_, next_death_;  // by op: buffers that are free after it, linked by value
  std::vector<op_id> stack_;
  std::int64_t constants_ = 0, live_ = 0, peak_ = 0;
};

}  // namespace detail

/// Peak memory of a program on one device, in bytes, by liveness.
///
/// * Arguments live throughout, except donated ones, which are freed after their last use; results live to the end.
///   So does a constant that is no splat: it is part of the program.
/// * A fused op keeps its operands alive until the groups that compute it have run.
/// * Views, and values that a loop carries unchanged, share their operand's buffer. An elementwise op, a reduction, a
///   scatter or a collective may write a result over an operand of its size that it is the last to use.
/// * A loop takes over the buffers of carried values that nothing else uses and copies the others; in its body they
///   are freed and made anew like any value. Branches are alternatives: the largest counts.
/// @param donated one entry per argument: 1 if its buffer is the program's to reuse
template <class Ops>
[[nodiscard]] constexpr std::int64_t peak_memory_of(const basic_graph<Ops>& g, const fusion_plan& fusion,
                                                    list_view<std::uint8_t> donated) {
  return detail::liveness<Ops>(g, fusion, donated).peak();
}

}  // namespace partita
