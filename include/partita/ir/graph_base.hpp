// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The structure of a program in SSA form, apart from which set of ops it uses: values, ops, regions and
// names in dense arrays. Ops are numbered in program order with an op before the ops of its regions, so
// that a region is a contiguous range of op numbers. basic_graph<Ops> (graph.hpp) adds attributes.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <partita/ir/type.hpp>
#include <partita/support/list_view.hpp>
#include <partita/support/plain_vector.hpp>
#include <partita/support/text_pool.hpp>

namespace partita {

namespace detail {
template <class Tag>
struct index_of {
  std::uint32_t index = ~std::uint32_t{0};
  [[nodiscard]] constexpr explicit operator bool() const { return index != ~std::uint32_t{0}; }
  [[nodiscard]] friend constexpr bool operator==(index_of, index_of) = default;
  [[nodiscard]] friend constexpr auto operator<=>(index_of a, index_of b) { return a.index <=> b.index; }
};
}  // namespace detail

/// Dense numbers of values, ops and regions in one graph. A default-made id names nothing and is false.
using value_id = detail::index_of<struct value_tag>;
using op_id = detail::index_of<struct op_tag>;
using region_id = detail::index_of<struct region_tag>;

/// Which op of an op_set an op is.
using op_code = std::uint16_t;

/// A run of consecutive ids: `for (value_id v : g.results(o))`.
template <class Id>
struct id_range {
  std::uint32_t first = 0, count = 0;
  struct iterator {
    std::uint32_t at;
    constexpr Id operator*() const { return {at}; }
    constexpr iterator& operator++() { ++at; return *this; }
    [[nodiscard]] friend constexpr bool operator==(iterator, iterator) = default;
  };
  [[nodiscard]] constexpr iterator begin() const { return {first}; }
  [[nodiscard]] constexpr iterator end() const { return {first + count}; }
  [[nodiscard]] constexpr std::size_t size() const { return count; }
  [[nodiscard]] constexpr bool empty() const { return count == 0; }
  [[nodiscard]] constexpr Id operator[](std::size_t i) const { return {first + static_cast<std::uint32_t>(i)}; }
};

/// An attribute kept as text because its meaning lies elsewhere (sdy.sharding, sdy.mesh).
struct annotation {
  enum class place : std::uint8_t { program, argument, result, op } where = place::program;
  std::uint32_t index = 0;  ///< argument, result or op number; 0 for the program
  text_id key, value;
  [[nodiscard]] friend constexpr bool operator==(const annotation&, const annotation&) = default;
};

class graph_base {
 public:
  constexpr graph_base() { open_region({}); }

  // --- reading ---------------------------------------------------------------------------------------
  [[nodiscard]] constexpr std::size_t value_count() const { return value_types_.size(); }
  [[nodiscard]] constexpr std::size_t op_count() const { return ops_.size(); }
  [[nodiscard]] constexpr std::size_t region_count() const { return regions_.size(); }

  [[nodiscard]] constexpr region_id body() const { return {0}; }  ///< the whole program
  [[nodiscard]] constexpr id_range<value_id> arguments() const { return arguments(body()); }
  [[nodiscard]] constexpr list_view<value_id> results() const { return results(body()); }

  [[nodiscard]] constexpr type_id type_index(value_id v) const { return value_types_[v.index]; }
  [[nodiscard]] constexpr type_view type(value_id v) const { return types_[value_types_[v.index]]; }
  [[nodiscard]] constexpr type_view type(type_id t) const { return types_[t]; }
  /// The op that defines v; false for an argument of a region.
  [[nodiscard]] constexpr op_id definition(value_id v) const {
    const std::uint32_t owner = value_owners_[v.index];
    return owner & argument_bit ? op_id{} : op_id{owner};
  }
  /// The region whose argument v is; false for a result of an op.
  [[nodiscard]] constexpr region_id argument_of(value_id v) const {
    const std::uint32_t owner = value_owners_[v.index];
    return owner & argument_bit ? region_id{owner & ~argument_bit} : region_id{};
  }
  /// Position of v among its op's results or its region's arguments.
  [[nodiscard]] constexpr std::size_t position(value_id v) const {
    const op_id o = definition(v);
    return o ? v.index - ops_[o.index].first_result : v.index - regions_[argument_of(v).index].first_argument;
  }

  [[nodiscard]] constexpr op_code code(op_id o) const { return ops_[o.index].code; }
  [[nodiscard]] constexpr list_view<value_id> operands(op_id o) const {
    const op_entry& e = ops_[o.index];
    return list(e.first_operand, e.operand_count);
  }
  [[nodiscard]] constexpr id_range<value_id> results(op_id o) const {
    const op_entry& e = ops_[o.index];
    return {e.first_result, e.result_count};
  }
  [[nodiscard]] constexpr id_range<region_id> regions(op_id o) const {
    const op_entry& e = ops_[o.index];
    return {e.first_region, e.region_count};
  }
  [[nodiscard]] constexpr region_id parent(op_id o) const { return ops_[o.index].parent; }
  [[nodiscard]] constexpr op_id owner(region_id r) const { return regions_[r.index].owner; }
  /// Number of the first op after o and all that its regions hold.
  [[nodiscard]] constexpr op_id next(op_id o) const { return {ops_[o.index].end}; }
  [[nodiscard]] constexpr std::uint32_t attribute_index(op_id o) const { return ops_[o.index].attributes; }
  /// Where the op stands in the user's program, such as jit(step)/block/attention/dot_general.
  [[nodiscard]] constexpr std::string_view scope(op_id o) const { return texts_[ops_[o.index].scope]; }
  [[nodiscard]] constexpr text_id scope_id(op_id o) const { return ops_[o.index].scope; }

  [[nodiscard]] constexpr id_range<value_id> arguments(region_id r) const {
    return {regions_[r.index].first_argument, regions_[r.index].argument_count};
  }
  [[nodiscard]] constexpr list_view<value_id> results(region_id r) const {
    return list(regions_[r.index].first_result, regions_[r.index].result_count);
  }
  /// Ops of the region from `first` on, without those nested deeper:
  /// for (op_id o = g.first_op(r); o != g.end_op(r); o = g.next(o)).
  [[nodiscard]] constexpr op_id first_op(region_id r) const { return {regions_[r.index].first_op}; }
  [[nodiscard]] constexpr op_id end_op(region_id r) const { return {regions_[r.index].end_op}; }

  /// Name of an argument as the user wrote it, with slashes: params/blocks/0/w.
  [[nodiscard]] constexpr std::string_view argument_name(std::size_t i) const { return texts_[argument_names_[i]]; }
  [[nodiscard]] constexpr std::string_view result_name(std::size_t i) const { return texts_[result_names_[i]]; }
  [[nodiscard]] constexpr std::string_view name() const { return texts_[name_]; }
  [[nodiscard]] constexpr std::string_view text(text_id t) const { return texts_[t]; }
  [[nodiscard]] constexpr list_view<annotation> annotations() const { return annotations_; }

  /// Raw little-endian bytes of constants; see constant_data.
  [[nodiscard]] constexpr list_view<std::uint8_t> bytes(std::uint32_t first, std::uint32_t count) const {
    return count == 0 ? list_view<std::uint8_t>{}
                      : list_view<std::uint8_t>{bytes_.data() + first, count};
  }

  // --- building: regions and ops open and close like brackets ----------------------------------------
  constexpr type_id intern(const type_view& t) { return types_.intern(t); }
  constexpr text_id intern(std::string_view t) { return texts_.intern(t); }
  constexpr void set_name(std::string_view n) { name_ = texts_.intern(n); }

  constexpr value_id add_argument(region_id r, type_id t) {
    region_entry& e = regions_[r.index];
    if (e.argument_count == 0) e.first_argument = static_cast<std::uint32_t>(value_types_.size());
    ++e.argument_count;
    return add_value(t, r.index | argument_bit);
  }
  constexpr value_id add_argument(type_id t, std::string_view argument_name) {
    argument_names_.push_back(texts_.intern(argument_name));
    return add_argument(body(), t);
  }
  constexpr void add_result(value_id v, std::string_view result_name) {
    result_names_.push_back(texts_.intern(result_name));
    pending_results_.push_back(v);
  }
  constexpr void annotate(const annotation& a) { annotations_.push_back(a); }
  /// For an op whose attributes or scope are known only after its regions, as in text.
  constexpr void set_attributes(op_id o, std::uint32_t attributes) { ops_[o.index].attributes = attributes; }
  constexpr void set_scope(op_id o, text_id scope) { ops_[o.index].scope = scope; }

  constexpr std::uint32_t add_bytes(list_view<std::uint8_t> data) {
    const auto first = static_cast<std::uint32_t>(bytes_.size());
    bytes_.append(data);
    return first;
  }

  /// Appends an op to region r, which must be the innermost open one. Its regions follow, then close_op.
  constexpr op_id open_op(region_id r, op_code code, list_view<value_id> operands,
                          std::uint32_t attributes, text_id scope) {
    const op_id o{static_cast<std::uint32_t>(ops_.size())};
    op_entry e;
    e.code = code;
    e.first_operand = add_list(operands);
    e.operand_count = static_cast<std::uint32_t>(operands.size());
    e.attributes = attributes;
    e.scope = scope;
    e.parent = r;
    e.end = o.index + 1;
    ops_.push_back(e);
    return o;
  }
  /// Gives o its results. The results' ids are consecutive.
  constexpr void close_op(op_id o, list_view<type_id> result_types) {
    op_entry& e = ops_[o.index];
    e.first_result = static_cast<std::uint32_t>(value_types_.size());
    e.result_count = static_cast<std::uint32_t>(result_types.size());
    for (const type_id t : result_types) add_value(t, o.index);
    e.end = static_cast<std::uint32_t>(ops_.size());
  }
  /// The regions of one op are made before any of them is filled: their ids are consecutive.
  constexpr region_id open_region(op_id owner) {
    const region_id r{static_cast<std::uint32_t>(regions_.size())};
    region_entry e;
    e.owner = owner;
    regions_.push_back(e);
    if (owner) {
      op_entry& o = ops_[owner.index];
      if (o.region_count == 0) o.first_region = r.index;
      ++o.region_count;
    }
    return r;
  }
  /// Call when the region's first op is about to be added and when it is complete.
  constexpr void begin_region(region_id r) { regions_[r.index].first_op = static_cast<std::uint32_t>(ops_.size()); }
  constexpr void end_region(region_id r, list_view<value_id> results) {
    region_entry& e = regions_[r.index];
    e.first_result = add_list(results);
    e.result_count = static_cast<std::uint32_t>(results.size());
    e.end_op = static_cast<std::uint32_t>(ops_.size());
  }
  /// Closes the body with the results added so far.
  constexpr void finish() {
    end_region(body(), pending_results_);
    pending_results_ = {};
  }

 private:
  static constexpr std::uint32_t argument_bit = 0x80000000u;

  struct op_entry {
    op_code code = 0;
    std::uint32_t first_operand = 0, operand_count = 0;
    std::uint32_t first_result = 0, result_count = 0;
    std::uint32_t first_region = 0, region_count = 0;
    std::uint32_t attributes = 0;
    std::uint32_t end = 0;
    text_id scope;
    region_id parent;
  };
  struct region_entry {
    std::uint32_t first_argument = 0, argument_count = 0;
    std::uint32_t first_result = 0, result_count = 0;
    std::uint32_t first_op = 0, end_op = 0;
    op_id owner;
  };

  constexpr value_id add_value(type_id t, std::uint32_t owner) {
    const value_id v{static_cast<std::uint32_t>(value_types_.size())};
    value_types_.push_back(t);
    value_owners_.push_back(owner);
    return v;
  }
  constexpr std::uint32_t add_list(list_view<value_id> ids) {
    const auto first = static_cast<std::uint32_t>(lists_.size());
    lists_.append(ids);
    return first;
  }
  [[nodiscard]] constexpr list_view<value_id> list(std::uint32_t first, std::uint32_t count) const {
    return count == 0 ? list_view<value_id>{} : list_view<value_id>{lists_.data() + first, count};
  }

  type_table types_;
  text_pool texts_;
  plain_vector<type_id> value_types_;
  plain_vector<std::uint32_t> value_owners_;
  plain_vector<op_entry> ops_;
  plain_vector<region_entry> regions_;
  plain_vector<value_id> lists_;
  plain_vector<std::uint8_t> bytes_;
  plain_vector<text_id> argument_names_, result_names_;
  plain_vector<value_id> pending_results_;
  plain_vector<annotation> annotations_;
  text_id name_;
};

}  // namespace partita
