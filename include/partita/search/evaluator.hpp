// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a partitioning costs, kept up to date: an action re-lowers only the places that it touches, and a place that
// was in the same situation before is not lowered again. The estimate is that of lowering and simulating the whole
// program, since the pieces come from the lowering and are judged by the simulator.

#include <cstdint>

#include <partita/lower/pieces.hpp>
#include <partita/search/partitioning.hpp>
#include <partita/search/strategy.hpp>
#include <partita/simulate/simulator.hpp>
#include <partita/support/key_table.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

namespace detail {

[[nodiscard]] constexpr std::uint64_t mix_keys(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t z = (a ^ (b + 1) * 0x9e3779b97f4a7c15ull) * 0xbf58476d1ce4e5b9ull;
  return z ^ z >> 31;
}

/// A key of a layout: equal for equal ones.
[[nodiscard]] constexpr std::uint64_t key_of(const layout& l) {
  std::uint64_t key = l.partial == 0 ? 0 : l.partial + 256u * (1u + static_cast<std::uint64_t>(l.combines));
  for (const split& s : l.splits) key = mix_keys(key, 1u + s.axis + 16u * (1u + s.dim));
  return key;
}

}  // namespace detail

/// What of a program stands for more of its like: see fold.
struct program_repeats {
  /// Ops of the body, one after the other with what their regions hold, that stand for `times` of their like.
  struct ops {
    op_id first, end;
    std::uint32_t times = 1;
  };
  plain_vector<ops> segments;  ///< in order
  plain_vector<std::uint32_t> arguments, results;  ///< by number: for how many each stands; empty where each is one
};

/// A partitioning that knows what it costs.
///
/// `apply` and `undo` as partitioning has them; `summary()` is the estimate of the program as it stands: equal, apart
/// from the order in which terms are added, to that of simulate(lower()). Uses that share gathers
/// (lowering_options::share_gathers) are not known to it.
/// A program may stand for a longer one that repeats some of it (see fold): `repeats` says which ops, and the estimate
/// is that of the longer one, provided that it repeats them side by side.
/// Shown by tests/unit/search/evaluator.cpp and tests/conformance/evaluator_models.cpp.
template <class Ops, class Target, PropagationStrategy Strategy = level_propagation>
class evaluated_partitioning {
 public:
  evaluated_partitioning(const program_facts<Ops>& facts, const axis_sizes& axes, const Target& target,
                         const lowering_options& options = {}, const program_repeats& repeats = {}, Strategy strategy = {})
      : partitioning_(facts, axes, strategy), g_(facts.graph), rules_(facts.rules), flow_(facts.flow), target_(target),
        pieces_(facts.graph, partitioning_.state(), facts.flow, facts.twins, options),
        reader_(pieces_.scratch(), target_.topology, target_.cost), region_reader_(g_, target_.topology, target_.cost) {
    tasks_.argument_counts = repeats.arguments;
    read_program();
    read_repeats(repeats);
  }
  evaluated_partitioning(const evaluated_partitioning&) = delete;
  evaluated_partitioning& operator=(const evaluated_partitioning&) = delete;

  using mark = typename partitioning<Ops, Strategy>::mark;
  [[nodiscard]] const partitioning<Ops, Strategy>& plain() const { return partitioning_; }
  [[nodiscard]] const program_facts<Ops>& facts() const { return partitioning_.facts(); }
  [[nodiscard]] const sharding_state& state() const { return partitioning_.state(); }
  [[nodiscard]] mark here() const { return partitioning_.here(); }

  void apply(list_view<action> actions) {
    const std::size_t before = state().mark();
    partitioning_.apply(actions);
    touch_since(before);
  }
  void undo(const mark& m) {
    touch_since(m.trail);
    partitioning_.undo(m);
  }

  /// What the program costs as it stands.
  [[nodiscard]] estimate_summary summary() {
    const estimate& e = full();
    return {e.step_time_s, static_cast<double>(e.peak_memory_bytes), e.communicated_bytes()};
  }
  /// The whole estimate.
  [[nodiscard]] const estimate& full() {
    if (update()) {
      assemble();
      fusion_.make(tasks_);
      estimate_ = timing_.run(tasks_, fusion_, target_.device, target_.cost);
      estimate_.peak_memory_bytes = liveness_.peak(tasks_, fusion_, donated_);
    }
    return estimate_;
  }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  enum class place : std::uint8_t { op, open, yields, close, result };


  // Values in pieces: results of the piece itself are numbered from 0, others are marked.
  static constexpr std::uint32_t outer_bit = 0x40000000u, constant_bit = 0x80000000u, number_bits = 0x3fffffffu;

  struct piece {
    std::uint32_t first_task = 0, task_count = 0;
    std::uint32_t first_local = 0, local_count = 0;      // in piece_values_
    std::uint32_t first_binding = 0, binding_count = 0;  // in bindings_
    std::uint32_t first_taken = 0, taken_count = 0;      // in refs_
    std::uint32_t first_constant = 0, constant_count = 0;  // in piece_constants_
  };
  /// A place of the program, in program order.
  struct stage {
    place kind = place::op;
    std::uint8_t region = 0;          // of its op, for what it yields
    std::uint32_t index = 0;          // op, or result of the program
    std::uint32_t first_input = 0, input_count = 0;  // in inputs_
    std::uint32_t number = none;      // of its piece
    piece now;
  };
  /// The last pieces of a stage, latest first: what a search tries it tries again soon.
  struct recent_pieces {
    static constexpr std::size_t count = 4;
    std::uint64_t keys[count]{};
    std::uint32_t numbers[count]{none, none, none, none};
  };
  struct binding {
    value_id value;
    std::uint32_t layout = 0, ref = none;
    std::int64_t bytes = 0;
  };
  struct constant_in {
    value_id value;
    std::uint32_t layout = 0, piece = none;
  };
  struct constant_use {
    std::uint32_t constant = 0, before = 0;  // task of the piece before which it is made
  };

  // --- the program, once -------------------------------------------------------------------------------------

  void read_program() {
    const std::size_t values = g_.value_count();
    layout_of_.assign(values, 0);
    bytes_.assign(values, 0);
    layout_numbers_.add(detail::key_of({}), 0);
    layouts_.push_back({});
    definers_.assign(values, {});
    for (const unit_id u : rules_.units()) {
      for (const slot& s : rules_.slots(u)) {
        if (!s.is_use()) definers_[s.value.index] = u;
      }
    }
    unit_keys_.assign(rules_.size(), 0);
    unit_partial_.assign(rules_.size(), 0);
    stage_of_.assign(g_.op_count(), none);
    close_of_.assign(g_.op_count(), none);
    region_tasks_.assign(g_.op_count(), {});
    read_region(g_.body());
    for (std::uint32_t i = 0; i < g_.results().size(); ++i) add_stage(place::result, 0, i, {&g_.results()[i], 1});
    result_layouts_.assign(g_.results().size(), 0);
    results_of_.assign(values, none);
    next_result_.assign(g_.results().size(), none);
    for (std::uint32_t i = 0; i < g_.results().size(); ++i) {
      next_result_[i] = results_of_[g_.results()[i].index];
      results_of_[g_.results()[i].index] = i;
    }
    find_users();
    unit_touched_.assign(rules_.size(), 0);
    value_touched_.assign(values, 0);
    dirty_.assign((stages_.size() + 63) / 64, ~std::uint64_t{0});
    recent_.assign(stages_.size(), {});
    for (const value_id v : g_.arguments()) bytes_[v.index] = bytes_in(v, {});
  }

  void read_repeats(const program_repeats& repeats) {
    std::uint32_t s = 0;
    for (const program_repeats::ops& ops : repeats.segments) {
      const auto before = [&](op_id o) { return stages_[s].kind != place::result && stages_[s].index < o.index; };
      while (before(ops.first)) ++s;
      const std::uint32_t begin = s;
      while (before(ops.end)) ++s;
      if (begin != s) repeated_.push_back({begin, s, ops.times});
    }
    const auto first_result = static_cast<std::uint32_t>(stages_.size() - g_.results().size());
    for (std::uint32_t i = 0; i < repeats.results.size(); ++i) {
      const std::uint32_t times = repeats.results[i], at = first_result + i;
      if (times == 1) continue;
      if (!repeated_.empty() && repeated_.back().end == at && repeated_.back().times == times && i != 0) {
        repeated_.back().end = at + 1;
      } else {
        repeated_.push_back({at, at + 1, times});
      }
    }
  }

  void read_region(region_id r) {
    for (op_id o = g_.first_op(r); !(o == g_.end_op(r)); o = g_.next(o)) {
      const auto results = g_.results(o);
      if (!results.empty() && flow_.is_constant(results[0])) continue;  // made where it is used
      stage_of_[o.index] = static_cast<std::uint32_t>(stages_.size());
      if (!region_reader_.transparent(o)) {
        add_stage(place::op, 0, o.index, inputs_of(o));
        continue;
      }
      region_tasks_[o.index] = new_task(region_reader_.read(o));
      add_stage(place::open, 0, o.index, g_.operands(o));
      for (std::uint8_t k = 0; k < g_.regions(o).size(); ++k) {
        read_region(g_.regions(o)[k]);
        add_stage(place::yields, k, o.index, g_.results(g_.regions(o)[k]));
      }
      close_of_[o.index] = static_cast<std::uint32_t>(stages_.size());
      add_stage(place::close, 0, o.index, {});
    }
  }
  /// Operands of o, and what regions that combine elements take from outside.
  list_view<value_id> inputs_of(op_id o) {
    inputs_scratch_.clear();
    inputs_scratch_.append(g_.operands(o));
    for (op_id inner{o.index + 1}; inner.index < g_.next(o).index; ++inner.index) add_outer(g_.operands(inner), o);
    for (const region_id r : g_.regions(o)) add_outer(g_.results(r), o);
    return inputs_scratch_;
  }
  void add_outer(list_view<value_id> values, op_id o) {
    for (const value_id v : values) {
      const op_id made = g_.definition(v);
      const op_id home = made ? made : g_.owner(g_.argument_of(v));
      const bool inside = home && home.index >= o.index && home.index < g_.next(o).index;
      if (!inside) inputs_scratch_.push_back(v);
    }
  }
  void add_stage(place kind, std::uint8_t region, std::uint32_t index, list_view<value_id> inputs) {
    stage s{kind, region, index, static_cast<std::uint32_t>(inputs_.size()), 0, none, {}};
    for (const value_id v : inputs) {
      if (!flow_.is_constant(v)) inputs_.push_back(v);
    }
    s.input_count = static_cast<std::uint32_t>(inputs_.size()) - s.first_input;
    stages_.push_back(s);
  }
  void find_users() {
    first_user_.assign(g_.value_count() + 1, 0);
    for (const value_id v : inputs_) ++first_user_[v.index + 1];
    for (std::size_t i = 1; i < first_user_.size(); ++i) first_user_[i] += first_user_[i - 1];
    users_.assign(inputs_.size(), 0);
    plain_vector<std::uint32_t> next = first_user_;
    for (std::uint32_t s = 0; s < stages_.size(); ++s) {
      for (const value_id v : inputs_of(stages_[s])) users_[next[v.index]++] = s;
    }
  }
  [[nodiscard]] list_view<value_id> inputs_of(const stage& s) const { return {inputs_.data() + s.first_input, s.input_count}; }

  // --- what changed ------------------------------------------------------------------------------------------

  void touch_since(std::size_t before) {
    state().for_each_change(
        before,
        [&](value_id v) {
          if (value_touched_[v.index] != 0) return;
          value_touched_[v.index] = 1;
          touched_values_.push_back(v);
        },
        [&](unit_id u) {
          if (unit_touched_[u.index] != 0) return;
          unit_touched_[u.index] = 1;
          touched_units_.push_back(u);
        });
  }
  void set_dirty(std::uint32_t s) { dirty_[s / 64] |= std::uint64_t{1} << s % 64; }
  /// The stages at which an op makes its results in other layouts, or combines them.
  void set_maker_dirty(unit_id u) {
    const op_id o = rules_[u].op;
    if (stage_of_[o.index] != none) set_dirty(close_of_[o.index] != none ? close_of_[o.index] : stage_of_[o.index]);
  }
  void set_op_dirty(op_id o) {
    const std::uint32_t first = stage_of_[o.index];
    if (first == none) return;
    set_dirty(first);
    if (close_of_[o.index] == none) return;
    for (std::uint32_t s = first + 1; s <= close_of_[o.index]; ++s) {
      if (stages_[s].index == o.index && stages_[s].kind != place::op) set_dirty(s);
    }
  }
  void set_users_dirty(value_id v) {
    for (std::uint32_t i = first_user_[v.index]; i < first_user_[v.index + 1]; ++i) set_dirty(users_[i]);
  }

  /// Brings stages up to date; whether anything changed.
  bool update() {
    for (const unit_id u : touched_units_) read_unit(u);
    for (const unit_id u : touched_units_) {
      unit_touched_[u.index] = 0;
      set_op_dirty(rules_[u].op);
      // A partial result is combined as its uses want it.
      for (const slot& s : rules_.slots(u)) {
        const unit_id maker = definers_[s.value.index];
        if (s.is_use() && maker && unit_partial_[maker.index] != 0) set_maker_dirty(maker);
      }
    }
    touched_units_.clear();
    for (const value_id v : touched_values_) {
      value_touched_[v.index] = 0;
      const region_id home = g_.argument_of(v);
      if (home && home == g_.body()) bind(v, number_of(state().layout_of(v)));
    }
    touched_values_.clear();
    for (std::uint32_t i = 0; i < result_layouts_.size(); ++i) {
      const std::uint32_t wanted = number_of(pieces_.result_layout(i));
      if (wanted == result_layouts_[i]) continue;
      result_layouts_[i] = wanted;
      set_dirty(static_cast<std::uint32_t>(stages_.size() - result_layouts_.size() + i));
      const unit_id maker = definers_[g_.results()[i].index];
      if (maker && unit_partial_[maker.index] != 0) set_maker_dirty(maker);
    }
    for (std::size_t word = 0; word < dirty_.size(); ++word) {
      while (dirty_[word] != 0) {
        const std::uint32_t bit = lowest_bit(dirty_[word]);
        dirty_[word] &= dirty_[word] - 1;
        const std::size_t s = 64 * word + bit;
        if (s < stages_.size()) changed_ = refresh(stages_[s]) || changed_;
      }
    }
    const bool changed = changed_;
    changed_ = false;
    return changed;
  }
  static std::uint32_t lowest_bit(std::uint64_t word) { return static_cast<std::uint32_t>(__builtin_ctzll(word)); }

  void read_unit(unit_id u) {
    std::uint64_t key = 0;
    std::uint8_t partial = 0;
    axis_list order;
    const axis_sizes& axes = state().axes();
    for (std::size_t a = 0; a < axes.size(); ++a) {
      const auto axis = static_cast<axis_index>(a);
      const decision d = state()(u, axis);
      if (!d.known()) continue;
      if (d.is_sum() || rules_.factors(u)[d.factor()].kind == factor_kind::reduction) partial = 1;
      std::size_t at = order.size();
      while (at > 0 && state().tactic_of(u, order[at - 1]) > state().tactic_of(u, axis)) --at;
      order.insert(at, axis);
    }
    for (const axis_index a : order) key = detail::mix_keys(key, 1u + a + 16u * state()(u, a).code);
    unit_keys_[u.index] = key;
    unit_partial_[u.index] = partial;
  }

  std::uint32_t number_of(const layout& l) {
    const std::uint64_t key = detail::key_of(l);
    const std::uint32_t known = layout_numbers_.find(key);
    if (known != none) return known;
    layout_numbers_.add(key, layouts_.size());
    layouts_.push_back(l);
    return static_cast<std::uint32_t>(layouts_.size() - 1);
  }
  std::int64_t bytes_in(value_id v, const layout& l) { return reader_.bytes(pieces_.type(v, l)); }
  void bind(value_id v, std::uint32_t layout) {
    if (layout_of_[v.index] == layout) return;
    layout_of_[v.index] = layout;
    bytes_[v.index] = bytes_in(v, layouts_[layout]);
    set_users_dirty(v);
    changed_ = true;
  }

  /// Finds or makes the piece of a stage as things are; whether it is another one than before.
  bool refresh(stage& s) {
    const std::uint32_t found = find_piece(s, key_of(s));
    if (found == s.number) return false;
    s.number = found;
    s.now = stored_[found];
    // The results of an op with regions lie as its closing piece says.
    const std::size_t skipped = s.kind == place::open ? g_.results(op_id{s.index}).size() : 0;
    for (std::size_t i = s.now.first_binding + skipped; i < s.now.first_binding + s.now.binding_count; ++i) {
      const binding& b = bindings_[i];
      if (layout_of_[b.value.index] == b.layout) continue;
      layout_of_[b.value.index] = b.layout;
      set_users_dirty(b.value);
    }
    return true;
  }

  std::uint32_t find_piece(const stage& s, std::uint64_t key) {
    recent_pieces& recent = recent_[static_cast<std::size_t>(&s - stages_.data())];
    std::size_t at = 0;
    while (at < recent.count && (recent.keys[at] != key || recent.numbers[at] == none)) ++at;
    std::uint32_t found = at < recent.count ? recent.numbers[at] : piece_numbers_.find(key);
    if (found == none) {
      found = make_piece(s);
      piece_numbers_.add(key, found);
    }
    for (at = at < recent.count ? at : recent.count - 1; at > 0; --at) {
      recent.keys[at] = recent.keys[at - 1];
      recent.numbers[at] = recent.numbers[at - 1];
    }
    recent.keys[0] = key;
    recent.numbers[0] = found;
    return found;
  }

  std::uint64_t key_of(const stage& s) const {
    std::uint64_t key = detail::mix_keys(s.index, static_cast<std::uint64_t>(s.kind) + 8u * s.region);
    for (const value_id v : inputs_of(s)) key = detail::mix_keys(key, layout_of_[v.index]);
    if (s.kind == place::result) return detail::mix_keys(key, result_layouts_[s.index]);
    bool partial = false;
    for (const unit_id u : rules_.units(op_id{s.index})) {
      key = detail::mix_keys(key, unit_keys_[u.index]);
      partial = partial || unit_partial_[u.index] != 0;
    }
    if (!partial || (s.kind != place::op && s.kind != place::close)) return key;
    for (const value_id v : g_.results(op_id{s.index})) {
      for (const contact& c : flow_.contacts(v)) {
        if (c.is_use) key = detail::mix_keys(key, unit_keys_[c.unit.index]);
      }
      for (std::uint32_t i = results_of_[v.index]; i != none; i = next_result_[i]) key = detail::mix_keys(key, result_layouts_[i]);
    }
    return key;
  }

  // --- pieces ------------------------------------------------------------------------------------------------

  std::uint32_t make_piece(const stage& s) {
    const auto inputs = inputs_of(s);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      bool before = false;
      for (std::size_t k = 0; k < i; ++k) before = before || inputs[k] == inputs[i];
      if (!before) pieces_.provide(inputs[i], layouts_[layout_of_[inputs[i].index]]);
    }
    const op_id o{s.index};
    switch (s.kind) {
      case place::op: return store(pieces_.op(o));
      case place::open: return store(pieces_.open(o));
      case place::yields: return store(pieces_.yields(o, s.region));
      case place::close: {
        // Its results as they are before they are combined: as the op's opening piece has them.
        const piece& open = stages_[stage_of_[o.index]].now;
        for (std::uint32_t i = 0; i < g_.results(o).size(); ++i) {
          const binding& b = bindings_[open.first_binding + i];
          pieces_.provide(b.value, layouts_[b.layout]);
        }
        return store(pieces_.close(o));
      }
      default: return store(pieces_.result(s.index));
    }
  }

  std::uint32_t store(const lowered_piece& made) {
    const basic_graph<Ops>& scratch = pieces_.scratch();
    piece p;
    p.first_task = static_cast<std::uint32_t>(piece_tasks_.size());
    p.first_local = static_cast<std::uint32_t>(piece_values_.size());
    const std::size_t first_local = p.first_local;
    locals_.clear();
    const auto ref = [&](value_id v) -> std::uint32_t {
      for (std::uint32_t i = 0; i < locals_.size(); ++i) {
        if (locals_[i] == v) return i;
      }
      for (const auto& source : made.sources) {
        if (!(source.local == v)) continue;
        if (!source.before) return outer_bit | source.value.index;
        return constant_bit | constant_number(source.value, number_of(source.at));
      }
      return none;
    };
    for (op_id o = made.begin; !(o == made.end); o = scratch.next(o)) {
      task_list::task t = new_task(reader_.read(o));
      t.first_operand = static_cast<std::uint32_t>(refs_.size());
      for (const value_id v : scratch.operands(o)) refs_.push_back(ref(v));
      t.operand_count = static_cast<std::uint32_t>(scratch.operands(o).size());
      t.first_result = static_cast<std::uint32_t>(piece_values_.size() - first_local);
      t.result_count = static_cast<std::uint32_t>(scratch.results(o).size());
      for (const value_id v : scratch.results(o)) {
        locals_.push_back(v);
        piece_values_.push_back(reader_.bytes(v));
      }
      piece_tasks_.push_back(t);
    }
    p.task_count = static_cast<std::uint32_t>(piece_tasks_.size()) - p.first_task;
    p.local_count = static_cast<std::uint32_t>(piece_values_.size()) - p.first_local;
    p.first_binding = static_cast<std::uint32_t>(bindings_.size());
    for (const auto& b : made.bindings) {
      bindings_.push_back({b.value, number_of(b.at), b.local ? ref(b.local) : none, reader_.bytes(b.type)});
    }
    p.binding_count = static_cast<std::uint32_t>(bindings_.size()) - p.first_binding;
    p.first_taken = static_cast<std::uint32_t>(refs_.size());
    for (const value_id v : made.taken) refs_.push_back(ref(v));
    p.taken_count = static_cast<std::uint32_t>(refs_.size()) - p.first_taken;
    p.first_constant = static_cast<std::uint32_t>(piece_constants_.size());
    for (const auto& source : made.sources) {
      if (!source.before) continue;
      std::uint32_t before = 0;
      for (op_id o = made.begin; o.index < source.before.index; o = scratch.next(o)) ++before;
      piece_constants_.push_back({constant_number(source.value, number_of(source.at)), before});
    }
    p.constant_count = static_cast<std::uint32_t>(piece_constants_.size()) - p.first_constant;
    const auto number = static_cast<std::uint32_t>(stored_.size());
    stored_.push_back(p);
    for (std::uint32_t i = p.first_constant; i < p.first_constant + p.constant_count; ++i) {
      const std::uint32_t c = piece_constants_[i].constant;
      if (constants_[c].piece != none) continue;
      const std::uint32_t constant = store(pieces_.constant(constants_[c].value, layouts_[constants_[c].layout]));
      constants_[c].piece = constant;
    }
    return number;
  }

  /// Work stays in the list of tasks from one time to the next.
  task_list::task new_task(const task_info& info) {
    task_list::task t{info.traits, {}};
    t.work = static_cast<std::uint32_t>(tasks_.work.size());
    tasks_.work.push_back(info.work);
    return t;
  }

  std::uint32_t constant_number(value_id v, std::uint32_t layout) {
    const std::uint64_t key = detail::mix_keys(v.index, layout);
    const std::uint32_t known = constant_numbers_.find(key);
    if (known != none) return known;
    constant_numbers_.add(key, constants_.size());
    constants_.push_back({v, layout, none});
    constant_values_.push_back(none);
    return static_cast<std::uint32_t>(constants_.size() - 1);
  }

  // --- the list of tasks -------------------------------------------------------------------------------------

  void assemble() {
    tasks_.tasks.clear();
    tasks_.values.clear();
    tasks_.operands.clear();
    tasks_.regions.clear();
    numbers_.resize(g_.value_count(), none);
    region_ = 0;
    const auto arguments = g_.arguments();
    tasks_.regions.push_back({none, 0, arguments.count, 0, 0, 0, 0});
    for (const value_id v : arguments) {
      numbers_[v.index] = static_cast<std::uint32_t>(tasks_.values.size());
      tasks_.values.push_back({bytes_[v.index], none, 0});
    }
    tasks_.repeats.clear();
    results_scratch_.clear();
    std::size_t next = 0;  // of the repeated stages
    for (std::uint32_t s = 0; s < stages_.size(); ++s) {
      const bool repeats = next < repeated_.size();
      if (repeats && s == repeated_[next].begin) {
        tasks_.repeats.push_back({static_cast<std::uint32_t>(tasks_.tasks.size()), 0, repeated_[next].times});
      }
      add(stages_[s]);
      if (repeats && s + 1 == repeated_[next].end) {
        tasks_.repeats.back().end = static_cast<std::uint32_t>(tasks_.tasks.size());
        ++next;
      }
    }
    task_list::region& body = tasks_.regions[0];
    body.first_result = static_cast<std::uint32_t>(tasks_.operands.size());
    body.result_count = static_cast<std::uint32_t>(results_scratch_.size());
    tasks_.operands.append(results_scratch_);
    body.begin = 0;
    body.end = static_cast<std::uint32_t>(tasks_.tasks.size());
    forget_constants(0);
    find_donated();
  }

  void add(const stage& s) {
    switch (s.kind) {
      case place::open: open_op(s); return;
      case place::yields: end_region(s); return;
      case place::result: results_scratch_.push_back(resolve(refs_[s.now.first_taken], add(s.now))); return;
      case place::close: close_op(); break;
      case place::op: break;
    }
    bind_results(s.now, add(s.now));
  }

  [[nodiscard]] std::uint32_t resolve(std::uint32_t ref, std::uint32_t base) const {
    if ((ref & constant_bit) != 0) return constant_values_[ref & number_bits];
    return (ref & outer_bit) != 0 ? numbers_[ref & number_bits] : base + ref;
  }

  /// Adds a piece's tasks and the constants that they ask for first; the number of its first value.
  std::uint32_t add(const piece& p) {
    const auto base = static_cast<std::uint32_t>(tasks_.values.size());
    tasks_.values.resize(base + p.local_count);
    std::uint32_t constant = p.first_constant;
    const auto make_constants = [&](std::uint32_t before) {
      for (; constant < p.first_constant + p.constant_count && piece_constants_[constant].before <= before; ++constant) {
        if (constant_values_[piece_constants_[constant].constant] == none) add_constant(piece_constants_[constant].constant);
      }
    };
    for (std::uint32_t i = 0; i < p.task_count; ++i) {
      make_constants(i);
      const task_list::task& t = piece_tasks_[p.first_task + i];
      const auto number = static_cast<std::uint32_t>(tasks_.tasks.size());
      tasks_.tasks.push_back(t);
      task_list::task& added = tasks_.tasks.back();
      added.first_operand = static_cast<std::uint32_t>(tasks_.operands.size());
      for (std::uint32_t k = 0; k < t.operand_count; ++k) tasks_.operands.push_back(resolve(refs_[t.first_operand + k], base));
      added.first_result = base + t.first_result;
      added.region = region_;
      added.end = number + 1;
      for (std::uint32_t k = t.first_result; k < t.first_result + t.result_count; ++k) {
        tasks_.values[base + k] = {piece_values_[p.first_local + k], number, region_};
      }
    }
    make_constants(p.task_count);
    return base;
  }
  void bind_results(const piece& p, std::uint32_t base) {
    for (std::uint32_t i = p.first_binding; i < p.first_binding + p.binding_count; ++i) {
      numbers_[bindings_[i].value.index] = resolve(bindings_[i].ref, base);
    }
  }
  void add_constant(std::uint32_t number) {
    const piece& p = stored_[constants_[number].piece];
    const std::uint32_t base = add(p);
    constant_values_[number] = resolve(refs_[p.first_taken], base);
    made_constants_.push_back(number);
  }
  void forget_constants(std::size_t before) {
    while (made_constants_.size() > before) {
      constant_values_[made_constants_.back()] = none;
      made_constants_.pop_back();
    }
  }

  struct open_region {
    std::uint32_t task, outer_region;
    std::size_t constants;
  };

  void open_op(const stage& s) {
    const op_id o{s.index};
    const piece& p = s.now;
    const std::uint32_t base = add(p);
    const auto number = static_cast<std::uint32_t>(tasks_.tasks.size());
    task_list::task t = region_tasks_[o.index];
    t.first_operand = static_cast<std::uint32_t>(tasks_.operands.size());
    t.operand_count = p.taken_count;
    for (std::uint32_t i = 0; i < p.taken_count; ++i) tasks_.operands.push_back(resolve(refs_[p.first_taken + i], base));
    t.first_result = static_cast<std::uint32_t>(tasks_.values.size());
    t.result_count = static_cast<std::uint32_t>(g_.results(o).size());
    t.first_region = static_cast<std::uint32_t>(tasks_.regions.size());
    t.region_count = static_cast<std::uint16_t>(g_.regions(o).size());
    t.region = region_;
    std::uint32_t b = p.first_binding;
    for (std::uint32_t i = 0; i < t.result_count; ++i, ++b) add_value(bindings_[b], number, region_);
    for (std::uint32_t r = 0; r < t.region_count; ++r) {
      const auto count = static_cast<std::uint32_t>(g_.arguments(g_.regions(o)[r]).size());
      const auto region = static_cast<std::uint32_t>(tasks_.regions.size());
      tasks_.regions.push_back({number, static_cast<std::uint32_t>(tasks_.values.size()), count, 0, 0, 0, 0});
      for (std::uint32_t i = 0; i < count; ++i, ++b) add_value(bindings_[b], none, region);
    }
    tasks_.tasks.push_back(t);
    open_.push_back({number, region_, made_constants_.size()});
    region_ = t.first_region;
    tasks_.regions[region_].begin = number + 1;
  }
  void add_value(const binding& b, std::uint32_t maker, std::uint32_t region) {
    numbers_[b.value.index] = static_cast<std::uint32_t>(tasks_.values.size());
    tasks_.values.push_back({b.bytes, maker, region});
  }
  void end_region(const stage& s) {
    const piece& p = s.now;
    const std::uint32_t base = add(p);
    task_list::region& r = tasks_.regions[region_];
    r.first_result = static_cast<std::uint32_t>(tasks_.operands.size());
    r.result_count = p.taken_count;
    for (std::uint32_t i = 0; i < p.taken_count; ++i) tasks_.operands.push_back(resolve(refs_[p.first_taken + i], base));
    r.end = static_cast<std::uint32_t>(tasks_.tasks.size());
    const open_region& open = open_.back();
    forget_constants(open.constants);
    const task_list::task& owner = tasks_.tasks[open.task];
    region_ = owner.first_region + s.region + 1u;
    if (s.region + 1u < owner.region_count) tasks_.regions[region_].begin = static_cast<std::uint32_t>(tasks_.tasks.size());
  }
  void close_op() {
    tasks_.tasks[open_.back().task].end = static_cast<std::uint32_t>(tasks_.tasks.size());
    region_ = open_.back().outer_region;
    open_.pop_back();
  }

  /// Arguments that a result updates and whose local type it has.
  void find_donated() {
    donated_.assign(g_.arguments().size(), 0);
    const auto twins = list_view<std::int32_t>(facts().twins);
    for (std::size_t i = 0; i < twins.size(); ++i) {
      if (twins[i] < 0) continue;
      const auto k = static_cast<std::size_t>(twins[i]);
      const value_id argument = g_.arguments()[k];
      donated_[k] = result_layouts_[i] == layout_of_[argument.index] ||
                    pieces_.type(argument, layouts_[layout_of_[argument.index]]) == pieces_.type(g_.results()[i], layouts_[result_layouts_[i]]);
    }
  }

  partitioning<Ops, Strategy> partitioning_;
  const basic_graph<Ops>& g_;
  const rule_table& rules_;
  const dataflow& flow_;
  Target target_;
  piecewise_lowering<Ops> pieces_;
  detail::task_reader<Ops, decltype(Target::cost), decltype(Target::topology)> reader_, region_reader_;

  // The program.
  plain_vector<stage> stages_;
  plain_vector<task_list::repeat> repeated_;               // stages instead of tasks
  plain_vector<value_id> inputs_, inputs_scratch_;
  plain_vector<std::uint32_t> stage_of_, close_of_;        // by op
  plain_vector<task_list::task> region_tasks_;             // by op: loops and cases
  plain_vector<std::uint32_t> first_user_, users_;         // stages by value
  plain_vector<unit_id> definers_;                         // by value
  plain_vector<std::uint32_t> results_of_, next_result_;   // results of the program by value, linked

  // How it is now.
  plain_vector<std::uint64_t> unit_keys_;
  plain_vector<std::uint8_t> unit_partial_, unit_touched_, value_touched_;
  plain_vector<unit_id> touched_units_;
  plain_vector<value_id> touched_values_;
  plain_vector<std::uint32_t> layout_of_, result_layouts_;  // numbers of layouts, by value and by result
  plain_vector<std::int64_t> bytes_;                        // of arguments
  plain_vector<std::uint64_t> dirty_;                       // stages, 64 to a word
  bool changed_ = true;

  // Pieces that were made, and what they are made of.
  plain_vector<layout> layouts_;
  key_table layout_numbers_, piece_numbers_, constant_numbers_;
  plain_vector<recent_pieces> recent_;  // by stage
  plain_vector<piece> stored_;
  plain_vector<task_list::task> piece_tasks_;
  plain_vector<std::int64_t> piece_values_;
  plain_vector<binding> bindings_;
  plain_vector<std::uint32_t> refs_;
  plain_vector<constant_in> constants_;
  plain_vector<constant_use> piece_constants_;
  plain_vector<value_id> locals_;

  // The list of tasks and its estimate.
  task_list tasks_;
  std::uint32_t region_ = 0;
  plain_vector<std::uint32_t> numbers_;           // by value of the program: its number in the list
  plain_vector<std::uint32_t> constant_values_;   // by constant in a layout: its number; none where it is not made yet
  plain_vector<std::uint32_t> made_constants_, results_scratch_;
  plain_vector<open_region> open_;
  plain_vector<std::uint8_t> donated_;
  fusion_plan fusion_;
  timing timing_;
  liveness liveness_;
  estimate estimate_;
};

}  // namespace partita
