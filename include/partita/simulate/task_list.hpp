// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A device-local program reduced to what its cost follows from: for each op its work and how it may be fused, for each
// value its bytes. Fusion, time and peak memory are computed from this alone, so that who can tell an op's work
// without making the op (a search) is judged by the same code as a program.

#include <cstdint>

#include <partita/ir/graph.hpp>
#include <partita/op/mesh_collective.hpp>
#include <partita/op/trip_count.hpp>
#include <partita/simulate/cost_model.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

/// How much an op does.
struct task_work {
  double flops = 0;
  double bytes = 0;          ///< read and written if nothing is fused
  double seconds = 0;        ///< of communication, for a collective over mesh axes
  double moved = 0;          ///< bytes of the collective's larger side
  std::int64_t trips = 1;    ///< of a loop
  element_type element = element_type::f32;  ///< of the first operand
  collective_kind kind = collective_kind::all_slice;
};

/// What an op is to the simulator, by itself: whether two tasks fuse is decided in the list (fusion_plan).
struct task_traits {
  bool matrix : 1 = false;            ///< runs on matrix units
  bool counted : 1 = false;           ///< one of the collectives, all_slice among them: `kind` says which
  bool communicates : 1 = false;      ///< takes `seconds` of the network instead of work
  bool free_collective : 1 = false;   ///< a collective that names no mesh axes
  bool fusible : 1 = false;           ///< may be computed inside its users
  bool cheap : 1 = false;             ///< and by several of them
  bool cheap_of_cheap : 1 = false;    ///< the same, where all its operands are made by cheap ops
  bool view : 1 = false;              ///< result k is operand k under another name or shape
  bool in_place : 1 = false;          ///< writes its result over operand 0
  bool overwrites : 1 = false;        ///< may write a result over any operand that it is the last to use
  bool takes_in : 1 = false;          ///< may compute its operands itself
  bool stored : 1 = false;            ///< a constant that is part of the program
  bool idle : 1 = false;              ///< a constant: nothing to do
  bool loop : 1 = false;
  bool branches : 1 = false;
  bool unknown_trips : 1 = false;
};

struct task_info {
  task_work work;
  task_traits traits;
};

/// Tasks in program order, an op before the ops of its regions. Regions that only combine or compare elements are part
/// of their op.
struct task_list {
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  struct task : task_traits {
    std::uint16_t region_count = 0;
    std::uint32_t first_region = 0;                      ///< consecutive regions
    std::uint32_t first_operand = 0, operand_count = 0;  ///< in `operands`
    std::uint32_t first_result = 0, result_count = 0;    ///< consecutive values
    std::uint32_t work = 0;                              ///< in `work`
    std::uint32_t region = 0;                            ///< that it stands in
    std::uint32_t end = 0;                               ///< first task after it and its regions
  };
  struct value {
    std::int64_t bytes = 0;
    std::uint32_t maker = none;  ///< the task; none: an argument of a region
    std::uint32_t region = 0;    ///< in which it is made
  };
  struct region {
    std::uint32_t owner = none;  ///< task
    std::uint32_t first_argument = 0, argument_count = 0;  ///< consecutive values
    std::uint32_t first_result = 0, result_count = 0;      ///< in `operands`
    std::uint32_t begin = 0, end = 0;                      ///< tasks
  };

  /// Tasks of one region, with what their regions hold, that stand for as many of their like one after the other.
  struct repeat {
    std::uint32_t begin = 0, end = 0;
    std::uint32_t times = 1;
  };

  plain_vector<task> tasks;
  plain_vector<task_work> work;
  plain_vector<value> values;
  plain_vector<std::uint32_t> operands;
  plain_vector<region> regions;  ///< the first is the program
  plain_vector<repeat> repeats;  ///< in order, apart from one another
  plain_vector<std::uint32_t> argument_counts;  ///< by argument: for how many of its like it stands; none: each for itself

  [[nodiscard]] constexpr list_view<std::uint32_t> operands_of(const task& t) const {
    return {operands.data() + t.first_operand, t.operand_count};
  }
  [[nodiscard]] constexpr list_view<std::uint32_t> results_of(const region& r) const {
    return {operands.data() + r.first_result, r.result_count};
  }
  /// Calls f(begin, end, times) for the tasks of region r, stretch by stretch.
  template <class F>
  constexpr void for_each_stretch(std::uint32_t r, F&& f) const {
    std::uint32_t at = regions[r].begin;
    for (const repeat& repeated : repeats) {
      if (repeated.begin < at || repeated.begin >= regions[r].end || tasks[repeated.begin].region != r) continue;
      if (at < repeated.begin) f(at, repeated.begin, std::uint32_t{1});
      f(repeated.begin, repeated.end, repeated.times);
      at = repeated.end;
    }
    if (at < regions[r].end) f(at, regions[r].end, std::uint32_t{1});
  }
  [[nodiscard]] constexpr std::int64_t result_bytes(const task& t) const {
    std::int64_t sum = 0;
    for (std::uint32_t k = 0; k < t.result_count; ++k) sum = checked_add(sum, values[t.first_result + k].bytes);
    return sum;
  }
};

namespace detail {

/// Reduces ops of a graph to tasks. Asks a target (simulate/target.hpp) how long collectives take.
template <class Ops, class Where>
class task_reader {
 public:
  constexpr task_reader(const basic_graph<Ops>& g, const Where& where) : g_(&g), where_(&where) {}

  [[nodiscard]] constexpr std::int64_t bytes(type_id type) {
    const std::uint32_t t = type.index;
    if (t >= type_bytes_.size()) type_bytes_.resize(t + 1u, -1);
    if (type_bytes_[t] < 0) type_bytes_[t] = g_->type(type).bytes();
    return type_bytes_[t];
  }
  [[nodiscard]] constexpr std::int64_t bytes(value_id v) { return bytes(g_->type_index(v)); }

  /// Whether the ops in o's regions are tasks of their own.
  [[nodiscard]] constexpr bool transparent(op_id o) const {
    return g_->info(o).traits.transparent && !g_->regions(o).empty();
  }

  [[nodiscard]] constexpr task_info read(op_id o) {
    task_info t;
    const op_info& info = g_->info(o);
    const op_traits& traits = info.traits;
    const auto operands = g_->operands(o);
    if (!operands.empty()) t.work.element = g_->type(operands[0]).element;
    t.traits.matrix = traits.matrix;
    const bool owns_regions = !g_->regions(o).empty();
    t.traits.overwrites = traits.elementwise || traits.collective || (owns_regions && !traits.transparent);
    if (transparent(o)) {
      read_regions(t, o);
    } else if (info.constant != nullptr) {
      const bool splat = info.constant(g_->view(o)).splat;
      t.traits.cheap = t.traits.fusible = splat;
      t.traits.idle = true;
      t.traits.stored = !splat;
    } else {
      read_work(t, o, owns_regions);
    }
    return t;
  }

 private:
  template <class O>
  static constexpr bool knows = code_of<Ops, O> < op_table<Ops>.size();

  constexpr void read_regions(task_info& t, op_id o) {
    t.traits.loop = g_->info(o).traits.loop;
    t.traits.branches = !t.traits.loop;
    if (!t.traits.loop) return;
    t.traits.unknown_trips = true;
    if constexpr (knows<op::compare>) {
      if (const auto n = trip_count(*g_, o)) {
        t.work.trips = *n;
        t.traits.unknown_trips = false;
      }
    }
  }

  constexpr void read_work(task_info& t, op_id o, bool owns_regions) {
    const op_info& info = g_->info(o);
    const op_view view = g_->view(o);
    const auto operands = g_->operands(o);
    const auto results = g_->results(o);
    const work cost = info.cost(view);
    t.work.flops = cost.flops;
    t.work.bytes = cost.bytes;
    read_collective(t, o);
    if (results.empty()) return;
    const bool same_type = !operands.empty() && g_->type_index(operands[0]) == g_->type_index(results[0]);
    if (owns_regions) {
      t.traits.takes_in = info.traits.reduces || view.reducer(0) != monoid::none;
      t.traits.in_place = same_type;
      return;
    }
    t.traits.view = cost.bytes <= 0 && cost.flops <= 0 && operands.size() >= results.size();
    for (std::size_t k = 0; t.traits.view && k < results.size(); ++k) t.traits.view = bytes(operands[k]) == bytes(results[k]);
    if (!info.traits.elementwise || info.traits.collective) return;
    std::int64_t from = 0;
    for (const value_id v : operands) from = checked_add(from, bytes(v));
    t.traits.takes_in = true;
    t.traits.fusible = results.size() == 1;
    t.traits.in_place = info.traits.indexes_operand && same_type;
    if (!t.traits.fusible || t.traits.in_place) return;
    t.traits.cheap = from <= bytes(results[0]) / 8;
    t.traits.cheap_of_cheap = cost.flops <= static_cast<double>(g_->type(results[0]).elements());
  }

  constexpr void read_collective(task_info& t, op_id o) {
    const bool known = read_as<op::mesh_all_gather>(t, o, collective_kind::all_gather) ||
                       read_as<op::mesh_all_reduce>(t, o, collective_kind::all_reduce) ||
                       read_as<op::mesh_reduce_scatter>(t, o, collective_kind::reduce_scatter) ||
                       read_as<op::mesh_all_to_all>(t, o, collective_kind::all_to_all) ||
                       read_as<op::mesh_collective_permute>(t, o, collective_kind::collective_permute) ||
                       read_as<op::mesh_all_slice>(t, o, collective_kind::all_slice);
    t.traits.free_collective = !known && g_->info(o).traits.collective;
  }
  template <class O>
  constexpr bool read_as(task_info& t, op_id o, collective_kind kind) {
    if constexpr (knows<O>) {
      if (!g_->template is<O>(o)) return false;
      const std::int64_t before = bytes(g_->operands(o)[0]), after = bytes(g_->results(o)[0]);
      t.work.moved = static_cast<double>(before > after ? before : after);
      t.work.kind = kind;
      t.traits.counted = true;
      t.traits.communicates = g_->info(o).traits.collective;
      if (t.traits.communicates) {
        const auto& moves = g_->template attributes<O>(o);
        t.work.seconds = where_->communicate(transfer{kind, moves.axes.view(), moves.sizes.view(), t.work.moved});
      }
      return true;
    } else {
      return false;
    }
  }

  const basic_graph<Ops>* g_;
  const Where* where_;
  plain_vector<std::int64_t> type_bytes_;
};

}  // namespace detail

/// The tasks of a device-local program, for a target. Value numbers are the program's.
template <class Ops, class Where>
[[nodiscard]] constexpr task_list make_tasks(const basic_graph<Ops>& g, const Where& where) {
  detail::task_reader<Ops, Where> reader(g, where);
  task_list list;
  plain_vector<std::uint32_t> task_of(g.op_count(), task_list::none);
  const auto add_operands = [&](list_view<value_id> values) {
    const auto first = static_cast<std::uint32_t>(list.operands.size());
    for (const value_id v : values) list.operands.push_back(v.index);
    return first;
  };
  // Regions of the program that tasks stand in, by the graph's numbers.
  plain_vector<std::uint32_t> region_of(g.region_count(), task_list::none);
  const auto add_region = [&](region_id r, std::uint32_t owner) {
    region_of[r.index] = static_cast<std::uint32_t>(list.regions.size());
    const auto arguments = g.arguments(r);
    list.regions.push_back({owner, arguments.first, arguments.count, 0, 0, 0, 0});
    for (const value_id v : arguments) list.values[v.index] = {reader.bytes(v), task_list::none, region_of[r.index]};
  };
  list.values.resize(g.value_count());
  add_region(g.body(), task_list::none);
  for (op_id o{0}; o.index < g.op_count();) {
    const auto number = static_cast<std::uint32_t>(list.tasks.size());
    task_of[o.index] = number;
    const task_info info = reader.read(o);
    task_list::task t{info.traits, {}};
    t.work = static_cast<std::uint32_t>(list.work.size());
    list.work.push_back(info.work);
    t.first_operand = add_operands(g.operands(o));
    t.operand_count = static_cast<std::uint32_t>(g.operands(o).size());
    t.region = region_of[g.parent(o).index];
    const auto results = g.results(o);
    t.first_result = results.first;
    t.result_count = results.count;
    for (const value_id v : results) list.values[v.index] = {reader.bytes(v), number, t.region};
    const bool transparent = reader.transparent(o);
    if (transparent) {
      t.first_region = static_cast<std::uint32_t>(list.regions.size());
      t.region_count = static_cast<std::uint16_t>(g.regions(o).size());
      for (const region_id r : g.regions(o)) add_region(r, number);
    }
    list.tasks.push_back(t);
    o = transparent ? op_id{o.index + 1} : g.next(o);
  }
  // Ends of ops and regions, as numbers of tasks.
  const auto number_at = [&](op_id o) {
    return o.index < g.op_count() ? task_of[o.index] : static_cast<std::uint32_t>(list.tasks.size());
  };
  for (std::uint32_t i = 0; i < g.op_count(); ++i) {
    if (task_of[i] != task_list::none) list.tasks[task_of[i]].end = number_at(g.next(op_id{i}));
  }
  for (std::uint32_t r = 0; r < g.region_count(); ++r) {
    if (region_of[r] == task_list::none) continue;
    task_list::region& region = list.regions[region_of[r]];
    const auto results = g.results(region_id{r});
    region.first_result = add_operands(results);
    region.result_count = static_cast<std::uint32_t>(results.size());
    region.begin = number_at(g.first_op(region_id{r}));
    region.end = number_at(g.end_op(region_id{r}));
  }
  return list;
}

}  // namespace partita
