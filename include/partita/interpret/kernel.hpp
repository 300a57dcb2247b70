// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// How an op is executed. Each op has one kernel, the specialisation kernel<O> in kernel/<family>.hpp, of one of three
// kinds:
//   static element_function element(const element_signature&, [const attributes&])    elementwise ops
//   static void run(invocation&, [const attributes&])                                 everything else
//   static exchange_groups groups(const op_view&, const attributes&, const device_grid&),
//   static std::int64_t channel(const attributes&), static void combine(exchange&, const attributes&),
//   static std::vector<std::int64_t> agreement(const attributes&)                     collectives
// An op of a user's own has `static void evaluate(invocation&, [const attributes&])` in its struct instead. Regions of
// reduce, sort and others are executed by region_function, which turns a region of elementwise ops into a chain of
// element_functions over many elements at a time.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <partita/interpret/array.hpp>
#include <partita/ir/graph.hpp>

namespace partita::interpret {

/// Where an elementwise function reads: element i is at data[i * step]. step is 1, or 0 for one value for all.
struct element_operand {
  const void* data = nullptr;
  std::size_t step = 1;
};

/// Element types that an elementwise op meets.
struct element_signature {
  std::array<element_type, 3> operands{};
  element_type result = element_type::f32;
  numerics precision = numerics::own;

  [[nodiscard]] storage operand_kind(std::size_t i = 0) const { return storage_of(operands[i], precision); }
  [[nodiscard]] storage result_kind() const { return storage_of(result, precision); }
};

/// An elementwise op over n elements. Results are brought back to their element type.
struct element_function {
  using body = void (*)(const element_function&, std::size_t n, const element_operand* in, void* out);
  body run = nullptr;
  element_signature signature;
  std::int64_t first = 0, second = 0;  ///< parameters, as the op's kernel uses them

  void operator()(std::size_t n, const element_operand* in, void* out) const {
    run(*this, n, in, out);
    const element_type e = signature.result;
    if (is_float(e) && bits_of(e) < 32 && signature.precision == numerics::own) {
      round_elements(e, static_cast<float*>(out), n);
    } else if (bits_of(e) < 8 && is_signed_integer(e)) {
      wrap_elements(bits_of(e), static_cast<std::int8_t*>(out), n);
    } else if (bits_of(e) < 8 && is_unsigned_integer(e)) {
      wrap_elements(bits_of(e), static_cast<std::uint8_t*>(out), n);
    }
  }
};

/// Which of the devices a program runs on. Devices are numbered replica by replica.
struct device_grid {
  std::uint32_t replicas = 1, partitions = 1;
  std::vector<std::int64_t> mesh;  ///< sizes of mesh axes, for collectives in terms of them; first axis slowest

  [[nodiscard]] std::uint32_t size() const { return replicas * partitions; }

  /// All devices of a mesh as the partitions of one program.
  [[nodiscard]] static device_grid over(list_view<std::int64_t> mesh) {
    device_grid grid;
    for (const std::int64_t devices : mesh) {
      grid.partitions *= static_cast<std::uint32_t>(devices);
      grid.mesh.push_back(devices);
    }
    return grid;
  }
};
struct device_position {
  std::uint32_t replica = 0, partition = 0;
};

class machine;

/// One op that is being executed: what its kernel reads and writes.
class invocation {
 public:
  invocation(machine& m, const op_view& op, numerics n, std::vector<array>& operands)
      : machine_(&m), op_(&op), precision_(n), operands_(&operands), results_(op.result_count()) {}

  [[nodiscard]] const op_view& op() const { return *op_; }
  [[nodiscard]] numerics precision() const { return precision_; }
  [[nodiscard]] std::size_t operand_count() const { return operands_->size(); }
  [[nodiscard]] const array& operand(std::size_t i) const { return (*operands_)[i]; }
  /// The operand for a kernel that changes it in place: the elements are not copied when no later op reads them.
  [[nodiscard]] array take(std::size_t i) { return std::exchange((*operands_)[i], array{}); }
  [[nodiscard]] type_view result_type(std::size_t i = 0) const { return op_->result(i); }

  /// An array of the type of result i; its elements are not set.
  [[nodiscard]] array make_result(std::size_t i = 0) const { return array(op_->result(i), precision_); }
  void set(std::size_t i, array a) { results_[i] = std::move(a); }
  void set(array a) { results_[0] = std::move(a); }
  [[nodiscard]] std::vector<array>& results() { return results_; }

  /// Executes a region of the op on these arguments.
  [[nodiscard]] std::vector<array> call(region_id r, std::span<const array> arguments);
  /// Executes a function of the program's module. Throws execution_error when there is none of this name.
  [[nodiscard]] std::vector<array> call(std::string_view function, std::span<const array> arguments);
  [[nodiscard]] machine& device() { return *machine_; }

  /// Throws execution_error: op, scope, message.
  [[noreturn]] void fail(const std::string& message) const;

 private:
  machine* machine_;
  const op_view* op_;
  numerics precision_;
  std::vector<array>* operands_;
  std::vector<array> results_;
};

/// Groups of devices that exchange data, each a list of device numbers in the group's order.
using exchange_groups = std::vector<std::vector<std::uint32_t>>;

/// One collective among the devices of one group: operands and results of every member.
class exchange {
 public:
  /// Takes the operands from the members, which wait.
  exchange(const op_view& op, std::vector<machine*> members);

  [[nodiscard]] const op_view& op() const { return op_; }
  [[nodiscard]] numerics precision() const { return precision_; }
  [[nodiscard]] std::size_t size() const { return members_.size(); }
  [[nodiscard]] std::size_t operand_count() const { return operands_[0].size(); }
  [[nodiscard]] const array& operand(std::size_t member, std::size_t i = 0) const { return operands_[member][i]; }
  void set(std::size_t member, std::size_t i, array a) { results_[member][i] = std::move(a); }
  [[nodiscard]] machine& device(std::size_t member) const { return *members_[member]; }

  /// Members whose operands are combined, in order: all, each once, unless a fault is wanted.
  [[nodiscard]] std::vector<std::size_t>& contributors() { return contributors_; }
  [[nodiscard]] std::vector<array>& operands(std::size_t member) { return operands_[member]; }
  [[nodiscard]] std::vector<array>& results(std::size_t member) { return results_[member]; }

  /// Gives the members their results and lets them go on.
  void finish();
  /// Throws execution_error: op, scope, first member, message.
  [[noreturn]] void fail(const std::string& message) const;

 private:
  op_view op_;
  numerics precision_;
  std::vector<machine*> members_;
  std::vector<std::size_t> contributors_;
  std::vector<std::vector<array>> operands_, results_;
};

/// Specialised for each op; see above.
template <class O>
struct kernel {};

/// What the machine does with an op.
enum class flow : std::uint8_t { straight, loop, branches, exchange };

struct kernel_row {
  flow kind = flow::straight;
  void (*run)(invocation&) = nullptr;
  element_function (*element)(const op_view&, const element_signature&) = nullptr;
  exchange_groups (*groups)(const op_view&, const device_grid&) = nullptr;
  std::int64_t (*channel)(const op_view&) = nullptr;
  /// Numbers in which all members of a group must agree: the dims that a collective moves, and the like.
  std::vector<std::int64_t> (*agreement)(const op_view&) = nullptr;
  void (*combine)(exchange&) = nullptr;
  bool reduces = false;        ///< combines what members contribute
  bool zeros_outside = false;  ///< a device that is in no group gets zeros; otherwise that is an error
};

/// Runs an elementwise op on whole arrays.
void run_elementwise(invocation& call, const element_function& f);

namespace detail {

inline element_signature signature_of(const op_view& op, numerics n) {
  element_signature s;
  for (std::size_t i = 0; i < op.operand_count() && i < 3; ++i) s.operands[i] = op.operand(i).element;
  s.result = op.result(0).element;
  s.precision = n;
  return s;
}

template <class O>
concept RunsWithAttributes = requires(invocation& c, const attributes_of<O>& a) { kernel<O>::run(c, a); };
template <class O>
concept HasKernelRun = RunsWithAttributes<O> || requires(invocation& c) { kernel<O>::run(c); };
template <class O>
concept MakesElementWithAttributes =
    requires(const element_signature& s, const attributes_of<O>& a) { kernel<O>::element(s, a); };
template <class O>
concept HasElement = MakesElementWithAttributes<O> || requires(const element_signature& s) { kernel<O>::element(s); };
template <class O>
concept EvaluatesWithAttributes = requires(invocation& c, const attributes_of<O>& a) { O::evaluate(c, a); };
template <class O>
concept HasEvaluate = EvaluatesWithAttributes<O> || requires(invocation& c) { O::evaluate(c); };

template <class Ops, class O>
struct kernel_functions {
  using K = kernel<O>;
  static const attributes_of<O>& attributes(const op_view& op) { return partita::detail::attributes_in<Ops, O>(op); }

  static void run(invocation& call) {
    if constexpr (RunsWithAttributes<O>) {
      K::run(call, attributes(call.op()));
    } else if constexpr (HasKernelRun<O>) {
      K::run(call);
    } else if constexpr (EvaluatesWithAttributes<O>) {
      O::evaluate(call, attributes(call.op()));
    } else {
      O::evaluate(call);
    }
  }
  static element_function element(const op_view& op, const element_signature& s) {
    element_function f;
    if constexpr (MakesElementWithAttributes<O>) {
      f = K::element(s, attributes(op));
    } else {
      f = K::element(s);
    }
    f.signature = s;
    return f;
  }
  static void run_element(invocation& call) {
    run_elementwise(call, element(call.op(), signature_of(call.op(), call.precision())));
  }
  static exchange_groups groups(const op_view& op, const device_grid& grid) {
    return K::groups(op, attributes(op), grid);
  }
  static std::int64_t channel(const op_view& op) { return K::channel(attributes(op)); }
  static std::vector<std::int64_t> agreement(const op_view& op) { return K::agreement(attributes(op)); }
  static void combine(exchange& e) { K::combine(e, attributes(e.op())); }
};

template <class Ops, class O>
kernel_row make_kernel_row() {
  using functions = kernel_functions<Ops, O>;
  kernel_row row;
  if constexpr (requires { kernel<O>::kind; }) row.kind = kernel<O>::kind;
  if constexpr (HasElement<O>) {
    row.element = &functions::element;
    row.run = &functions::run_element;
  } else if constexpr (HasKernelRun<O> || HasEvaluate<O>) {
    row.run = &functions::run;
  }
  if constexpr (requires { &kernel<O>::combine; }) {
    row.kind = flow::exchange;
    row.groups = &functions::groups;
    row.channel = &functions::channel;
    row.agreement = &functions::agreement;
    row.combine = &functions::combine;
    if constexpr (requires { kernel<O>::reduces; }) row.reduces = kernel<O>::reduces;
    if constexpr (requires { kernel<O>::zeros_outside; }) row.zeros_outside = kernel<O>::zeros_outside;
  }
  return row;
}

template <class Ops, class... Os>
std::array<kernel_row, sizeof...(Os)> make_kernel_rows(partita::detail::op_list<Os...>) {
  return {make_kernel_row<Ops, Os>()...};
}

}  // namespace detail

/// The kernels of a set's ops, one row per code.
template <class Ops>
[[nodiscard]] std::span<const kernel_row> kernel_table() {
  static const auto rows = detail::make_kernel_rows<Ops>(typename partita::detail::table_of<Ops>::list{});
  return rows;
}

inline void run_elementwise(invocation& call, const element_function& f) {
  // The shape is that of the operands: it is known here even where the program leaves it open.
  std::size_t shaped = 0;
  while (shaped + 1 < call.operand_count() && call.operand(shaped).rank() == 0) ++shaped;
  array out(call.result_type().element, call.operand(shaped).dims(), call.precision());
  element_operand in[3];
  for (std::size_t i = 0; i < call.operand_count() && i < 3; ++i) {
    const array& a = call.operand(i);
    if (a.rank() != 0 && !(a.dims() == out.dims())) {
      call.fail("operand " + std::to_string(i) + " is " + to_string(a.type()) + " where operand " +
                std::to_string(shaped) + " is " + to_string(call.operand(shaped).type()));
    }
    in[i] = {a.data(), a.rank() == 0 && out.rank() != 0 ? std::size_t{0} : std::size_t{1}};
  }
  f(out.size(), in, out.mutable_data());
  call.set(std::move(out));
}

}  // namespace partita::interpret
