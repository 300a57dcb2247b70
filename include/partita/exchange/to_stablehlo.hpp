// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A device-local program in StableHLO alone: collectives over mesh axes become collectives over groups of
// device numbers, and slices become dynamic_slice at an offset made from partition_id.

#include <array>
#include <cstdint>
#include <vector>

#include <partita/ir/rewriter.hpp>
#include <partita/lower/local_program.hpp>
#include <partita/mesh/device_mesh.hpp>
#include <partita/op/collective.hpp>
#include <partita/op/constant.hpp>
#include <partita/op/elementwise.hpp>
#include <partita/op/mesh_collective.hpp>
#include <partita/op/slice.hpp>

namespace partita {

namespace detail {

/// Groups of `columns` device numbers, kept in the graph.
inline device_groups store_groups(graph_base& g, const std::vector<std::int64_t>& numbers, std::int64_t columns) {
  std::vector<std::uint8_t> bytes;
  for (const std::int64_t n : numbers) {
    for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(n) >> (8 * i)));
  }
  return {static_cast<std::int64_t>(numbers.size()) / columns, columns, g.add_bytes(bytes)};
}

inline constexpr op::channel_handle device_channel{1, 1};

template <class Ops>
class stablehlo_expansion {
 public:
  stablehlo_expansion(const basic_graph<Ops>& g, const device_mesh& mesh) : g_(g), mesh_(mesh), to_(g) {}

  basic_graph<Ops> run() {
    to_.copy_arguments();
    for (std::uint32_t i = 0; i < g_.op_count(); ++i) {
      if (g_.template is<op::mesh_all_slice>(op_id{i})) {
        find_coordinates();
        break;
      }
    }
    to_.copy_body([this](op_id o) { return expand(o); });
    return to_.finish();
  }

 private:
  using attributes = op::detail::mesh_collective::attributes;

  /// Rewrites a collective over mesh axes; false for any other op.
  bool expand(op_id o) {
    if (g_.template is<op::mesh_all_gather>(o)) return finish(o, gather(o));
    if (g_.template is<op::mesh_all_reduce>(o)) return finish(o, all_reduce(o));
    if (g_.template is<op::mesh_reduce_scatter>(o)) return finish(o, reduce_scatter(o));
    if (g_.template is<op::mesh_all_to_all>(o)) return finish(o, all_to_all(o));
    if (g_.template is<op::mesh_collective_permute>(o)) return finish(o, permute(o));
    if (g_.template is<op::mesh_all_slice>(o)) return finish(o, slice(o));
    return false;
  }
  bool finish(op_id o, value_id made) {
    to_.set(g_.results(o)[0], made);
    return true;
  }
  value_id operand(op_id o) const { return to_[g_.operands(o)[0]]; }

  // --- groups of devices -----------------------------------------------------------------------------------

  device_groups store(const std::vector<std::int64_t>& numbers, std::int64_t columns) {
    return store_groups(to_.out(), numbers, columns);
  }

  /// One group for each place on the other axes; within a group the given axes count, major first.
  device_groups groups(list_view<axis_index> axes) {
    std::vector<std::int64_t> numbers;
    std::int64_t columns = 1;
    for (const axis_index a : axes) columns *= mesh_.size(a);
    for (std::int64_t device = 0; device < mesh_.devices(); ++device) {
      bool first = true;
      for (const axis_index a : axes) first = first && mesh_.coordinate(device, a) == 0;
      if (!first) continue;
      for (std::int64_t k = 0; k < columns; ++k) {
        std::int64_t member = device, rest = k;
        for (std::size_t i = axes.size(); i-- > 0;) {
          member += rest % mesh_.size(axes[i]) * mesh_.stride(axes[i]);
          rest /= mesh_.size(axes[i]);
        }
        numbers.push_back(member);
      }
    }
    return store(numbers, columns);
  }

  static constexpr op::channel_handle channel = device_channel;

  struct dim_axes {
    std::uint8_t from, to;
    axis_list axes;
  };
  /// The moves of a collective, those with the same dims together.
  static std::vector<dim_axes> by_dims(const attributes& a) {
    std::vector<dim_axes> groups;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (groups.empty() || groups.back().from != a[i].from_dim || groups.back().to != a[i].to_dim) {
        groups.push_back({a[i].from_dim, a[i].to_dim, {}});
      }
      groups.back().axes.push_back(a[i].axis);
    }
    return groups;
  }

  // --- collectives -----------------------------------------------------------------------------------------

  value_id gather(op_id o) {
    value_id v = operand(o);
    for (const dim_axes& d : by_dims(g_.template attributes<op::mesh_all_gather>(o))) {
      v = to_.template add<op::all_gather>({v}, {d.from, groups(d.axes), channel, true});
    }
    return v;
  }

  value_id all_reduce(op_id o) {
    const attributes& a = g_.template attributes<op::mesh_all_reduce>(o);
    return reducing<op::all_reduce>(operand(o), {groups(a.axes), channel, true}, a.combines);
  }

  value_id reduce_scatter(op_id o) {
    const attributes& a = g_.template attributes<op::mesh_reduce_scatter>(o);
    value_id v = operand(o);
    for (const dim_axes& d : by_dims(a)) v = reducing<op::reduce_scatter>(v, {d.to, groups(d.axes), channel, true}, a.combines);
    return v;
  }

  template <class O>
  value_id reducing(value_id v, const attributes_of<O>& a, monoid m) {
    const type_id scalar = to_.out().intern({to_.out().type(v).element, {}});
    const value_id operands[] = {v};
    const type_id arguments[] = {scalar, scalar};
    return to_.template add_with_region<O>(operands, a, arguments, [&](list_view<value_id> parts) {
      switch (m) {
        case monoid::multiply: return to_.template add<op::multiply>(parts, {});
        case monoid::minimum: return to_.template add<op::minimum>(parts, {});
        case monoid::maximum: return to_.template add<op::maximum>(parts, {});
        case monoid::conjunction: return to_.template add<op::and_>(parts, {});
        case monoid::disjunction: return to_.template add<op::or_>(parts, {});
        default: return to_.template add<op::add>(parts, {});
      }
    });
  }

  value_id all_to_all(op_id o) {
    value_id v = operand(o);
    for (const dim_axes& d : by_dims(g_.template attributes<op::mesh_all_to_all>(o))) {
      std::int64_t parts = 1;
      for (const axis_index a : d.axes) parts *= mesh_.size(a);
      v = to_.template add<op::all_to_all>({v}, {d.to, d.from, parts, groups(d.axes), channel});
    }
    return v;
  }

  /// Every device gets the shard that it is to hold from the device that holds it.
  value_id permute(op_id o) {
    const attributes& a = g_.template attributes<op::mesh_collective_permute>(o);
    std::vector<std::int64_t> pairs;
    for (std::int64_t target = 0; target < mesh_.devices(); ++target) {
      std::int64_t source = target;
      for (std::size_t begin = 0; begin < a.size();) {
        std::size_t end = begin;
        while (end < a.size() && a[end].from_dim == a[begin].from_dim) ++end;
        // Which block of the dim the target is to hold, in the order after; where that is, in the order before.
        std::int64_t block = 0;
        for (std::size_t position = 0; position < end - begin; ++position) {
          for (std::size_t i = begin; i < end; ++i) {
            if (a[i].to_dim == position) block = block * a[i].size + mesh_.coordinate(target, a[i].axis);
          }
        }
        for (std::size_t i = end; i-- > begin;) {
          source += (block % a[i].size - mesh_.coordinate(source, a[i].axis)) * mesh_.stride(a[i].axis);
          block /= a[i].size;
        }
        begin = end;
      }
      pairs.push_back(source);
      pairs.push_back(target);
    }
    return to_.template add<op::collective_permute>({operand(o)}, {store(pairs, 2), channel});
  }

  // --- slices ----------------------------------------------------------------------------------------------

  value_id integer(std::int64_t n) {
    std::vector<std::uint8_t> bytes;
    for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(n) >> (8 * i)));
    return to_.template add<op::constant>({}, {{to_.out().add_bytes(bytes), 4, true}}, {to_.out().intern({element_type::ui32, {}})});
  }

  /// Where this device stands on each axis, once at the start of the program.
  void find_coordinates() {
    to_.leave_scope();
    const value_id device = to_.template add<op::partition_id>({}, {});
    for (std::size_t i = 0; i < mesh_.axis_count(); ++i) {
      const auto a = static_cast<axis_index>(i);
      const value_id along = to_.template add<op::divide>({device, integer(mesh_.stride(a))}, {});
      coordinates_.push_back(to_.template add<op::remainder>({along, integer(mesh_.size(a))}, {}));
    }
  }

  value_id slice(op_id o) {
    const attributes& a = g_.template attributes<op::mesh_all_slice>(o);
    const type_view local = g_.type(g_.results(o)[0]);
    std::vector<value_id> operands{operand(o)};
    for (std::size_t d = 0; d < local.rank(); ++d) {
      value_id start;
      for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].to_dim != d) continue;
        const value_id here = coordinates_[a[i].axis];
        start = start ? to_.template add<op::add>({to_.template add<op::multiply>({start, integer(a[i].size)}, {}), here}, {}) : here;
      }
      operands.push_back(start ? to_.template add<op::multiply>({start, integer(local.dims[d])}, {}) : integer(0));
    }
    return to_.template add<op::dynamic_slice>(operands, {size_list(local.dims)});
  }

  const basic_graph<Ops>& g_;
  const device_mesh& mesh_;
  graph_rewriter<Ops> to_;
  std::vector<value_id> coordinates_;
};

}  // namespace detail

/// The program in StableHLO alone, for `mesh.devices()` devices as one SPMD program: collectives have replica groups of
/// device numbers (row-major over the mesh) and channel handles. Source: StableHLO specification, sections on
/// collective ops.
template <class Ops>
[[nodiscard]] basic_graph<Ops> to_stablehlo(const basic_graph<Ops>& program, const device_mesh& mesh) {
  return detail::stablehlo_expansion<Ops>(program, mesh).run();
}
template <class Ops>
[[nodiscard]] basic_graph<Ops> to_stablehlo(const local_program<Ops>& program, const device_mesh& mesh) {
  return to_stablehlo(program.graph, mesh);
}

}  // namespace partita
