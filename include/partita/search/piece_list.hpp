// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pieces of a device-local program as tasks: each is kept when it was lowered once, and a program is put together from
// them whenever it is asked for.

#include <bit>
#include <cstdint>

#include <partita/lower/pieces.hpp>
#include <partita/simulate/target.hpp>
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

template <class Ops>
class piece_list {
 public:
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  struct piece {
    std::uint32_t first_task = 0, task_count = 0;
    std::uint32_t first_operand = 0, operand_count = 0;    // of the tasks, in refs_
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
             const lowering_options& options, const any_target& target)
      : g_(g), pieces_(g, state, flow, twins, options), reader_(pieces_.scratch(), target), region_reader_(g, target) {
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
    p.first_operand = static_cast<std::uint32_t>(refs_.size());
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
    p.operand_count = static_cast<std::uint32_t>(refs_.size()) - p.first_operand;
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
  //
  // Each piece has a place in the list, with room behind it. Where a program is one region, a piece can be put in the
  // place of another one, and the others stay as they are.

  /// Tasks, values and operands.
  struct extent {
    std::uint32_t tasks = 0, values = 0, operands = 0;
    [[nodiscard]] bool fits(const extent& room) const {
      return tasks <= room.tasks && values <= room.values && operands <= room.operands;
    }
    [[nodiscard]] extent joined(const extent& other) const {
      return {tasks < other.tasks ? other.tasks : tasks, values < other.values ? other.values : values,
              operands < other.operands ? other.operands : operands};
    }
    [[nodiscard]] friend extent operator+(const extent& a, const extent& b) {
      return {a.tasks + b.tasks, a.values + b.values, a.operands + b.operands};
    }
    [[nodiscard]] friend extent operator-(const extent& a, const extent& b) {
      return {a.tasks - b.tasks, a.values - b.values, a.operands - b.operands};
    }
  };

  /// Begins a program with its arguments, whose bytes are given by number of the value.
  void begin(list_view<std::int64_t> bytes) {
    tasks_.tasks.clear();
    tasks_.values.clear();
    tasks_.operands.clear();
    tasks_.regions.clear();
    tasks_.repeats.clear();
    for (constant_in& c : constants_) c.maker = none;
    numbers_.resize(g_.value_count(), none);
    region_ = 0;
    // The program's results come first.
    tasks_.regions.push_back({none, 0, g_.arguments().count, 0, static_cast<std::uint32_t>(g_.results().size()), 0, 0});
    for (const value_id v : g_.arguments()) numbers_[v.index] = static_cast<std::uint32_t>(v.index - g_.arguments().first);
    at_ = {0, g_.arguments().count, static_cast<std::uint32_t>(g_.results().size())};
    reserve(at_);
    set_argument_bytes(bytes);
  }
  void set_argument_bytes(list_view<std::int64_t> bytes) {
    for (std::uint32_t i = 0; i < g_.arguments().count; ++i) tasks_.values[i] = {bytes[g_.arguments()[i].index], none, 0};
  }
  /// Where what is added next stands.
  [[nodiscard]] const extent& here() const { return at_; }
  /// Goes to the place of a stage. What it adds may refer anew to what moved: see moved().
  void go_to(const extent& place, std::uint32_t stage) {
    at_ = place;
    stage_ = stage;
    ++visit_;
    moved_.clear();
    moved_constants_.clear();
  }
  /// Leaves what is between here and the end of a place empty.
  void fill_to(const extent& end) {
    reserve(end);
    for (std::uint32_t i = at_.tasks; i < end.tasks; ++i) {
      task_list::task& t = tasks_.tasks[i];
      t = {};
      t.idle = true;
      t.region = region_;
      t.end = i + 1;
    }
    at_ = end;
  }
  /// What a piece needs in the place of a stage, with the constants that are not made before.
  [[nodiscard]] extent size_of(const piece& p, std::uint32_t stage) {
    const auto alone = [](const piece& q) { return extent{q.task_count, q.local_count, q.operand_count}; };
    extent size = alone(p);
    look_at_constants(p, [&](const constant_in& c) {
      const bool made = c.maker != none && c.maker != stage;
      if (!made) size = size + alone(stored_[c.piece]);
      return !made;
    });
    return size;
  }
  /// Values of the program and constants, by value, that have other numbers since go_to().
  [[nodiscard]] list_view<value_id> moved() const { return moved_; }
  [[nodiscard]] list_view<value_id> moved_constants() const { return moved_constants_; }
  /// Calls f(value) for the constants of a piece and those that they are made of: the first that needs them makes them anew.
  void release_constants(const piece& p, const auto& f) {
    look_at_constants(p, [&](constant_in& c) {
      c.maker = none;
      f(c.value);
      return true;
    });
  }

  /// Begins and ends a stretch that stands for `times` of its like.
  void begin_repeat(std::uint32_t times) { tasks_.repeats.push_back({at_.tasks, 0, times}); }
  void end_repeat() { tasks_.repeats.back().end = at_.tasks; }

  /// Adds a piece's tasks and the constants that they ask for first; the number of its first value.
  std::uint32_t add(const piece& p) {
    const std::uint32_t base = at_.values;
    at_.values += p.local_count;
    std::uint32_t added = 0;
    for (std::uint32_t i = p.first_constant; i < p.first_constant + p.constant_count; ++i) {
      const constant_use& use = piece_constants_[i];
      const constant_in& c = constants_[use.constant];
      if (c.visit == visit_ || (c.maker != none && c.maker != stage_)) continue;
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
      std::uint32_t& number = numbers_[bindings_[i].value.index];
      const std::uint32_t now = resolve(bindings_[i].ref, base);
      if (number == now) continue;
      number = now;
      moved_.push_back(bindings_[i].value);
    }
  }
  /// A loop or case with the piece that stands before its regions. What is added next is in the first of them.
  void open_op(op_id o, const piece& p) {
    const std::uint32_t base = add(p), number = at_.tasks++;
    task_list::task t = region_task(o);
    t.first_operand = add_taken(p, base);
    t.operand_count = p.taken_count;
    t.first_result = at_.values;
    t.result_count = static_cast<std::uint32_t>(g_.results(o).size());
    t.first_region = static_cast<std::uint32_t>(tasks_.regions.size());
    t.region_count = static_cast<std::uint16_t>(g_.regions(o).size());
    t.region = region_;
    std::uint32_t b = p.first_binding;
    for (std::uint32_t i = 0; i < t.result_count; ++i, ++b) add_value(bindings_[b], number, region_);
    for (std::uint32_t r = 0; r < t.region_count; ++r) {
      const auto count = static_cast<std::uint32_t>(g_.arguments(g_.regions(o)[r]).size());
      const auto region = static_cast<std::uint32_t>(tasks_.regions.size());
      tasks_.regions.push_back({number, at_.values, count, 0, 0, 0, 0});
      for (std::uint32_t i = 0; i < count; ++i, ++b) add_value(bindings_[b], none, region);
    }
    reserve(at_);
    tasks_.tasks[number] = t;
    open_.push_back({number, region_, made_constants_.size()});
    region_ = t.first_region;
    tasks_.regions[region_].begin = number + 1;
  }
  /// The end of the innermost open op's region number `number`, with what it yields.
  void end_region(std::uint32_t number, const piece& p) {
    const std::uint32_t base = add(p);
    task_list::region& r = tasks_.regions[region_];
    r.first_result = add_taken(p, base);
    r.result_count = p.taken_count;
    r.end = at_.tasks;
    const open_region& open = open_.back();
    forget_constants(open.constants);
    const task_list::task& owner = tasks_.tasks[open.task];
    region_ = owner.first_region + number + 1;
    if (number + 1 < owner.region_count) tasks_.regions[region_].begin = at_.tasks;
  }
  void close_op() {
    tasks_.tasks[open_.back().task].end = at_.tasks;
    region_ = open_.back().outer_region;
    open_.pop_back();
  }
  void add_result(std::uint32_t number, const piece& p) {
    const std::uint32_t base = add(p);
    tasks_.operands[number] = resolve(refs_[p.first_taken], base);
  }
  void finish() { tasks_.regions[0].end = at_.tasks; }
  [[nodiscard]] task_list& tasks() { return tasks_; }

 private:
  // Values in pieces: results of the piece itself are numbered from 0, others are marked.
  static constexpr std::uint32_t outer_bit = 0x40000000u, constant_bit = 0x80000000u, number_bits = 0x3fffffffu;

  struct constant_in {
    value_id value;
    std::uint32_t layout = 0, piece = none;
    std::uint32_t number = none;             // of its value
    std::uint32_t maker = none, visit = none;  // stage that makes it, and when it did
    std::uint32_t look = 0;                    // when it was looked at
  };
  struct constant_use {
    std::uint32_t constant = 0, before = 0;  // task of the piece before which it is made
  };
  struct open_region {
    std::uint32_t task, outer_region;
    std::size_t constants;
  };

  [[nodiscard]] std::uint32_t resolve(std::uint32_t ref, std::uint32_t base) const {
    if ((ref & constant_bit) != 0) return constants_[ref & number_bits].number;
    return (ref & outer_bit) != 0 ? numbers_[ref & number_bits] : base + ref;
  }
  /// Adds a part of a piece's tasks. @pre begin < end
  void add_tasks(const piece& p, std::uint32_t base, std::uint32_t begin, std::uint32_t end) {
    const task_list::task* const from = piece_tasks_.data() + p.first_task;
    const std::uint32_t first_ref = from[begin].first_operand, end_ref = from[end - 1].first_operand + from[end - 1].operand_count;
    const std::uint32_t moved = at_.operands - first_ref;
    reserve(at_ + extent{end - begin, 0, end_ref - first_ref});
    std::uint32_t* const operands = tasks_.operands.data() + at_.operands;
    for (std::uint32_t k = first_ref; k < end_ref; ++k) operands[k - first_ref] = resolve(refs_[k], base);
    std::uint32_t number = at_.tasks;
    task_list::task* to = tasks_.tasks.data() + number;
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
    at_.tasks = number;
    at_.operands += end_ref - first_ref;
  }
  void add_constant(std::uint32_t number) {
    const piece& p = stored_[constants_[number].piece];
    const std::uint32_t base = add(p);
    constant_in& c = constants_[number];
    const std::uint32_t now = resolve(refs_[p.first_taken], base);
    if (c.number != now) moved_constants_.push_back(c.value);
    c.number = now;
    c.maker = stage_;
    c.visit = visit_;
    if (!open_.empty()) made_constants_.push_back(number);
  }
  /// Calls f(constant) once for each constant of a piece, and where it returns true for what that is made of.
  void look_at_constants(const piece& p, const auto& f) {
    if (p.constant_count == 0) return;
    ++look_;
    look_into(p, f);
  }
  void look_into(const piece& p, const auto& f) {
    for (std::uint32_t i = p.first_constant; i < p.first_constant + p.constant_count; ++i) {
      constant_in& c = constants_[piece_constants_[i].constant];
      if (c.look == look_) continue;
      c.look = look_;
      if (f(c)) look_into(stored_[c.piece], f);
    }
  }
  void forget_constants(std::size_t before) {
    for (; made_constants_.size() > before; made_constants_.pop_back()) constants_[made_constants_.back()].maker = none;
  }
  /// Operands of a loop or case, or what a region yields.
  std::uint32_t add_taken(const piece& p, std::uint32_t base) {
    const std::uint32_t first = at_.operands;
    at_.operands += p.taken_count;
    reserve(at_);
    for (std::uint32_t i = 0; i < p.taken_count; ++i) tasks_.operands[first + i] = resolve(refs_[p.first_taken + i], base);
    return first;
  }
  void add_value(const binding& b, std::uint32_t maker, std::uint32_t region) {
    numbers_[b.value.index] = at_.values++;
    reserve(at_);
    tasks_.values[numbers_[b.value.index]] = {b.bytes, maker, region};
  }
  /// Makes the list as long as that.
  void reserve(const extent& end) {
    if (tasks_.tasks.size() < end.tasks) (void)tasks_.tasks.extend(end.tasks - tasks_.tasks.size());
    if (tasks_.values.size() < end.values) (void)tasks_.values.extend(end.values - tasks_.values.size());
    if (tasks_.operands.size() < end.operands) (void)tasks_.operands.extend(end.operands - tasks_.operands.size());
  }
  /// Work stays in the list of tasks from one time to the next. Most tasks do what others do: few kinds of work stay in
  /// the cache.
  task_list::task new_task(const task_info& info) {
    task_list::task t{info.traits, {}};
    const task_work& w = info.work;
    std::uint64_t key = mixed(static_cast<std::uint64_t>(w.element), static_cast<std::uint64_t>(w.kind));
    for (const double x : {w.flops, w.bytes, w.seconds, w.moved}) key = mixed(key, std::bit_cast<std::uint64_t>(x));
    key = mixed(key, static_cast<std::uint64_t>(w.trips));
    t.work = work_numbers_.find(key);
    if (t.work != none) return t;
    t.work = static_cast<std::uint32_t>(tasks_.work.size());
    work_numbers_.add(key, t.work);
    tasks_.work.push_back(w);
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
    constants_.push_back({v, layout});
    return static_cast<std::uint32_t>(constants_.size() - 1);
  }

  const basic_graph<Ops>& g_;
  piecewise_lowering<Ops> pieces_;
  task_reader<Ops, any_target> reader_, region_reader_;

  plain_vector<layout> layouts_;
  key_table layout_numbers_, constant_numbers_, work_numbers_;
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
  plain_vector<std::uint32_t> made_constants_;   // in open regions
  plain_vector<open_region> open_;
  extent at_;
  std::uint32_t stage_ = 0, visit_ = 0, look_ = 0;
  plain_vector<value_id> moved_, moved_constants_;
};

}  // namespace partita::detail
