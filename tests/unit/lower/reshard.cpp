// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Reshard plans are carried out on numbered elements: each device starts with its part under the first
// layout, every step moves elements as its definition says, and what each device holds in the end must be its
// part under the second layout.

#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include <doctest/doctest.h>

#include <partita/lower/reshard.hpp>

namespace {

using namespace partita;

struct held_part {
  std::vector<std::int64_t> dims;
  std::vector<std::int64_t> elements;  // row-major numbers of global elements
};

struct machine {
  axis_sizes axes;
  std::vector<std::int64_t> sizes;

  [[nodiscard]] std::int64_t devices() const {
    std::int64_t n = 1;
    for (const auto s : axes) n *= s;
    return n;
  }
  [[nodiscard]] std::int64_t coordinate(std::int64_t device, std::size_t axis) const {
    std::int64_t stride = 1;
    for (std::size_t a = axis + 1; a < axes.size(); ++a) stride *= axes[a];
    return device / stride % axes[axis];
  }
  [[nodiscard]] std::int64_t with_coordinate(std::int64_t device, std::size_t axis, std::int64_t c) const {
    std::int64_t stride = 1;
    for (std::size_t a = axis + 1; a < axes.size(); ++a) stride *= axes[a];
    return device + (c - coordinate(device, axis)) * stride;
  }

  static held_part cut(const held_part& s, std::size_t dim, std::int64_t part, std::int64_t parts) {
    held_part out;
    out.dims = s.dims;
    out.dims[dim] /= parts;
    std::int64_t inner = 1;
    for (std::size_t d = dim + 1; d < s.dims.size(); ++d) inner *= s.dims[d];
    const std::int64_t block = out.dims[dim] * inner, row = s.dims[dim] * inner;
    const auto total = static_cast<std::int64_t>(s.elements.size());
    for (std::int64_t at = 0; at < total; at += row) {
      for (std::int64_t i = 0; i < block; ++i) out.elements.push_back(s.elements[static_cast<std::size_t>(at + part * block + i)]);
    }
    return out;
  }
  static held_part join(const std::vector<held_part>& parts, std::size_t dim) {
    held_part out;
    out.dims = parts[0].dims;
    std::int64_t inner = 1;
    for (std::size_t d = dim; d < out.dims.size(); ++d) inner *= out.dims[d];
    out.dims[dim] *= static_cast<std::int64_t>(parts.size());
    const auto total = static_cast<std::int64_t>(parts[0].elements.size());
    for (std::int64_t at = 0; at < total; at += inner) {
      for (const held_part& p : parts) {
        for (std::int64_t i = 0; i < inner; ++i) out.elements.push_back(p.elements[static_cast<std::size_t>(at + i)]);
      }
    }
    return out;
  }

  [[nodiscard]] std::vector<held_part> place(const layout& l) const {
    held_part whole{sizes, {}};
    std::int64_t n = 1;
    for (const auto s : sizes) n *= s;
    for (std::int64_t i = 0; i < n; ++i) whole.elements.push_back(i);
    std::vector<held_part> all;
    for (std::int64_t device = 0; device < devices(); ++device) {
      held_part s = whole;
      for (const split& x : l.splits) s = cut(s, x.dim, coordinate(device, x.axis), axes[x.axis]);
      all.push_back(s);
    }
    return all;
  }

  [[nodiscard]] std::vector<held_part> run(const std::vector<held_part>& held, const reshard_step& step) const {
    std::vector<held_part> next;
    for (std::int64_t device = 0; device < devices(); ++device) {
      const auto here = static_cast<std::size_t>(device);
      switch (step.kind) {
        case collective_kind::all_slice: {
          held_part s = held[here];
          for (std::size_t i = 0; i < step.moves.size(); ++i) {
            s = cut(s, step.moves[i].to_dim, coordinate(device, step.moves[i].axis), step.moves[i].size);
          }
          next.push_back(s);
          break;
        }
        case collective_kind::all_gather: next.push_back(gather(held, device, step, step.moves.size())); break;
        case collective_kind::all_to_all: {
          // What the group holds together along from_dim, and of that this device's part along to_dim.
          held_part s = gather(held, device, step, step.moves.size());
          for (std::size_t i = 0; i < step.moves.size(); ++i) {
            s = cut(s, step.moves[i].to_dim, coordinate(device, step.moves[i].axis), step.moves[i].size);
          }
          next.push_back(s);
          break;
        }
        case collective_kind::collective_permute: {
          // The device that held, in the order before, the block that this device is to hold in the order after.
          std::map<std::size_t, std::vector<op::axis_move>> dims;
          for (std::size_t i = 0; i < step.moves.size(); ++i) dims[step.moves[i].from_dim].push_back(step.moves[i]);
          std::int64_t source = device;
          for (const auto& [dim, before] : dims) {
            std::vector<op::axis_move> after(before.size());
            for (const auto& m : before) after[m.to_dim] = m;
            std::int64_t block = 0;
            for (const auto& m : after) block = block * m.size + coordinate(device, m.axis);
            for (std::size_t k = before.size(); k-- > 0;) {
              source = with_coordinate(source, before[k].axis, block % before[k].size);
              block /= before[k].size;
            }
          }
          next.push_back(held[static_cast<std::size_t>(source)]);
          break;
        }
        default: FAIL("a reshard has no reduction");
      }
    }
    return next;
  }

  [[nodiscard]] held_part gather(const std::vector<held_part>& held, std::int64_t device, const reshard_step& step, std::size_t count) const {
    if (count == 0) return held[static_cast<std::size_t>(device)];
    // The first move is the major one: its parts lie outermost.
    const op::axis_move m = step.moves[step.moves.size() - count];
    std::vector<held_part> parts;
    for (std::int64_t c = 0; c < m.size; ++c) parts.push_back(gather(held, with_coordinate(device, m.axis, c), step, count - 1));
    return join(parts, m.from_dim);
  }
};

layout random_layout(const machine& m, std::mt19937& random) {
  layout l;
  std::vector<std::int64_t> left = m.sizes;
  std::vector<std::size_t> order;
  for (std::size_t a = 0; a < m.axes.size(); ++a) order.push_back(a);
  std::shuffle(order.begin(), order.end(), random);
  for (const std::size_t a : order) {
    const std::size_t d = random() % (m.sizes.size() + 1);
    if (d == m.sizes.size() || left[d] % m.axes[a] != 0) continue;
    l.add(d, static_cast<axis_index>(a));
    left[d] /= m.axes[a];
  }
  return l;
}

}  // namespace

TEST_CASE("a reshard plan moves every element to where the second layout wants it") {
  const machine machines[] = {{{4, 2}, {8, 8}},      {{2, 2, 2}, {8, 4, 2}}, {{2, 3, 2}, {12, 6, 4}},
                              {{4, 2}, {4, 2}},      {{2, 2}, {2, 2}},       {{2, 2, 3}, {12, 12}},
                              {{2, 2, 2, 2}, {4, 4}}};
  std::mt19937 random(1);
  for (const machine& m : machines) {
    for (int i = 0; i < 300; ++i) {
      const layout from = random_layout(m, random), to = random_layout(m, random);
      size_list sizes(list_view<std::int64_t>{m.sizes});
      std::vector<held_part> held = m.place(from);
      for (const reshard_step& step : plan_reshard(sizes.view(), from, to, m.axes)) held = m.run(held, step);
      const std::vector<held_part> wanted = m.place(to);
      bool same = true;
      for (std::size_t d = 0; d < held.size(); ++d) {
        same = same && held[d].dims == wanted[d].dims && held[d].elements == wanted[d].elements;
      }
      REQUIRE(same);
    }
  }
}

TEST_CASE("a reshard plan uses the one collective that suffices") {
  const axis_sizes axes{4, 2};
  const size_list sizes{16, 16};
  const auto of = [](std::initializer_list<split> splits) {
    layout l;
    for (const split& s : splits) l.add(s.dim, s.axis);
    return l;
  };
  const auto kinds = [&](const layout& from, const layout& to) {
    std::vector<collective_kind> found;
    for (const reshard_step& s : plan_reshard(sizes, from, to, axes)) found.push_back(s.kind);
    return found;
  };
  using enum collective_kind;
  CHECK(kinds(of({{0, 0}}), of({{0, 0}})).empty());
  CHECK(kinds(of({{0, 0}}), of({})) == std::vector{all_gather});
  CHECK(kinds(of({{0, 0}, {1, 1}}), of({})) == std::vector{all_gather});
  CHECK(kinds(of({}), of({{1, 0}})) == std::vector{all_slice});
  CHECK(kinds(of({{0, 0}}), of({{1, 0}})) == std::vector{all_to_all});
  CHECK(kinds(of({{0, 0}, {0, 1}}), of({{1, 0}, {1, 1}})) == std::vector{all_to_all});
  CHECK(kinds(of({{0, 0}, {0, 1}}), of({{0, 0}})) == std::vector{all_gather});
  // The major axis can only leave once the minor one has changed places with it.
  CHECK(kinds(of({{0, 0}, {0, 1}}), of({{0, 1}})) == std::vector{collective_permute, all_gather});
  CHECK(kinds(of({{0, 0}, {0, 1}}), of({{0, 1}, {0, 0}})) == std::vector{collective_permute});
}
