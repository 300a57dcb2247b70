// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// From Shardy's shardings to layouts. Shardy may split a dim over a part of an axis; a layout splits over whole axes.
// So the axes of the program's mesh are split where some sharding or collective splits one, and every part that is
// named is a run of whole axes of the finer mesh. Device numbers stay what they are.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/exchange/sdy_text.hpp>
#include <partita/ir/type.hpp>
#include <partita/mesh/device_mesh.hpp>
#include <partita/sharding/layout.hpp>

namespace partita::sdy {

/// What a program asks for that cannot be done as its shardings say.
enum class need : std::uint8_t {
  padding,           ///< parts that are not equal where the caller or code for one device has to do with them
  one_mesh,          ///< values on meshes with different axes
  nested_parts,      ///< parts of one axis that overlap without one lying in the other
  fewer_axes,        ///< axes, or parts of them, beyond what a mesh can have
  one_device_order,  ///< code for one device on a mesh that numbers its devices in an order of its own
  known_parts,       ///< a sum over devices of what is not known to be parts of one value
};
[[nodiscard]] constexpr std::string_view name_of(need n) {
  constexpr std::string_view names[] = {
      "padding", "one mesh", "nested parts of axes", "fewer axes", "one order of devices", "known parts of sums"};
  return names[static_cast<std::size_t>(n)];
}

/// Shardings that are understood but cannot be carried out. Says where, why, and what would do.
class unsupported_sharding : public error {
 public:
  unsupported_sharding(need n, const std::string& message) : error(message), need_(n) {}
  [[nodiscard]] need lacks() const { return need_; }

 private:
  need need_;
};

/// Where a value is: its layout over the finer mesh, and what a layout does not say.
struct place {
  layout at;
  std::vector<std::int64_t> devices;  ///< device of each place of the mesh, row-major; empty: each place's own number
  std::int64_t only = -1;             ///< the one device that has the value; -1: all that the layout says
  std::uint8_t unreduced = 0;         ///< bit a: devices along axis a have parts that are still to be combined
  monoid combines = monoid::add;      ///< how these combine
  std::vector<split> left_whole;      ///< splits into parts that would not be equal: not in the layout

  /// Dim that is split over axis a, or would be if the parts were equal; -1 for none.
  [[nodiscard]] int wanted_dim_of(axis_index a) const {
    for (const split& s : left_whole) {
      if (s.axis == a) return s.dim;
    }
    return at.dim_of(a);
  }
};

/// The mesh of a program, made finer as its shardings want it.
///
/// Use: add each mesh, note each sharding and the axes of each collective, finish; then the rest. Throws error for
/// meshes that are none and names that lead nowhere, unsupported_sharding for what cannot be done.
class fine_mesh {
 public:
  void add(const mesh& m) { meshes_.push_back(checked(m)); }

  void note(const sharding& s, const std::string& where) {
    bool whole = s.unreduced.empty();
    for (const auto& dim : s.dims) whole = whole && dim.empty();
    // What is whole on one mesh is whole on another.
    if (whole) {
      if (whole_on_.axes.empty()) whole_on_ = checked(mesh_of(s, where));
      return;
    }
    note_mesh(s, where);
    for (const auto& dim : s.dims) note_axes(dim, where);
    note_axes(s.unreduced, where);
  }
  /// Axes that a collective with a result of this sharding names.
  void note(const std::vector<axis_ref>& axes, const sharding& s, const std::string& where) {
    note_mesh(s, where);
    note_axes(axes, where);
  }

  void finish() {
    if (axes_.empty()) use(whole_on_);
    for (cut_axis& c : axes_) {
      std::sort(c.cuts.begin(), c.cuts.end());
      c.cuts.erase(std::unique(c.cuts.begin(), c.cuts.end()), c.cuts.end());
      if (c.cuts.size() == 1) add_part(c, 1, 1);
      for (std::size_t i = 0; i + 1 < c.cuts.size(); ++i) {
        if (c.cuts[i + 1] % c.cuts[i] != 0) {
          throw unsupported_sharding(need::nested_parts,
                                     "axis \"" + c.whole.name + "\" is split after " + std::to_string(c.cuts[i]) +
                                         " and after " + std::to_string(c.cuts[i + 1]) +
                                         ", of which none divides the other; one of the splits must go");
        }
        add_part(c, c.cuts[i], c.cuts[i + 1] / c.cuts[i]);
      }
    }
  }

  /// The finer mesh; one device when no value is on a mesh with axes.
  [[nodiscard]] const device_mesh& result() const { return mesh_; }

  /// Axes of the finer mesh that make up the named ones.
  [[nodiscard]] std::uint8_t set_of(const std::vector<axis_ref>& axes) const {
    unsigned bits = 0;
    for (const axis_ref& a : axes) for_each_part(a, [&](axis_index p) { bits |= 1u << p; });
    return static_cast<std::uint8_t>(bits);
  }

  /// The splits of a place that are not in its layout, in words; empty when there are none.
  [[nodiscard]] std::string unequal_parts(const place& p, const type_view& t, const std::string& where) const {
    std::string text;
    for (const split& s : p.left_whole) {
      text += (text.empty() ? where + ": dim " : ", dim ") + std::to_string(s.dim) + " of " + partita::to_string(t) +
              " over " + std::string(mesh_.name(s.axis));
    }
    return text.empty() ? text : text + ": the parts would not be equal";
  }

  /// Throws error when the sharding does not fit the type. A dim is split over the axes from the major one as long as
  /// the parts are equal.
  [[nodiscard]] place place_of(const sharding& s, const type_view& t, const std::string& where) const {
    const mesh& m = mesh_of(s, where);
    place p;
    if (m.is_single_device()) {
      p.only = m.device_ids[0];
      if (p.only < 0 || p.only >= mesh_.devices())
        throw error(where + " is on device " + std::to_string(p.only) + ", but there are " +
                    std::to_string(mesh_.devices()));
      return p;
    }
    const std::size_t rank = t.is_tensor() ? t.rank() : 0;  // a token has a sharding without dims
    if (rank != s.dims.size()) {
      throw error(where + " is " + partita::to_string(t) + ", but its sharding is of " + std::to_string(s.dims.size()) +
                  " dims");
    }
    unsigned named = 0;
    const auto name_once = [&](axis_index a) {
      if ((named >> a & 1) != 0) throw error(where + ": its sharding names " + std::string(mesh_.name(a)) + " twice");
      named |= 1u << a;
    };
    for (std::size_t d = 0; d < rank; ++d) {
      std::int64_t size = t.dims[d];
      bool equal = true;
      for (const axis_ref& ref : s.dims[d]) {
        for_each_part(ref, [&](axis_index a) {
          name_once(a);
          equal = equal && size != dynamic_size && size % mesh_.size(a) == 0;
          size /= mesh_.size(a);
          if (equal) p.at.add(d, a);
          if (!equal) p.left_whole.push_back({static_cast<std::uint8_t>(d), a});
        });
      }
    }
    for (const axis_ref& ref : s.unreduced) for_each_part(ref, name_once);
    if (named != 0) p.devices = m.device_ids;
    p.unreduced = set_of(s.unreduced);
    p.combines = s.combines;
    return p;
  }

 private:
  struct cut_axis {
    axis whole;
    std::vector<std::int64_t> cuts;  // sizes of the parts that end there, from the major end
  };
  struct part {
    std::string axis;
    std::int64_t before, size;
    axis_index number;
  };

  void use(const mesh& m) {
    for (const axis& a : m.axes) axes_.push_back({a, {1, a.size}});
    name_ = m.name;
  }
  void note_mesh(const sharding& s, const std::string& where) {
    const mesh m = checked(mesh_of(s, where));
    if (axes_.empty()) use(m);
    bool same = axes_.size() == m.axes.size();
    for (std::size_t i = 0; same && i < m.axes.size(); ++i) same = axes_[i].whole == m.axes[i];
    if (same) return;
    throw unsupported_sharding(need::one_mesh,
                               where + " is on mesh @" + m.name + ", other values are on @" + name_ +
                                   " with other axes; what is split must be on meshes of the same axes");
  }
  void note_axes(const std::vector<axis_ref>& axes, const std::string& where) {
    for (const axis_ref& a : axes) {
      cut_axis& c = find(a.name, where);
      if (a.size == 0) continue;
      if (a.size > c.whole.size || a.before > c.whole.size / a.size || c.whole.size % (a.before * a.size) != 0)
        throw error(where + ": " + to_string(a) + " is no part of an axis of size " + std::to_string(c.whole.size));
      c.cuts.push_back(a.before);
      c.cuts.push_back(a.before * a.size);
    }
  }
  static mesh checked(mesh m) {
    std::int64_t devices = 1;
    for (const axis& a : m.axes) {
      if (a.size < 1 || a.size > max_devices / devices)
        throw error("sdy.mesh @" + m.name + ": axis \"" + a.name + "\" has size " + std::to_string(a.size));
      devices *= a.size;
    }
    if (m.device_ids.empty() || m.is_single_device()) return m;
    std::vector<std::int64_t> sorted = m.device_ids;
    std::sort(sorted.begin(), sorted.end());
    bool all = static_cast<std::int64_t>(sorted.size()) == devices;
    for (std::size_t i = 0; all && i < sorted.size(); ++i) all = sorted[i] == static_cast<std::int64_t>(i);
    if (!all)
      throw error("sdy.mesh @" + m.name + ": device_ids must name each of " + std::to_string(devices) +
                  " devices once");
    if (m.device_ids == sorted) m.device_ids.clear();
    return m;
  }
  static std::string to_string(const axis_ref& a) {
    std::string text = a.name;
    if (a.size != 0) text += ":(" + std::to_string(a.before) + ")" + std::to_string(a.size);
    return text;
  }
  const mesh& mesh_of(const sharding& s, const std::string& where) const {
    if (s.mesh_name.empty()) return s.inlined;
    for (const mesh& m : meshes_) {
      if (m.name == s.mesh_name) return m;
    }
    throw error(where + " is on mesh @" + s.mesh_name + ", which the program does not have");
  }
  // Calls f for each axis of the finer mesh that an axis or part of one consists of, major first; not for size 1.
  template <class F>
  void for_each_part(const axis_ref& a, F&& f) const {
    for (const part& p : parts_) {
      const bool inside = a.size == 0 || (p.before >= a.before && p.before * p.size <= a.before * a.size);
      if (p.axis == a.name && inside && p.size > 1) f(p.number);
    }
  }
  cut_axis& find(const std::string& name, const std::string& where) {
    for (cut_axis& c : axes_) {
      if (c.whole.name == name) return c;
    }
    throw error(where + " names axis \"" + name + "\", which its mesh does not have");
  }
  void add_part(const cut_axis& c, std::int64_t before, std::int64_t size) {
    if (mesh_.axis_count() == max_axes) {
      throw unsupported_sharding(need::fewer_axes, "the mesh of the program has more than " + std::to_string(max_axes) +
                                                       " axes where shardings split axes; one of the splits must go");
    }
    const bool whole = size == c.whole.size;
    mesh_.add(whole ? c.whole.name : to_string(axis_ref{c.whole.name, before, size}), size);
    parts_.push_back({c.whole.name, before, size, static_cast<axis_index>(mesh_.axis_count() - 1)});
  }

  std::vector<mesh> meshes_;
  mesh whole_on_;  // the first mesh with axes of values that are whole
  std::vector<cut_axis> axes_;
  std::string name_;
  device_mesh mesh_;
  std::vector<part> parts_;
};

}  // namespace partita::sdy
