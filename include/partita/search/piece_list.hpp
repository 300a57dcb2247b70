// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pieces of a device-local program as tasks: each is kept when it was lowered once, and a program is put together from
// them whenever it is asked for.

#include <cstdint>

#include <partita/lower/pieces.hpp>
#include <partita/simulate/task_list.hpp>
#include <partita/support/key_table.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita::detail {

/// A key of a layout: equal for equal ones.
[[nodiscard]] constexpr std::uint64_t key_of(const layout& l) {
  std::uint64_t key = l.partial == 0 ? 0 : l.partial + 256u * (1u + static_cast<std::uint64_t>(l.combines));
  for (const split& s : l.splits) key = mixed(key, 1u + s.axis + 16u * (1u + s.dim));
  return key;
}

template <class Ops, class Target>
class piece_list {
 public:
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  struct piece {
    std::uint32_t first_task = 0, task_count = 0;
    std::uint32_t first_local = 0, local_count = 0;        // in piece_values_
    std::uint32_t first_binding = 0, binding_count = 0;    // in bindings_
    std::uint32_t first_taken = 0, taken_count = 0;        // in refs_
    std::uint32_t first_constant = 0, constant_count = 0;  // in piece_constants_
  };
  /// Where a value of the program is after a piece.
  struct binding {
    value_id value;
    std::uint32_t layout = 0, ref = none;
    std::int64_t bytes = 0;
  };

  piece_list(const basic_graph<Ops>& g, const sharding_state& state, const dataflow& flow, list_view<std::int32_t> twins,
             const lowering_options& options, const Target& target)
      : g_(g), pieces_(g, state, flow, twins, options), reader_(pieces_.scratch(), target.topology, target.cost),
        region_reader_(g, target.topology, target.cost) {
    layout_numbers_.add(key_of({}), 0);
    layouts_.push_back({});
    region_tasks_.assign(g.op_count(), none);
  }
  piece_list(const piece_list&) = delete;
  piece_list& operator=(const piece_list&) = delete;

  // --- pieces ------------------------------------------------------------------------------------------------

  [[nodiscard]] piecewise_lowering<Ops>& lowering() { return pieces_; }
  /// The number of a layout: equal for equal ones. The whole layout is 0.
  std::uint32_t number_of(const layout& l) {
    const std::uint64_t key = key_of(l);
    const std::uint32_t known = layout_numbers_.find(key);
    if (known != none) return known;
    layout_numbers_.add(key, layouts_.size());
    layouts_.push_back(l);
    return static_cast<std::uint32_t>(layouts_.size() - 1);
  }
  [[nodiscard]] const layout& layout_at(std::uint32_t number) const { return layouts_[number]; }
  [[nodiscard]] std::int64_t bytes_in(value_id v, const layout& l) { return reader_.bytes(pieces_.type(v, l)); }

  /// Keeps a piece; its number.
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
  [[nodiscard]] const piece& operator[](std::uint32_t number) const { return stored_[number]; }
  [[nodiscard]] list_view<binding> bindings(const piece& p) const { return {bindings_.data() + p.first_binding, p.binding_count}; }

  // --- a program from pieces, in program order -----------------------------------------------------------------

  /// Begins a program with its arguments, whose bytes are given by number of the value.
  void begin(list_view<std::int64_t> bytes) {
    tasks_.tasks.clear();
    tasks_.values.clear();
    tasks_.operands.clear();
    tasks_.regions.clear();
    tasks_.repeats.clear();
    results_.clear();
    numbers_.resize(g_.value_count(), none);
    region_ = 0;
    tasks_.regions.push_back({none, 0, g_.arguments().count, 0, 0, 0, 0});
    for (const value_id v : g_.arguments()) {
      numbers_[v.index] = static_cast<std::uint32_t>(tasks_.values.size());
      tasks_.values.push_back({bytes[v.index], none, 0});
    }
  }
  /// Begins and ends a stretch that stands for `times` of its like.
  void begin_repeat(std::uint32_t times) { tasks_.repeats.push_back({static_cast<std::uint32_t>(tasks_.tasks.size()), 0, times}); }
  void end_repeat() { tasks_.repeats.back().end = static_cast<std::uint32_t>(tasks_.tasks.size()); }

  /// Adds a piece's tasks and the constants that they ask for first; the number of its first value.
  std::uint32_t add(const piece& p) {
    const auto base = static_cast<std::uint32_t>(tasks_.values.size());
    (void)tasks_.values.extend(p.local_count);
    std::uint32_t added = 0;
    for (std::uint32_t i = p.first_constant; i < p.first_constant + p.constant_count; ++i) {
      const constant_use& use = piece_constants_[i];
      if (constant_values_[use.constant] != none) continue;
      if (added < use.before) {
        add_tasks(p, base, added, use.before);
        added = use.before;
      }
      add_constant(use.constant);
    }
    if (added < p.task_count) add_tasks(p, base, added, p.task_count);
    return base;
  }
  void bind_results(const piece& p, std::uint32_t base) {
    for (std::uint32_t i = p.first_binding; i < p.first_binding + p.binding_count; ++i) {
      numbers_[bindings_[i].value.index] = resolve(bindings_[i].ref, base);
    }
  }
  /// A loop or case with the piece that stands before its regions. What is added next is in the first of them.
  void open_op(op_id o, const piece& p) {
    const std::uint32_t base = add(p);
    const auto number = static_cast<std::uint32_t>(tasks_.tasks.size());
    task_list::task t = region_task(o);
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
  /// The end of the innermost open op's region number `number`, with what it yields.
  void end_region(std::uint32_t number, const piece& p) {
    const std::uint32_t base = add(p);
    task_list::region& r = tasks_.regions[region_];
    r.first_result = static_cast<std::uint32_t>(tasks_.operands.size());
    r.result_count = p.taken_count;
    for (std::uint32_t i = 0; i < p.taken_count; ++i) tasks_.operands.push_back(resolve(refs_[p.first_taken + i], base));
    r.end = static_cast<std::uint32_t>(tasks_.tasks.size());
    const open_region& open = open_.back();
    forget_constants(open.constants);
    const task_list::task& owner = tasks_.tasks[open.task];
    region_ = owner.first_region + number + 1;
    if (number + 1 < owner.region_count) tasks_.regions[region_].begin = static_cast<std::uint32_t>(tasks_.tasks.size());
  }
  void close_op() {
    tasks_.tasks[open_.back().task].end = static_cast<std::uint32_t>(tasks_.tasks.size());
    region_ = open_.back().outer_region;
    open_.pop_back();
  }
  void add_result(const piece& p) {
    const std::uint32_t base = add(p);
    results_.push_back(resolve(refs_[p.first_taken], base));
  }
  void finish() {
    task_list::region& body = tasks_.regions[0];
    body.first_result = static_cast<std::uint32_t>(tasks_.operands.size());
    body.result_count = static_cast<std::uint32_t>(results_.size());
    tasks_.operands.append(results_);
    body.begin = 0;
    body.end = static_cast<std::uint32_t>(tasks_.tasks.size());
    forget_constants(0);
  }
  [[nodiscard]] task_list& tasks() { return tasks_; }

 private:
  // Values in pieces: results of the piece itself are numbered from 0, others are marked.
  static constexpr std::uint32_t outer_bit = 0x40000000u, constant_bit = 0x80000000u, number_bits = 0x3fffffffu;

  struct constant_in {
    value_id value;
    std::uint32_t layout = 0, piece = none;
  };
  struct constant_use {
    std::uint32_t constant = 0, before = 0;  // task of the piece before which it is made
  };
  struct open_region {
    std::uint32_t task, outer_region;
    std::size_t constants;
  };

  [[nodiscard]] std::uint32_t resolve(std::uint32_t ref, std::uint32_t base) const {
    if ((ref & constant_bit) != 0) return constant_values_[ref & number_bits];
    return (ref & outer_bit) != 0 ? numbers_[ref & number_bits] : base + ref;
  }
  /// Adds a part of a piece's tasks. @pre begin < end
  void add_tasks(const piece& p, std::uint32_t base, std::uint32_t begin, std::uint32_t end) {
    const task_list::task* const from = piece_tasks_.data() + p.first_task;
    const std::uint32_t first_ref = from[begin].first_operand, end_ref = from[end - 1].first_operand + from[end - 1].operand_count;
    const auto moved = static_cast<std::uint32_t>(tasks_.operands.size()) - first_ref;
    std::uint32_t* const operands = tasks_.operands.extend(end_ref - first_ref);
    for (std::uint32_t k = first_ref; k < end_ref; ++k) operands[k - first_ref] = resolve(refs_[k], base);
    auto number = static_cast<std::uint32_t>(tasks_.tasks.size());
    task_list::task* to = tasks_.tasks.extend(end - begin);
    const std::int64_t* const bytes = piece_values_.data() + p.first_local;
    task_list::value* const values = tasks_.values.data() + base;
    for (std::uint32_t i = begin; i < end; ++i, ++to, ++number) {
      *to = from[i];
      for (std::uint32_t k = to->first_result; k < to->first_result + to->result_count; ++k) values[k] = {bytes[k], number, region_};
      to->first_operand += moved;
      to->first_result += base;
      to->region = region_;
      to->end = number + 1;
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
  void add_value(const binding& b, std::uint32_t maker, std::uint32_t region) {
    numbers_[b.value.index] = static_cast<std::uint32_t>(tasks_.values.size());
    tasks_.values.push_back({b.bytes, maker, region});
  }
  /// Work stays in the list of tasks from one time to the next.
  task_list::task new_task(const task_info& info) {
    task_list::task t{info.traits, {}};
    t.work = static_cast<std::uint32_t>(tasks_.work.size());
    tasks_.work.push_back(info.work);
    return t;
  }
  task_list::task region_task(op_id o) {
    std::uint32_t& number = region_tasks_[o.index];
    if (number == none) {
      number = static_cast<std::uint32_t>(opened_.size());
      opened_.push_back(new_task(region_reader_.read(o)));
    }
    return opened_[number];
  }
  std::uint32_t constant_number(value_id v, std::uint32_t layout) {
    const std::uint64_t key = mixed(v.index, layout);
    const std::uint32_t known = constant_numbers_.find(key);
    if (known != none) return known;
    constant_numbers_.add(key, constants_.size());
    constants_.push_back({v, layout, none});
    constant_values_.push_back(none);
    return static_cast<std::uint32_t>(constants_.size() - 1);
  }

  const basic_graph<Ops>& g_;
  piecewise_lowering<Ops> pieces_;
  task_reader<Ops, decltype(Target::cost), decltype(Target::topology)> reader_, region_reader_;

  plain_vector<layout> layouts_;
  key_table layout_numbers_, constant_numbers_;
  plain_vector<piece> stored_;
  plain_vector<task_list::task> piece_tasks_;
  plain_vector<std::int64_t> piece_values_;
  plain_vector<binding> bindings_;
  plain_vector<std::uint32_t> refs_;
  plain_vector<constant_in> constants_;
  plain_vector<constant_use> piece_constants_;
  plain_vector<value_id> locals_;
  plain_vector<std::uint32_t> region_tasks_;  // by op: in opened_
  plain_vector<task_list::task> opened_;      // loops and cases

  task_list tasks_;
  std::uint32_t region_ = 0;
  plain_vector<std::uint32_t> numbers_;          // by value of the program: its number in the list
  plain_vector<std::uint32_t> constant_values_;  // by constant in a layout: its number; none where it is not made yet
  plain_vector<std::uint32_t> made_constants_, results_;
  plain_vector<open_region> open_;
};

}  // namespace partita::detail
