// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A program as the search for repeated layers sees it: cells that use and define values, each with a label that says
// what it is apart from where it stands. A cell is an op with all that its regions hold, an argument or a result of
// the program, or one carried value of a loop. Two cells have equal labels exactly if their ops, attributes, types and
// nested ops are equal.

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include <partita/ir/graph.hpp>
#include <partita/rule/rule_table.hpp>
#include <partita/support/list_view.hpp>
#include <partita/support/plain_vector.hpp>
#include <partita/support/sort.hpp>

namespace partita {

/// Index of a cell of a program_outline. Cells are in program order: arguments, ops, results; a loop's carried values
/// follow the loop.
using cell_id = detail::index_of<struct cell_tag>;

struct outline_cell {
  enum class kind : std::uint8_t { argument, op, carried, result } what = kind::op;
  std::uint32_t index = 0;  ///< of the argument, op, unit or result
  std::uint32_t label = 0;
  std::uint32_t first_use = 0, use_count = 0;
  std::uint32_t first_definition = 0, definition_count = 0;
};

/// Where a value is defined: definition number `position` of a cell.
struct cell_definition {
  cell_id cell;
  std::uint32_t position = 0;
};

/// A use of a value: use number `position` of a cell.
struct cell_use {
  cell_id cell;
  std::uint32_t position = 0;
};

namespace detail {

// Lists of numbers, each distinct one once.
class number_lists {
 public:
  constexpr std::uint32_t intern(list_view<std::int64_t> list) {
    if (slots_.size() < 2 * (entries_.size() + 1)) grow();
    const std::uint64_t h = hash(list);
    const std::size_t slot = find_slot(list, h);
    if (slots_[slot] == 0) {
      entries_.push_back({numbers_.size(), list.size(), h});
      numbers_.append(list);
      slots_[slot] = static_cast<std::uint32_t>(entries_.size());
    }
    return slots_[slot] - 1;
  }

 private:
  struct entry {
    std::size_t begin = 0, size = 0;
    std::uint64_t hash = 0;
  };

  static constexpr std::uint64_t hash(list_view<std::int64_t> list) {
    std::uint64_t h = list.size();
    for (const std::int64_t n : list) {
      h = (h ^ static_cast<std::uint64_t>(n)) * 0x9e3779b97f4a7c15ull;
      h ^= h >> 32;
    }
    return h;
  }
  constexpr std::size_t find_slot(list_view<std::int64_t> list, std::uint64_t h) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = static_cast<std::size_t>(h) & mask;
    while (slots_[slot] != 0 && !is(entries_[slots_[slot] - 1], list, h)) slot = (slot + 1) & mask;
    return slot;
  }
  constexpr bool is(const entry& e, list_view<std::int64_t> list, std::uint64_t h) const {
    if (e.hash != h || e.size != list.size()) return false;
    for (std::size_t i = 0; i < e.size; ++i) {
      if (numbers_[e.begin + i] != list[i]) return false;
    }
    return true;
  }
  constexpr void grow() {
    slots_.assign(slots_.empty() ? 64 : 2 * slots_.size(), 0);
    const std::size_t mask = slots_.size() - 1;
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      std::size_t slot = static_cast<std::size_t>(entries_[i].hash) & mask;
      while (slots_[slot] != 0) slot = (slot + 1) & mask;
      slots_[slot] = i + 1;
    }
  }

  plain_vector<std::int64_t> numbers_;
  plain_vector<entry> entries_;
  plain_vector<std::uint32_t> slots_;  // open addressing, a power of two; 0 is free
};

// One function per op of a set that writes its attributes as numbers; null for ops without attributes.
template <class Ops, class List>
struct attribute_digests;
template <class Ops, class... Os>
struct attribute_digests<Ops, op_list<Os...>> {
  using digest = void (*)(const op_view&, plain_vector<std::int64_t>&);
  template <class O>
  static constexpr void write(const op_view& op, plain_vector<std::int64_t>& out) {
    attributes_of<O>::describe(attributes_in<Ops, O>(op), attribute_digest{op.graph(), out});
  }
  template <class O>
  static constexpr digest make() {
    if constexpr (std::same_as<attributes_of<O>, no_attributes>) {
      return nullptr;
    } else {
      return &write<O>;
    }
  }
  static constexpr std::array<digest, sizeof...(Os)> rows{make<Os>()...};
};

}  // namespace detail

/// The cells of a program. It refers to the program and its rules, which must outlive it.
class program_outline {
 public:
  template <class Ops>
  constexpr program_outline(const basic_graph<Ops>& g, const rule_table& rules) : graph_(&g), rules_(&rules) {
    cell_of_op_.assign(g.op_count(), {});
    definitions_of_.assign(g.value_count() + g.op_count(), {});
    read_annotations();
    for (std::uint32_t i = 0; i < g.arguments().size(); ++i) {
      write(0);
      write_type(g.arguments()[i]);
      write_annotations(annotation::place::argument, i);
      define(g.arguments()[i]);
      close(outline_cell::kind::argument, i);
    }
    first_op_ = static_cast<std::uint32_t>(cells_.size());
    for (op_id o{0}; o.index < g.op_count();) o = add_op(g, o);
    end_op_ = static_cast<std::uint32_t>(cells_.size());
    for (std::uint32_t i = 0; i < g.results().size(); ++i) {
      write(1);
      write_annotations(annotation::place::result, i);
      use(g.results()[i]);
      close(outline_cell::kind::result, i);
    }
    find_users();
    noted_ = {};
  }

  [[nodiscard]] constexpr const graph_base& program() const { return *graph_; }
  [[nodiscard]] constexpr const rule_table& rules() const { return *rules_; }
  [[nodiscard]] constexpr std::size_t size() const { return cells_.size(); }
  [[nodiscard]] constexpr const outline_cell& operator[](cell_id c) const { return cells_[c.index]; }
  /// The cells of ops and carried values.
  [[nodiscard]] constexpr id_range<cell_id> op_cells() const { return {first_op_, end_op_ - first_op_}; }

  /// What the cell uses, in an order that is the same for cells of one label: operands, then what its regions refer to
  /// outside of it, then the place() in which it stands.
  [[nodiscard]] constexpr list_view<value_id> uses(cell_id c) const {
    const outline_cell& e = cells_[c.index];
    return {uses_.data() + e.first_use, e.use_count};
  }
  [[nodiscard]] constexpr list_view<value_id> definitions(cell_id c) const {
    const outline_cell& e = cells_[c.index];
    return {definitions_.data() + e.first_definition, e.definition_count};
  }
  /// The cell that defines v; none for values inside an op's regions that are part of the op.
  [[nodiscard]] constexpr cell_definition definition(value_id v) const { return definitions_of_[v.index]; }
  /// Uses of v, those of one label and position together and in program order.
  [[nodiscard]] constexpr list_view<cell_use> users(value_id v) const {
    const std::uint32_t begin = first_user_[v.index], end = first_user_[v.index + 1];
    return {users_.data() + begin, end - begin};
  }

  /// Stands for an op whose regions' ops and carried values are cells of their own: the op defines it, they use it.
  [[nodiscard]] constexpr value_id place(op_id o) const { return {static_cast<std::uint32_t>(graph_->value_count()) + o.index}; }
  [[nodiscard]] constexpr bool is_place(value_id v) const { return v.index >= graph_->value_count(); }
  /// The op's cell; none for an op that is part of another one's cell.
  [[nodiscard]] constexpr cell_id of(op_id o) const { return cell_of_op_[o.index]; }
  /// Whether what the op carries and what its regions hold are cells of their own.
  [[nodiscard]] constexpr bool is_open(op_id o) const {
    return static_cast<bool>(cell_of_op_[o.index]) && static_cast<bool>(definitions_of_[place(o).index].cell);
  }

 private:
  // --- labels ------------------------------------------------------------------------------------------------
  constexpr void write(std::int64_t n) { label_.push_back(n); }
  constexpr void write_type(value_id v) { write(graph_->type_index(v).index); }

  constexpr void read_annotations() {
    for (const annotation& a : graph_->annotations()) noted_.push_back(a);
    sort_in_place(noted_, [](const annotation& a, const annotation& b) {
      if (a.where != b.where) return a.where < b.where;
      if (a.index != b.index) return a.index < b.index;
      return a.key.index != b.key.index ? a.key.index < b.key.index : a.value.index < b.value.index;
    });
  }
  constexpr void write_annotations(annotation::place where, std::uint32_t index) {
    std::size_t low = 0, high = noted_.size();
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      const annotation& a = noted_[middle];
      if (a.where < where || (a.where == where && a.index < index)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    for (; low < noted_.size() && noted_[low].where == where && noted_[low].index == index; ++low) {
      write(noted_[low].key.index);
      write(noted_[low].value.index);
    }
  }

  template <class Ops>
  constexpr void write_op(const basic_graph<Ops>& g, op_id o) {
    using digests = detail::attribute_digests<Ops, typename detail::flatten<Ops>::type>;
    write(g.code(o));
    const std::size_t size_at = label_.size();
    write(0);
    if (const auto digest = digests::rows[g.code(o)]) digest(g.view(o), label_);
    write_annotations(annotation::place::op, o.index);
    label_[size_at] = static_cast<std::int64_t>(label_.size());
  }
  constexpr void write_types(const auto& values) {
    write(static_cast<std::int64_t>(values.size()));
    for (const value_id v : values) write_type(v);
  }

  // Writes a value that something inside `o` uses: where o defines it, or its type if it comes from outside.
  constexpr void write_inner_use(op_id o, value_id v) {
    const op_id maker = graph_->definition(v);
    const op_id owner = maker ? maker : graph_->owner(graph_->argument_of(v));
    // The program's own arguments have no owner.
    if (!owner || owner.index < o.index || owner.index >= graph_->next(o).index || maker == o) {
      write(-1);
      write_type(v);
      use(v);
      return;
    }
    write(owner.index - o.index);
    write(maker ? -1 : static_cast<std::int64_t>(graph_->argument_of(v).index - graph_->regions(owner)[0].index));
    write(static_cast<std::int64_t>(graph_->position(v)));
  }
  template <class Ops>
  constexpr void write_regions(const basic_graph<Ops>& g, op_id o) {
    for (op_id inner{o.index + 1}; inner.index < g.next(o).index; ++inner.index) {
      write_op(g, inner);
      write(static_cast<std::int64_t>(g.operands(inner).size()));
      for (const value_id v : g.operands(inner)) write_inner_use(o, v);
      write_types(g.results(inner));
    }
    for (op_id inner = o; inner.index < g.next(o).index; ++inner.index) {
      for (const region_id r : g.regions(inner)) {
        write(g.first_op(r).index - o.index);
        write(g.end_op(r).index - o.index);
        write_types(g.arguments(r));
        write(static_cast<std::int64_t>(g.results(r).size()));
        for (const value_id v : g.results(r)) write_inner_use(o, v);
      }
    }
  }

  // --- cells -------------------------------------------------------------------------------------------------
  constexpr void use(value_id v) { uses_.push_back(v); }
  constexpr void define(value_id v) {
    definitions_of_[v.index] = {{static_cast<std::uint32_t>(cells_.size())},
                                static_cast<std::uint32_t>(definitions_.size()) - begun_definitions_};
    definitions_.push_back(v);
  }
  constexpr cell_id close(outline_cell::kind what, std::uint32_t index) {
    outline_cell c;
    c.what = what;
    c.index = index;
    c.label = labels_.intern(label_);
    c.first_use = begun_uses_;
    c.use_count = static_cast<std::uint32_t>(uses_.size()) - begun_uses_;
    c.first_definition = begun_definitions_;
    c.definition_count = static_cast<std::uint32_t>(definitions_.size()) - begun_definitions_;
    cells_.push_back(c);
    label_.clear();
    begun_uses_ = static_cast<std::uint32_t>(uses_.size());
    begun_definitions_ = static_cast<std::uint32_t>(definitions_.size());
    return {static_cast<std::uint32_t>(cells_.size() - 1)};
  }
  // The op around a region whose ops are cells.
  constexpr void use_surroundings(region_id r) {
    if (const op_id owner = graph_->owner(r)) {
      write(r.index - graph_->regions(owner)[0].index);
      use(place(owner));
    }
  }

  /// Adds the cells of an op and returns the next op that has cells.
  template <class Ops>
  constexpr op_id add_op(const basic_graph<Ops>& g, op_id o) {
    const auto units = rules_->units(o);
    const op_info& info = g.info(o);
    write(2);
    write_op(g, o);
    if (!(units.size() > 1 || info.traits.transparent) || info.has_attributes) {
      for (const value_id v : g.operands(o)) use(v);
      write_types(g.operands(o));
      write_types(g.results(o));
      if (!g.regions(o).empty()) write_regions(g, o);
      for (const value_id v : g.results(o)) define(v);
      use_surroundings(g.parent(o));
      cell_of_op_[o.index] = close(outline_cell::kind::op, o.index);
      return g.next(o);
    }
    // To the op itself belongs what is in no unit of its, such as a loop's condition.
    write(static_cast<std::int64_t>(g.regions(o).size()));
    define(place(o));
    add_rest(o, g.operands(o), slot_role::operand, 0);
    add_rest(o, g.results(o), slot_role::result, 0);
    for (std::size_t i = 0; i < g.regions(o).size(); ++i) {
      add_rest(o, g.results(g.regions(o)[i]), slot_role::yield, i);
      add_rest(o, g.arguments(g.regions(o)[i]), slot_role::argument, i);
    }
    use_surroundings(g.parent(o));
    cell_of_op_[o.index] = close(outline_cell::kind::op, o.index);
    for (const unit_id u : units) {
      write(3);
      write(g.code(o));
      for (const slot& s : rules_->slots(u)) {
        write(static_cast<std::int64_t>(s.role));
        write(s.region);
        write_type(s.value);
        if (s.is_use()) {
          use(s.value);
        } else {
          define(s.value);
        }
      }
      use(place(o));
      close(outline_cell::kind::carried, u.index);
    }
    return {o.index + 1};
  }

  constexpr void add_rest(op_id o, const auto& values, slot_role role, std::size_t region) {
    in_unit_.assign(values.size(), 0);
    for (const unit_id u : rules_->units(o)) {
      for (const slot& s : rules_->slots(u)) {
        if (s.role == role && s.region == region) in_unit_[s.index] = 1;
      }
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (in_unit_[i] != 0) continue;
      write(static_cast<std::int64_t>(role));
      write(static_cast<std::int64_t>(region));
      write_type(values[i]);
      if (role == slot_role::operand || role == slot_role::yield) {
        use(values[i]);
      } else {
        define(values[i]);
      }
    }
  }

  constexpr void find_users() {
    first_user_.assign(definitions_of_.size() + 1, 0);
    for (const value_id v : uses_) ++first_user_[v.index + 1];
    for (std::size_t i = 1; i < first_user_.size(); ++i) first_user_[i] += first_user_[i - 1];
    users_.assign(uses_.size(), {});
    // Cells by label and in program order, so that each value's uses come out in that order.
    plain_vector<std::uint32_t> first_of_label(cells_.size() + 1);
    for (const outline_cell& c : cells_) ++first_of_label[c.label + 1];
    for (std::size_t i = 1; i < first_of_label.size(); ++i) first_of_label[i] += first_of_label[i - 1];
    plain_vector<std::uint32_t> by_label(cells_.size());
    for (std::uint32_t i = 0; i < cells_.size(); ++i) by_label[first_of_label[cells_[i].label]++] = i;
    plain_vector<std::uint32_t> next = first_user_;
    for (std::size_t begin = 0, end = 0; begin < by_label.size(); begin = end) {
      const outline_cell& first = cells_[by_label[begin]];
      while (end < by_label.size() && cells_[by_label[end]].label == first.label) ++end;
      for (std::uint32_t position = 0; position < first.use_count; ++position) {
        for (std::size_t i = begin; i < end; ++i) {
          const outline_cell& c = cells_[by_label[i]];
          users_[next[uses_[c.first_use + position].index]++] = {{by_label[i]}, position};
        }
      }
    }
  }

  const graph_base* graph_;
  const rule_table* rules_;
  plain_vector<outline_cell> cells_;
  plain_vector<value_id> uses_, definitions_;
  plain_vector<cell_definition> definitions_of_;
  plain_vector<std::uint32_t> first_user_;
  plain_vector<cell_use> users_;
  plain_vector<cell_id> cell_of_op_;
  std::uint32_t first_op_ = 0, end_op_ = 0;

  detail::number_lists labels_;
  plain_vector<std::int64_t> label_;  // of the cell under construction
  std::uint32_t begun_uses_ = 0, begun_definitions_ = 0;
  plain_vector<annotation> noted_;
  plain_vector<std::uint8_t> in_unit_;
};

}  // namespace partita
