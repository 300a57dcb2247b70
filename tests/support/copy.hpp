// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Copies a program op by op into a new graph, in the order of the file or in a random other order that the data
// flow allows. Result types are inferred again from the copied operands and attributes: a program with an op that
// is not well-typed throws verify_error.

#include <cstdint>
#include <random>
#include <vector>

#include <partita/ir/graph.hpp>

namespace partita::testing {

template <class Ops>
struct program_copy {
  basic_graph<Ops> graph;
  std::vector<value_id> values;  ///< by number of the original
  std::vector<op_id> ops;
};

namespace detail {

template <class Ops>
class copier {
 public:
  /// @param random nothing for the order of the original
  copier(const basic_graph<Ops>& from, std::mt19937* random) : from_(from), random_(random) {}

  program_copy<Ops> run() {
    copy_.values.resize(from_.value_count());
    copy_.ops.resize(from_.op_count());
    to().set_name(from_.name());
    for (std::size_t i = 0; i < from_.arguments().size(); ++i) {
      const value_id v = from_.arguments()[i];
      copy_.values[v.index] = to().add_argument(type_of(from_.type_index(v)), from_.argument_name(i));
    }
    copy_ops(from_.body(), to().body());
    for (std::size_t i = 0; i < from_.results().size(); ++i) {
      to().add_result(copy_.values[from_.results()[i].index], from_.result_name(i));
    }
    to().finish();
    return std::move(copy_);
  }

 private:
  basic_graph<Ops>& to() { return copy_.graph; }

  type_id type_of(type_id t) {
    const type_view view = from_.type(t);
    if (view.element != element_type::tuple) return to().intern(view);
    std::vector<std::int64_t> parts;
    for (const auto part : view.dims) parts.push_back(type_of({static_cast<std::uint32_t>(part)}).index);
    return to().intern({element_type::tuple, parts});
  }

  void copy_ops(region_id r, region_id into) {
    for (const op_id o : order_of(r)) copy_op(o, into);
  }

  void copy_op(op_id o, region_id into) {
    std::vector<value_id> operands;
    for (const value_id v : from_.operands(o)) operands.push_back(copy_.values[v.index]);
    const std::uint32_t attributes =
        from_.info(o).has_attributes ? from_.info(o).copy_attributes(from_.view(o), to(), nullptr) : 0;
    const op_id made = to().open_op(into, from_.code(o), operands, attributes, to().intern(from_.scope(o)));
    copy_.ops[o.index] = made;
    std::vector<region_id> regions;
    for (std::size_t i = 0; i < from_.regions(o).size(); ++i) regions.push_back(to().open_region(made));
    for (std::size_t i = 0; i < regions.size(); ++i) {
      const region_id r = from_.regions(o)[i];
      for (const value_id v : from_.arguments(r)) {
        copy_.values[v.index] = to().add_argument(regions[i], type_of(from_.type_index(v)));
      }
      to().begin_region(regions[i]);
      copy_ops(r, regions[i]);
      std::vector<value_id> results;
      for (const value_id v : from_.results(r)) results.push_back(copy_.values[v.index]);
      to().end_region(regions[i], results);
    }
    std::vector<type_id> stated;
    for (const value_id v : from_.results(o)) stated.push_back(type_of(from_.type_index(v)));
    const auto results = to().infer_and_close(made, stated);
    for (std::size_t i = 0; i < results.size(); ++i) copy_.values[from_.results(o)[i].index] = results[i];
  }

  /// The ops of a region, each after those that make what it or its regions use.
  std::vector<op_id> order_of(region_id r) {
    std::vector<op_id> ops;
    for (op_id o = from_.first_op(r); !(o == from_.end_op(r)); o = from_.next(o)) ops.push_back(o);
    if (random_ == nullptr) return ops;
    const std::uint32_t none = ~std::uint32_t{0};
    std::vector<std::uint32_t> place(from_.op_count(), none);  // of each op, with its regions, among `ops`
    for (std::uint32_t i = 0; i < ops.size(); ++i) {
      for (std::uint32_t o = ops[i].index; o < from_.next(ops[i]).index; ++o) place[o] = i;
    }
    std::vector<std::vector<std::uint32_t>> users(ops.size());
    std::vector<std::uint32_t> waits(ops.size(), 0);
    const auto use = [&](std::uint32_t user, value_id v) {
      const op_id maker = from_.definition(v);
      if (!maker || place[maker.index] == none || place[maker.index] == user) return;
      users[place[maker.index]].push_back(user);
      ++waits[user];
    };
    for (std::uint32_t i = 0; i < ops.size(); ++i) {
      for (std::uint32_t n = ops[i].index; n < from_.next(ops[i]).index; ++n) {
        for (const value_id v : from_.operands(op_id{n})) use(i, v);
        for (const region_id inner : from_.regions(op_id{n})) {
          for (const value_id v : from_.results(inner)) use(i, v);
        }
      }
    }
    std::vector<std::uint32_t> ready;
    for (std::uint32_t i = 0; i < ops.size(); ++i) {
      if (waits[i] == 0) ready.push_back(i);
    }
    std::vector<op_id> order;
    while (!ready.empty()) {
      std::swap(ready[(*random_)() % ready.size()], ready.back());
      const std::uint32_t next = ready.back();
      ready.pop_back();
      order.push_back(ops[next]);
      for (const std::uint32_t user : users[next]) {
        if (--waits[user] == 0) ready.push_back(user);
      }
    }
    return order;
  }

  const basic_graph<Ops>& from_;
  std::mt19937* random_;
  program_copy<Ops> copy_;
};

}  // namespace detail

template <class Ops>
[[nodiscard]] program_copy<Ops> copy_of(const basic_graph<Ops>& g) {
  return detail::copier<Ops>(g, nullptr).run();
}
template <class Ops>
[[nodiscard]] program_copy<Ops> reordered(const basic_graph<Ops>& g, std::mt19937& random) {
  return detail::copier<Ops>(g, &random).run();
}

}  // namespace partita::testing
