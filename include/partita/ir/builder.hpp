// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Makes graphs from C++: arguments, ops with inferred and checked types, regions, named results, scopes.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/ir/graph.hpp>
#include <partita/support/error.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

namespace detail {
[[noreturn]] inline void argument_is_added_after_an_op(std::string_view name) {
  throw verify_error("builder: argument '" + std::string(name) + "' is added after an op; all arguments come first");
}
}  // namespace detail

template <class Ops>
class basic_builder;

/// A value of a graph under construction. Cheap to copy; valid while its builder lives.
template <class Ops>
class basic_tensor {
 public:
  constexpr basic_tensor(basic_builder<Ops>& builder, value_id id) : builder_(&builder), id_(id) {}

  [[nodiscard]] constexpr value_id id() const { return id_; }
  [[nodiscard]] constexpr basic_builder<Ops>& builder() const { return *builder_; }
  [[nodiscard]] constexpr tensor_type type() const { return tensor_type(builder_->graph().type(id_)); }
  [[nodiscard]] constexpr std::size_t rank() const { return builder_->graph().type(id_).rank(); }
  [[nodiscard]] constexpr std::int64_t size(std::size_t dim) const { return builder_->graph().type(id_).dims[dim]; }

 private:
  basic_builder<Ops>* builder_;
  value_id id_;
};

/// Builds a basic_graph<Ops>.
///
///   builder f;
///   auto x = f.argument("x", tensor<f32>(256, 8));
///   auto w = f.argument("w", tensor<f32>(8, 16));
///   f.result("y", matmul(x, w));
///   graph g = f.finish();
///
/// Errors: verify_error with the op's name and both types when operands do not fit. Example:
/// examples/03_builder.cpp.
template <class Ops>
class basic_builder {
 public:
  using tensor = basic_tensor<Ops>;

  constexpr basic_builder() = default;
  basic_builder(const basic_builder&) = delete;
  basic_builder& operator=(const basic_builder&) = delete;

  [[nodiscard]] constexpr const basic_graph<Ops>& graph() const { return graph_; }

  constexpr void name(std::string_view program) { graph_.set_name(program); }
  /// The next argument of the program. Throws verify_error once an op was added.
  constexpr tensor argument(std::string_view argument_name, const tensor_type& type) {
    if (graph_.op_count() != 0) detail::argument_is_added_after_an_op(argument_name);
    return {*this, graph_.add_argument(graph_.intern(type), argument_name)};
  }
  constexpr void result(std::string_view result_name, const tensor& value) { graph_.add_result(value.id(), result_name); }

  /// Ops added from now on stand in this scope, such as "decoder/attention"; tagged() selects by its parts.
  constexpr void scope(std::string_view path) { scope_ = graph_.intern(path); }

  /// Adds op O without regions. `stated` gives result types for ops whose types do not follow from operands.
  template <class O>
  constexpr std::vector<tensor> add(list_view<tensor> operands, const attributes_of<O>& attributes = {},
                                    list_view<tensor_type> stated = {}) {
    plain_vector<value_id> ids = ids_of(operands);
    plain_vector<type_id> types;
    for (const tensor_type& t : stated) types.push_back(graph_.intern(t));
    return wrap(graph_.template add<O>(region_, ids, attributes, types, scope_));
  }
  template <class O>
  constexpr tensor add1(std::initializer_list<tensor> operands, const attributes_of<O>& attributes = {},
                        std::initializer_list<tensor_type> stated = {}) {
    return add<O>(list_view<tensor>(operands.begin(), operands.size()), attributes,
                  list_view<tensor_type>(stated.begin(), stated.size()))[0];
  }

  /// Adds op O with regions. Each of `bodies` is called with the region's arguments and returns its results;
  /// the types of region i's arguments are `arguments[i]`.
  template <class O, class... Bodies>
  constexpr std::vector<tensor> add_with_regions(list_view<tensor> operands, const attributes_of<O>& attributes,
                                                 list_view<std::vector<tensor_type>> arguments,
                                                 list_view<tensor_type> stated, Bodies&&... bodies) {
    plain_vector<value_id> ids = ids_of(operands);
    const op_id o = graph_.open_op(region_, code_of<Ops, O>, ids, graph_.template add_attributes<O>(attributes), scope_);
    plain_vector<region_id> regions;
    for (std::size_t i = 0; i < sizeof...(Bodies); ++i) regions.push_back(graph_.open_region(o));
    std::size_t next = 0;
    const auto fill = [&](auto&& body) {
      const region_id r = regions[next];
      std::vector<tensor> parameters;
      for (const tensor_type& t : arguments[next]) parameters.push_back({*this, graph_.add_argument(r, graph_.intern(t))});
      ++next;
      const region_id outer = std::exchange(region_, r);
      graph_.begin_region(r);
      const std::vector<tensor> results = body(parameters);
      graph_.end_region(r, ids_of(results));
      region_ = outer;
    };
    (fill(bodies), ...);
    plain_vector<type_id> types;
    for (const tensor_type& t : stated) types.push_back(graph_.intern(t));
    return wrap(graph_.infer_and_close(o, types));
  }

  /// Adds a splat constant: every element is given by these little-endian bytes.
  [[nodiscard]] constexpr constant_data store(list_view<std::uint8_t> bytes, bool splat) {
    return {graph_.add_bytes(bytes), static_cast<std::uint32_t>(bytes.size()), splat};
  }

  /// The finished graph. The builder is empty afterwards.
  [[nodiscard]] constexpr basic_graph<Ops> finish() {
    graph_.finish();
    return std::move(graph_);
  }

 private:
  static constexpr plain_vector<value_id> ids_of(list_view<tensor> tensors) {
    plain_vector<value_id> ids;
    for (const tensor& t : tensors) ids.push_back(t.id());
    return ids;
  }
  constexpr std::vector<tensor> wrap(id_range<value_id> values) {
    std::vector<tensor> tensors;
    for (const value_id v : values) tensors.push_back({*this, v});
    return tensors;
  }

  basic_graph<Ops> graph_;
  region_id region_{0};
  text_id scope_;
};

}  // namespace partita
