// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a partitioning costs, kept up to date: an action re-lowers only the places that it touches, and a place that
// was in the same situation before is not lowered again. The estimate is that of lowering and simulating the whole
// program, since the pieces come from the lowering and are judged by the simulator.

#include <cstdint>
#include <utility>

#include <partita/search/partitioning.hpp>
#include <partita/search/piece_list.hpp>
#include <partita/search/strategy.hpp>
#include <partita/simulate/fusion.hpp>
#include <partita/simulate/liveness.hpp>
#include <partita/simulate/target.hpp>
#include <partita/simulate/timing.hpp>
#include <partita/support/bit_set.hpp>
#include <partita/support/key_table.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

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
/// `apply`, `redo` and `undo` as partitioning has them; `summary()` is the estimate of the program as it stands: equal,
/// apart from the order in which terms are added, to that of simulate(lower()). Uses that share gathers
/// (lowering_options::share_gathers) are not known to it.
/// A program may stand for a longer one that repeats some of it (see fold): `repeats` says which ops, and the estimate
/// is that of the longer one, provided that it repeats them side by side.
/// Shown by tests/unit/search/evaluator.cpp and tests/conformance/evaluator_models.cpp.
template <class Ops, PropagationStrategy Strategy = level_propagation>
class evaluated_partitioning {
 public:
  evaluated_partitioning(const program_facts<Ops>& facts, const axis_sizes& axes, any_target target,
                         const lowering_options& options = {}, const program_repeats& repeats = {}, Strategy strategy = {})
      : partitioning_(facts, axes, static_cast<Strategy&&>(strategy)), g_(facts.graph), rules_(facts.rules),
        flow_(facts.flow), target_(std::move(target)), list_(facts.graph, partitioning_.state(), facts.flow, facts.twins, options, target_) {
    list_.tasks().argument_counts = repeats.arguments;
    for (const std::int64_t n : axes) devices_ *= static_cast<double>(n);
    read_program();
    read_repeats(repeats);
  }
  evaluated_partitioning(const evaluated_partitioning&) = delete;
  evaluated_partitioning& operator=(const evaluated_partitioning&) = delete;

  using mark = typename partitioning<Ops, Strategy>::mark;
  [[nodiscard]] const partitioning<Ops, Strategy>& plain() const { return partitioning_; }
  [[nodiscard]] const program_facts<Ops>& facts() const { return partitioning_.facts(); }
  [[nodiscard]] const sharding_state& state() const { return partitioning_.state(); }
  [[nodiscard]] const any_target& target() const { return target_; }
  [[nodiscard]] mark here() const { return partitioning_.here(); }

  void apply(list_view<action> actions) {
    const sharding_state::mark before = state().here();
    partitioning_.apply(actions);
    touch_since(before);
  }
  void redo(list_view<sharding_state::change> changes, std::uint64_t hash) {
    const sharding_state::mark before = state().here();
    partitioning_.redo(changes, hash);
    touch_since(before);
  }
  void undo(const mark& m) {
    touch_since(m.state);
    partitioning_.undo(m);
  }

  /// What the program costs as it stands.
  [[nodiscard]] estimate_summary summary() {
    const estimate& e = full();
    return {e.step_time_s, static_cast<double>(e.peak_memory_bytes), e.communicated_bytes(),
            target_.device().dollars(e.step_time_s) * devices_};
  }
  /// The whole estimate.
  [[nodiscard]] const estimate& full() {
    if (update()) {
      assemble();
      const task_list& tasks = list_.tasks();
      fusion_.make(tasks);
      estimate_ = target_.time(timing_, tasks, fusion_);
      estimate_.peak_memory_bytes = liveness_.peak(tasks, fusion_, donated_);
    }
    return estimate_;
  }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  enum class place : std::uint8_t { op, open, yields, close, result };
  using piece = typename detail::piece_list<Ops>::piece;
  using extent = typename detail::piece_list<Ops>::extent;

  /// A place of the program, in program order.
  struct stage {
    place kind = place::op;
    std::uint8_t region = 0;          // of its op, for what it yields
    std::uint32_t index = 0;          // op, or result of the program
    std::uint32_t first_input = 0, input_count = 0;  // in inputs_
    std::uint32_t number = none;      // of its piece
    piece now;
    extent at, room;                  // in the list of tasks
  };
  /// The last pieces of a stage, latest first: what a search tries it tries again soon.
  struct recent_pieces {
    static constexpr std::size_t count = 8;
    std::uint64_t keys[count]{};
    std::uint32_t numbers[count]{none, none, none, none, none, none, none, none};
  };

  // --- the program, once -------------------------------------------------------------------------------------

  void read_program() {
    const std::size_t values = g_.value_count();
    layout_of_.assign(values, 0);
    bytes_.assign(values, 0);
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
    last_use_.assign(values, none);
    read_region(g_.body());
    for (std::uint32_t i = 0; i < g_.results().size(); ++i) add_stage(place::result, 0, i, {&g_.results()[i], 1});
    result_layouts_.assign(g_.results().size(), 0);
    results_of_.assign(values, none);
    next_result_.assign(g_.results().size(), none);
    for (std::uint32_t i = 0; i < g_.results().size(); ++i) {
      next_result_[i] = results_of_[g_.results()[i].index];
      results_of_[g_.results()[i].index] = i;
    }
    users_.make(values, uses_);
    constant_users_.make(values, constant_uses_);
    find_followers();
    unit_touched_.assign(rules_.size(), 0);
    value_touched_.assign(values, 0);
    dirty_.reset(stages_.size(), true);
    moved_.reset(stages_.size());
    recent_.assign(stages_.size(), {});
    is_argument_.assign(values, 0);
    for (const value_id v : g_.arguments()) {
      is_argument_[v.index] = 1;
      bytes_[v.index] = list_.bytes_in(v, {});
    }
    for (std::uint32_t i = 0; i < result_layouts_.size(); ++i) read_result(i);
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
      if (!g_.info(o).traits.transparent || g_.regions(o).empty()) {
        add_stage(place::op, 0, o.index, inputs_of(o));
        continue;
      }
      flat_ = false;
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
    stage s{kind, region, index, static_cast<std::uint32_t>(inputs_.size()), 0, none, {}, {}, {}};
    for (const value_id v : inputs) {
      if (flow_.is_constant(v)) {
        add_constant_use(v);
      } else {
        inputs_.push_back(v);
        uses_.push_back({v, static_cast<std::uint32_t>(stages_.size())});
      }
    }
    s.input_count = static_cast<std::uint32_t>(inputs_.size()) - s.first_input;
    stages_.push_back(s);
  }
  /// A constant and what it is made of, used by the next stage.
  void add_constant_use(value_id v) {
    const auto user = static_cast<std::uint32_t>(stages_.size());
    if (last_use_[v.index] == user) return;
    last_use_[v.index] = user;
    constant_uses_.push_back({v, user});
    for (const value_id of : g_.operands(g_.definition(v))) add_constant_use(of);
  }
  /// Stages by what they take: values, or constants.
  struct user_lists {
    plain_vector<std::uint32_t> first, stages;
    struct use {
      value_id value;
      std::uint32_t stage;
    };
    void make(std::size_t values, list_view<use> uses) {
      first.assign(values + 1, 0);
      for (const use& u : uses) ++first[u.value.index + 1];
      for (std::size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
      stages.assign(uses.size(), 0);
      plain_vector<std::uint32_t> next = first;
      for (const use& u : uses) stages[next[u.value.index]++] = u.stage;
    }
    [[nodiscard]] list_view<std::uint32_t> of(value_id v) const {
      return {stages.data() + first[v.index], first[v.index + 1] - first[v.index]};
    }
  };
  /// A result lies as it was made, or as the argument lies that it updates.
  void find_followers() {
    const auto for_each = [this](auto&& f) {
      for (std::uint32_t i = 0; i < g_.results().size(); ++i) {
        f(g_.results()[i], i);
        if (facts().twins[i] >= 0) f(g_.arguments()[static_cast<std::size_t>(facts().twins[i])], i);
      }
    };
    first_follower_.assign(g_.value_count() + 1, 0);
    for_each([this](value_id v, std::uint32_t) { ++first_follower_[v.index + 1]; });
    for (std::size_t i = 1; i < first_follower_.size(); ++i) first_follower_[i] += first_follower_[i - 1];
    followers_.assign(first_follower_.back(), 0);
    plain_vector<std::uint32_t> next = first_follower_;
    for_each([&](value_id v, std::uint32_t i) { followers_[next[v.index]++] = i; });
  }
  [[nodiscard]] list_view<value_id> inputs_of(const stage& s) const { return {inputs_.data() + s.first_input, s.input_count}; }

  // --- what changed ------------------------------------------------------------------------------------------

  void touch_since(const sharding_state::mark& before) {
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
  void set_dirty(std::uint32_t s) { dirty_.insert(s); }
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
    for (const std::uint32_t s : users_.of(v)) set_dirty(s);
  }

  /// Brings stages up to date; whether anything changed.
  bool update() {
    // What was undone and done again is as it was.
    std::size_t changed_units = 0;
    for (const unit_id u : touched_units_) {
      unit_touched_[u.index] = 0;
      if (read_unit(u)) touched_units_[changed_units++] = u;
    }
    touched_units_.resize(changed_units);
    for (const unit_id u : touched_units_) {
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
      if (is_argument_[v.index] != 0) bind(v, list_.number_of(state().layout_of(v)));
      for (std::uint32_t i = first_follower_[v.index]; i < first_follower_[v.index + 1]; ++i) read_result(followers_[i]);
    }
    touched_values_.clear();
    for (std::uint32_t s = dirty_.first_from(0); s != none; s = dirty_.first_from(s)) {
      dirty_.erase(s);
      if (!refresh(stages_[s])) continue;
      changed_ = true;
      moved_.insert(s);
    }
    const bool changed = changed_;
    changed_ = false;
    return changed;
  }
  void read_result(std::uint32_t i) {
    const std::uint32_t wanted = list_.number_of(list_.lowering().result_layout(i));
    if (wanted == result_layouts_[i]) return;
    result_layouts_[i] = wanted;
    set_dirty(static_cast<std::uint32_t>(stages_.size() - result_layouts_.size() + i));
    const unit_id maker = definers_[g_.results()[i].index];
    if (maker && unit_partial_[maker.index] != 0) set_maker_dirty(maker);
  }

  /// Whether its decisions are other ones than before.
  bool read_unit(unit_id u) {
    std::uint64_t key = 0;
    std::uint8_t partial = 0;
    axis_index order[max_axes];
    std::size_t count = 0;
    const std::size_t axes = state().axes().size();
    for (std::size_t a = 0; a < axes; ++a) {
      const auto axis = static_cast<axis_index>(a);
      const decision d = state()(u, axis);
      if (!d.known()) continue;
      if (d.is_sum() || rules_.factors(u)[d.factor()].kind == factor_kind::reduction) partial = 1;
      std::size_t at = count++;
      for (; at > 0 && state().tactic_of(u, order[at - 1]) > state().tactic_of(u, axis); --at) order[at] = order[at - 1];
      order[at] = axis;
    }
    for (std::size_t i = 0; i < count; ++i) key = detail::mixed(key, 1u + order[i] + 16u * state()(u, order[i]).code);
    if (unit_keys_[u.index] == key) return false;
    unit_keys_[u.index] = key;
    unit_partial_[u.index] = partial;
    return true;
  }

  void bind(value_id v, std::uint32_t layout) {
    if (layout_of_[v.index] == layout) return;
    layout_of_[v.index] = layout;
    bytes_[v.index] = list_.bytes_in(v, list_.layout_at(layout));
    set_users_dirty(v);
    changed_ = true;
  }

  /// Finds or makes the piece of a stage as things are; whether it is another one than before.
  bool refresh(stage& s) {
    const std::uint32_t found = find_piece(s, key_of(s));
    if (found == s.number) return false;
    if (s.number != none) release_constants(s);
    s.number = found;
    s.now = list_[found];
    release_constants(s);
    // The results of an op with regions lie as its closing piece says.
    const std::size_t skipped = s.kind == place::open ? g_.results(op_id{s.index}).size() : 0;
    const auto bindings = list_.bindings(s.now);
    for (std::size_t i = skipped; i < bindings.size(); ++i) {
      const auto& b = bindings[i];
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
    std::uint64_t key = detail::mixed(s.index, static_cast<std::uint64_t>(s.kind) + 8u * s.region);
    for (const value_id v : inputs_of(s)) key = detail::mixed(key, layout_of_[v.index]);
    if (s.kind == place::result) return detail::mixed(key, result_layouts_[s.index]);
    bool partial = false;
    for (const unit_id u : rules_.units(op_id{s.index})) {
      key = detail::mixed(key, unit_keys_[u.index]);
      partial = partial || unit_partial_[u.index] != 0;
    }
    if (!partial || (s.kind != place::op && s.kind != place::close)) return key;
    for (const value_id v : g_.results(op_id{s.index})) {
      for (const contact& c : flow_.contacts(v)) {
        if (c.is_use) key = detail::mixed(key, unit_keys_[c.unit.index]);
      }
      for (std::uint32_t i = results_of_[v.index]; i != none; i = next_result_[i]) key = detail::mixed(key, result_layouts_[i]);
    }
    return key;
  }

  // --- pieces ------------------------------------------------------------------------------------------------

  std::uint32_t make_piece(const stage& s) {
    const auto inputs = inputs_of(s);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      bool before = false;
      for (std::size_t k = 0; k < i; ++k) before = before || inputs[k] == inputs[i];
      if (!before) list_.lowering().provide(inputs[i], list_.layout_at(layout_of_[inputs[i].index]));
    }
    const op_id o{s.index};
    switch (s.kind) {
      case place::op: return list_.store(list_.lowering().op(o));
      case place::open: return list_.store(list_.lowering().open(o));
      case place::yields: return list_.store(list_.lowering().yields(o, s.region));
      case place::close: {
        // Its results as they are before they are combined: as the op's opening piece has them.
        const auto open = list_.bindings(stages_[stage_of_[o.index]].now);
        for (std::uint32_t i = 0; i < g_.results(o).size(); ++i) {
          list_.lowering().provide(open[i].value, list_.layout_at(open[i].layout));
        }
        return list_.store(list_.lowering().close(o));
      }
      default: return list_.store(list_.lowering().result(s.index));
    }
  }

  // --- the list of tasks -------------------------------------------------------------------------------------

  void assemble() {
    if (!replace_pieces()) lay_out();
    find_donated();
  }
  /// Puts pieces that are new in the places of those before. Not where the program has loops or cases, whose tasks
  /// stand in several regions, nor where a piece does not fit.
  bool replace_pieces() {
    if (!laid_out_ || !flat_) return false;
    list_.set_argument_bytes(bytes_);
    for (std::uint32_t i = moved_.first_from(0); i != none; i = moved_.first_from(i)) {
      moved_.erase(i);
      stage& s = stages_[i];
      const extent size = list_.size_of(s.now, i);
      if (!size.fits(s.room)) {
        s.room = s.room.joined(size);
        return false;
      }
      put(i);
      for (const value_id v : list_.moved()) move_users(users_.of(v), i + 1);
      for (const value_id v : list_.moved_constants()) move_users(constant_users_.of(v), i + 1);
    }
    return true;
  }
  void move_users(list_view<std::uint32_t> stages, std::uint32_t from) {
    for (const std::uint32_t s : stages) {
      if (s >= from) moved_.insert(s);
    }
  }
  /// The first of those that use a constant makes it: that may be another one now.
  void release_constants(const stage& s) {
    list_.release_constants(s.now, [this](value_id v) { move_users(constant_users_.of(v), 0); });
  }
  void lay_out() {
    list_.begin(bytes_);
    std::size_t next = 0;  // of the repeated stages
    for (std::uint32_t i = 0; i < stages_.size(); ++i) {
      stage& s = stages_[i];
      const bool repeats = next < repeated_.size();
      if (repeats && i == repeated_[next].begin) list_.begin_repeat(repeated_[next].times);
      s.at = list_.here();
      if (!flat_) s.room = {};
      put(i);
      if (repeats && i + 1 == repeated_[next].end) {
        list_.end_repeat();
        ++next;
      }
    }
    list_.finish();
    moved_.reset(stages_.size());
    laid_out_ = true;
  }
  void put(std::uint32_t i) {
    stage& s = stages_[i];
    list_.go_to(s.at, i);
    add(s);
    s.room = s.room.joined(list_.here() - s.at);
    list_.fill_to(s.at + s.room);
  }
  void add(const stage& s) {
    switch (s.kind) {
      case place::open: list_.open_op(op_id{s.index}, s.now); return;
      case place::yields: list_.end_region(s.region, s.now); return;
      case place::result: list_.add_result(s.index, s.now); return;
      case place::close: list_.close_op(); break;
      case place::op: break;
    }
    list_.bind_results(s.now, list_.add(s.now));
  }

  /// Arguments that a result updates and whose local type it has.
  void find_donated() {
    donated_.assign(g_.arguments().size(), 0);
    const auto twins = list_view<std::int32_t>(facts().twins);
    for (std::size_t i = 0; i < twins.size(); ++i) {
      if (twins[i] < 0) continue;
      const auto k = static_cast<std::size_t>(twins[i]);
      const value_id argument = g_.arguments()[k];
      const auto type = [&](value_id v, std::uint32_t layout) { return list_.lowering().type(v, list_.layout_at(layout)); };
      donated_[k] = type(argument, layout_of_[argument.index]) == type(g_.results()[i], result_layouts_[i]);
    }
  }

  partitioning<Ops, Strategy> partitioning_;
  const basic_graph<Ops>& g_;
  const rule_table& rules_;
  const dataflow& flow_;
  any_target target_;
  double devices_ = 1;

  // The program.
  plain_vector<stage> stages_;
  plain_vector<task_list::repeat> repeated_;               // stages instead of tasks
  plain_vector<value_id> inputs_, inputs_scratch_;
  plain_vector<std::uint32_t> stage_of_, close_of_;        // by op
  plain_vector<typename user_lists::use> uses_, constant_uses_;
  user_lists users_, constant_users_;
  plain_vector<std::uint32_t> last_use_;                   // by constant: the stage that uses it last
  plain_vector<std::uint32_t> first_follower_, followers_; // results of the program by value that says how they lie
  plain_vector<unit_id> definers_;                         // by value
  plain_vector<std::uint8_t> is_argument_;                 // of the program, by value
  plain_vector<std::uint32_t> results_of_, next_result_;   // results of the program by value, linked

  // How it is now.
  plain_vector<std::uint64_t> unit_keys_;
  plain_vector<std::uint8_t> unit_partial_, unit_touched_, value_touched_;
  plain_vector<unit_id> touched_units_;
  plain_vector<value_id> touched_values_;
  plain_vector<std::uint32_t> layout_of_, result_layouts_;  // numbers of layouts, by value and by result
  plain_vector<std::int64_t> bytes_;                        // of arguments
  bit_set dirty_;                                           // stages whose piece may be another one
  bit_set moved_;                                           // and those to be put in the list anew
  bool changed_ = true, flat_ = true, laid_out_ = false;

  // Pieces and the list of tasks made of them.
  detail::piece_list<Ops> list_;
  key_table piece_numbers_;
  plain_vector<recent_pieces> recent_;  // by stage
  plain_vector<std::uint8_t> donated_;
  fusion_plan fusion_;
  timing timing_;
  liveness liveness_;
  estimate estimate_;
};

}  // namespace partita
